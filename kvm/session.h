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
    virConnectPtr connection;  /* NULL until first needed with the embedded driver: see embed.h */
    int event_callback;        /* of session_listen(); -1: none yet */
    GCancellable *open_cancel; /* of the whole session; NULL: none */
    GCancellable *cancel;      /* of the operation at hand, else open_cancel; borrowed, may be NULL */
    bool create_answered;      /* libvirt has ended a create of this session, well or not */
    bool lost;                 /* the daemon has closed the connection; known while a wait has begun */
    int stalled;               /* calls that were left behind and have not ended; atomic */
} KvmSession;

/* Before anything is waited for: hear of the daemon's end, and of every event. Inside session_call(). False: libvirt's
 * last error says why. */
bool session_listen(KvmSession *session);

/* Close the connection, if there is one. Asks the daemon. False: something still refers to it. */
bool session_disconnect(KvmSession *session);

/* Counted: a call that was left behind keeps its session. The last one closes the connection. */
KvmSession *session_ref(KvmSession *session);
void session_unref(KvmSession *session);

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
 * func makes its GError itself.
 *
 * Nothing in libvirt can stop a call. When session->cancel fires it has one second more; then it is left behind
 * with GUESTCTL_ERROR_INTERRUPTED, the session is stalled, and the process will end without waiting for threads.
 * So data is a g_atomic_rc_box (or NULL) that the thread holds as well, and may be freed by it, with clear. Calls
 * to a stalled session fail at once. */
typedef bool SessionFunc(KvmSession *session, void *data, GError **error);
bool session_call(KvmSession *session, SessionFunc *func, void *data, GDestroyNotify clear, GError **error);

/* The same, also for a stalled session, left behind after limit_ms too: GUESTCTL_ERROR_TIMED_OUT. A cancel that had fired
 * before does not end it: that is how what was done is taken back. */
bool session_call_within(KvmSession *session, unsigned limit_ms, SessionFunc *func, void *data, GDestroyNotify clear, GError **error);

bool session_is_stalled(KvmSession *session);
/* Wait until no call is left behind any more. False: one still is, after limit_ms. */
bool session_settle(KvmSession *session, unsigned limit_ms);

/* Have this process end without the ends of libraries, from now on. */
bool session_leave_at_once(GError **error);

/* A step as the data of a call. Release with g_atomic_rc_box_release_full(step, session_step_clear). */
Step *session_step_copy(const Step *step);
void session_step_clear(void *step);

/* A domain by name: GUESTCTL_ERROR_NOT_FOUND. Only inside session_call(). */
virDomainPtr session_find(KvmSession *session, const char *name, GError **error);

/* Whether libvirt is ending a guest that has powered off. One call, whatever the number of guests. Only inside session_call(). */
bool session_has_ending(KvmSession *session);

/* A libvirt on this machine: paths mean the same there and here. */
bool session_is_local(const KvmSession *session);

/* Before a create: each disk is still what the plan says, in format and in standing alone. GUESTCTL_ERROR_INVALID. */
bool session_check_disks(const KvmSession *session, const Step *step, GError **error);

/* Whether a failed create is about something else than a disk in use; else GUESTCTL_ERROR_EXISTS, which names the disk
 * and who uses it. Only inside session_call(). */
bool session_explain_lock(KvmSession *session, const Step *step, const char *message, GError **error);

/* Whether the guest could hear a request: GUESTCTL_ERROR_UNSUPPORTED for one that is paused. Only inside session_call(). */
bool session_can_answer(virDomainPtr domain, const char *name, GError **error);

/* Ask a guest to reboot and wait until it runs again. GUESTCTL_ERROR_TIMED_OUT when it does not listen. */
#define SESSION_REBOOT_TIMEOUT_S 60 /* nova's and Glance's default of os_shutdown_timeout */
bool session_reboot(KvmSession *session, const char *name, GCancellable *cancel, GError **error);

/* True, with GUESTCTL_ERROR_INTERRUPTED, when cancel has fired. name is the guest's, or NULL. */
bool session_interrupted(GCancellable *cancel, const char *name, GError **error);
