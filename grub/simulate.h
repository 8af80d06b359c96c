/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "common/dom0-state.h"
#include "common/host.h"
#include "common/reason.h"
#include "grub/cmdline.h"

#define SIMULATE_MAY_NOT_START_KIB DOM0_FLOOR_KIB

typedef enum { STARTS_YES, STARTS_DOUBTFUL, STARTS_NO } Starts;

/* What Xen 4.17 on x86 makes of a command line on a machine, and then xl and libvirt. */
typedef struct Simulation {
    guint64 available_kib;  /* what Xen can give dom0: always an estimate */
    guint64 memory_kib;     /* dom0's, when it starts */
    guint64 min_kib;        /* that Xen gives it at least; 0: not set */
    guint64 max_kib;        /* that it can grow to */
    bool max_unlimited;     /* to all there is: max_kib is 0 */
    bool memory_estimated;  /* depends on available_kib */
    bool max_estimated;
    unsigned cpus;          /* that Xen uses */
    unsigned vcpus;
    bool pinned;
    Starts starts;
    bool xl_balloons, libvirt_balloons; /* they will take memory from dom0 by themselves */
    GPtrArray *reasons;     /* Reason*: of each of these, then of each word that is not plain */
} Simulation;

/* GUESTCTL_ERROR_INVALID when the host's memory or CPUs are not known, _UNSUPPORTED when it is no x86_64. */
Simulation *simulate(const Cmdline *cmdline, const Host *host, GError **error);
void simulation_free(Simulation *simulation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Simulation, simulation_free)

const char *starts_name(Starts starts); /* "yes", "doubtful", "no" */

guint simulation_warnings(const Simulation *simulation);
void simulation_add_json(JsonBuilder *builder, const Simulation *simulation); /* all members but format, line and host */
char *simulation_to_json(const Simulation *simulation, const char *line, const char *host); /* guestctl-grub-simulate/1 */
