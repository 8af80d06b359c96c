/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/dom0-conf.h"
#include "common/host.h"

/* What decides how large dom0 should be. */
typedef struct Dom0Facts {
    guint64 memory_kib; /* of the machine */
    unsigned cpus;      /* of the machine */
    unsigned nodes;     /* NUMA nodes; 0: not known */
    unsigned guests;    /* that it will run at the same time; 0: not known */
} Dom0Facts;

Dom0Facts dom0_facts(const Host *host, unsigned guests); /* guests: 0 when that is not known */

/* An option for Xen's command line. */
typedef struct Dom0Option {
    const char *name;
    char *value; /* NULL: the name alone */
} Dom0Option;

typedef struct Dom0Plan {
    guint64 memory_kib; /* at start and for ever */
    unsigned vcpus;
    bool pin;
    GPtrArray *options; /* Dom0Option* */
    GPtrArray *reasons; /* Reason*: one for each option, under its name, and for each that is not set and might be */
} Dom0Plan;

/* Size dom0 by OpenStack's advice for Xen hosts (hypervisor-xen-libvirt, "Additional configuration options"): 1 to 4 GiB, 4
 * pinned vcpus, more on a large host with hundreds of guests; the maximum is always the size (docs/dom0-sizing.md).
 * GUESTCTL_ERROR_RESOURCES when the machine is too small to leave guests anything, _INVALID when it is not known. */
Dom0Plan *dom0_plan(const Dom0Facts *facts, GError **error);
/* The same, but what dom0.conf keeps wins over the policy; its weight and cap have no place on Xen's line, nor has a list of
 * CPUs. INVALID when the machine cannot hold it. kept is NULL for the policy alone. */
Dom0Plan *dom0_plan_with(const Dom0Facts *facts, const Dom0Wish *kept, GError **error);
void dom0_plan_free(Dom0Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dom0Plan, dom0_plan_free)
