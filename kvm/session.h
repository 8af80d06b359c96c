/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/backend.h"
#include "kvm/libvirt.h"

/* Inside kvm/ only. */
typedef struct KvmSession {
    Session session;
    char *uri;
    char *root; /* of the embedded driver; NULL with a daemon */
    bool verbose;
    virConnectPtr connection; /* NULL until first needed with the embedded driver: see embed.h */
    GCancellable *cancel;     /* of the operation at hand; borrowed, may be NULL */
} KvmSession;

static inline KvmSession *kvm_session(Session *session)
{
    return (KvmSession *)session;
}

/* Which libvirt to reach: connect, or this machine's own choice. Caller frees. */
char *session_choose_uri(const char *connect);

Session *kvm_open(const SessionOptions *options, GError **error);
Session *qemu_open(const SessionOptions *options, GError **error);
void kvm_close(Session *session);
bool kvm_run(Session *session, const Step *step, GCancellable *cancel, GError **error);
bool kvm_undo(Session *session, const Step *step, GError **error);
GPtrArray *kvm_list(Session *session, GError **error);
GuestState *kvm_lookup(Session *session, const char *name, GError **error);
bool kvm_wait_end(Session *session, const char *name, unsigned timeout_s, GuestStatus *status, char **reason, GCancellable *cancel,
                  GError **error);
bool kvm_console(Session *session, const char *name, const ConsoleOptions *options, GCancellable *cancel, GError **error);

/* Do something that blocks: libvirt's calls have no asynchronous form, and while one waits the main context has
 * to turn (events, Ctrl-C, the reaper below). So func runs in a thread of its own, and this function iterates
 * the context until it is done. It connects first when that is still to do. libvirt keeps errors per thread:
 * func makes its GError itself. A cancel that fires meanwhile does not stop func: nothing in libvirt can. */
typedef bool SessionFunc(KvmSession *session, void *data, GError **error);
bool session_call(KvmSession *session, SessionFunc *func, void *data, GError **error);

/* A domain by name: GUESTCTL_ERROR_NOT_FOUND. Only inside session_call(). */
virDomainPtr session_find(KvmSession *session, const char *name, GError **error);

/* Ask a guest to reboot and wait until it runs again. GUESTCTL_ERROR_TIMED_OUT when it does not listen. */
#define SESSION_REBOOT_TIMEOUT_S 60 /* nova's and Glance's default of os_shutdown_timeout */
bool session_reboot(KvmSession *session, const char *name, GCancellable *cancel, GError **error);

/* True, with GUESTCTL_ERROR_INTERRUPTED, when cancel has fired. */
bool session_interrupted(GCancellable *cancel, const char *name, GError **error);
