/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/reason.h"
#include "grub/cmdline.h"
#include "grub/dom0-mem.h"

/* What Xen has understood when it has read its command line: what bears on dom0, and what it refused or ignored. */
typedef struct XenSettings {
    Dom0Mem memory;
    unsigned min_vcpus, max_vcpus;
    bool pin, pvh, shadow;
    GArray *nodes; /* guint: ACPI proximity domains */
    bool nodes_relaxed;

    /* Of the whole machine. */
    bool nosmp;
    unsigned max_cpus;              /* 0: all */
    guint64 mem_bytes, availmem_bytes; /* 0: all */
    bool smt_off;

    GPtrArray *reasons; /* Reason*: a word that is refused, ignored, or read otherwise than one expects */
} XenSettings;

/* Never fails: Xen goes on after a word that it refuses. The caller may take the reasons over. */
XenSettings *xen_settings_read(const Cmdline *cmdline);
void xen_settings_free(XenSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenSettings, xen_settings_free)
