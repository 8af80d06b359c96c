/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/decide.h"

/* Whether a host can run an image, and each reason why not. */
typedef struct CanRun {
    bool can;
    char *backend;        /* what create would use there; NULL: nothing is usable */
    GPtrArray *supported; /* char*: "x86_64 xen hvm", what the host runs: architecture, hypervisor type, vm_mode */
    GPtrArray *because;   /* char*: why not, each a line; empty when it can */
    Guest *guest;         /* what it would be there; NULL when that is refused */
} CanRun;

void can_run_free(CanRun *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CanRun, can_run_free)

/* The image's architecture, hypervisor_type and vm_mode must be those of one and the same of the host's supported
 * instances, as in nova's ImagePropertiesFilter (18.1.0 scheduler/filters/image_props_filter.py), which however asks only
 * whether each is a member of it, so that vm_mode=xen would fit whatever hypervisor is Xen. Then decide() must take it: it
 * compares the version and everything else, and create would do what it says. backend NULL: the host's best. Pure. */
CanRun *can_run(const Request *request, const ImageMeta *image, const Host *host, const Policy *policy, const char *backend, bool strict);
