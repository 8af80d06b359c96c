/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/backend.h"
#include "toolstack/options.h"

/* The machine that is decided for, the backend that was picked for it, and its session once it is open. */
typedef struct BackendPick {
    const Backend *backend;
    Host *host;
    char *why;         /* why this backend, for people */
    SessionOptions session_options;
    char *state_dir;   /* what session_options points to */
    Session *session;  /* NULL until backend_pick_session() */
} BackendPick;

/* The one place that picks: Xen when this is a Xen control domain, else KVM, else emulation; --backend
 * overrides, with a notice when the machine says it may not work; --host reads the machine from a file. Nothing is
 * opened but what probing needs. GUESTCTL_ERROR_UNSUPPORTED has each backend's reason. */
BackendPick *backend_pick_new(const Options *options, GError **error);
/* Xen, for what only Xen has: no picking. Takes host. */
BackendPick *backend_pick_xen(const Options *options, Host *host, GError **error);
void backend_pick_free(BackendPick *pick); /* closes the session */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BackendPick, backend_pick_free)

/* The session, opened by the first call. Never called on a dry run. */
Session *backend_pick_session(BackendPick *pick, GError **error);

/* By name; NULL with GUESTCTL_ERROR_UNSUPPORTED when this guestctl was built without it. */
const Backend *backend_find(const char *name, GError **error);

/* This machine as a whole, or the one in --host: for `host` and `version`, which show every backend. */
Host *host_of(const Options *options, GError **error);
/* The same, and KVM really runs its instructions, whatever an earlier run has kept of it. */
Host *host_of_anew(const Options *options, GError **error);
/* The same without looking for KVM, which takes longer than all of Xen: for what only Xen has. */
Host *host_of_xen(const Options *options, GError **error);
