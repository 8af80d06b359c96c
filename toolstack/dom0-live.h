/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/dom0-state.h"
#include "common/dom0.h"
#include "grub/grub.h"
#include "toolstack/backend-pick.h"

/* The running dom0, and all that it is held against. */
typedef struct Dom0Live {
    BackendPick *pick;  /* Xen; NULL for a machine from a file */
    Host *host;
    Dom0State *now;     /* of a machine from a file: as its Xen's line starts it */
    Simulation *boot;   /* what that line gives */
    char *policy_error; /* why there is no policy; NULL: there is one */
    Dom0Plan *policy;
    Dom0Wish *kept;     /* of dom0.conf */
} Dom0Live;

/* GUESTCTL_ERROR_UNSUPPORTED where this is no control domain, _DENIED for who is not root. A change of dom0 that was cut
 * off is put back first when the command changes things. */
Dom0Live *dom0_live_new(const Options *options, GError **error);
void dom0_live_free(Dom0Live *live);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dom0Live, dom0_live_free)

/* live->now anew, from the hypervisor. */
bool dom0_live_read(Dom0Live *live, GError **error);

char *dom0_mib_text(guint64 kib); /* "768M", rounded; "no limit" for 0. Caller frees */
