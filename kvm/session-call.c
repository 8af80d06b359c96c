/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/error.h"
#include "kvm/embed.h"
#include "kvm/session.h"

/* What a call that was interrupted may still take: a create on a busy machine, so that it is taken back here and
 * now and not by the next command. */
#define GRACE_MS 1000

/* Threads inside libvirt, and threads of the embedded driver (one for each running guest, at first), go on while the
 * end of the process takes libraries apart below them: about one command in sixty crashed so after its work was
 * done. Output is flushed, the exit status stays. */
static void leave_at_once(int status, void *data)
{
    fflush(NULL);
    _exit(status);
}

bool session_leave_at_once(GError **error)
{
    static bool asked;
    if (asked || on_exit(leave_at_once, NULL) == 0) {
        asked = true;
        return true;
    }
    error_set_errno(error, ENOMEM, "the end of this process cannot be prepared");
    return false;
}

/* The embedded driver keeps what QEMU can do in a file, together with the CPUID data of the CPU that it happened
 * to run on, which differ from CPU to CPU by the APIC id (libvirt 9.0): on two CPUs every other opening would take
 * 1.3 s to ask QEMU again. So it is opened on one and the same CPU. Guests are not bound by this: libvirt gives
 * each QEMU all CPUs explicitly. */
static virConnectPtr open_on_first_cpu(const char *uri)
{
    cpu_set_t allowed, first;
    bool pinned = false;
    if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
        int cpu = 0;
        while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed))
            cpu++;
        CPU_ZERO(&first);
        CPU_SET(cpu, &first);
        pinned = sched_setaffinity(0, sizeof(first), &first) == 0;
    }
    virConnectPtr connection = lv.virConnectOpenAuth(uri, lv.auth, 0);
    if (pinned)
        sched_setaffinity(0, sizeof(allowed), &allowed);
    return connection;
}

static bool connect_now(KvmSession *session, GCancellable *cancel, GError **error)
{
    if (session->connection)
        return true;
    if (session->root && !embed_prepare(session->root, cancel, error))
        return false;
    session->connection = session->root ? open_on_first_cpu(session->uri) : lv.virConnectOpenAuth(session->uri, lv.auth, 0);
    if (!session->connection)
        return libvirt_error(error, "cannot connect to %s", session->uri);
    return true;
}

typedef enum { RUNNING, DONE, ABANDONED } CallStatus;

/* Shared by the caller and the thread; whoever is last frees it, and what it holds. */
typedef struct Call {
    KvmSession *session;
    SessionFunc *func;
    void *data;
    GDestroyNotify clear;
    GCancellable *cancel;
    GError *error;
    bool ok;
    int status; /* CallStatus, atomic */
} Call;

static void call_clear(void *data)
{
    Call *call = data;
    session_unref(call->session);
    if (call->data)
        g_atomic_rc_box_release_full(call->data, call->clear);
    g_clear_object(&call->cancel);
    g_clear_error(&call->error);
}

static void *call_thread(void *data)
{
    Call *call = data;
    call->ok = connect_now(call->session, call->cancel, &call->error);
    if (call->ok && call->func && g_atomic_int_get(&call->status) == RUNNING) /* nothing new is begun for nobody */
        call->ok = call->func(call->session, call->data, &call->error);
    if (!g_atomic_int_compare_and_exchange(&call->status, RUNNING, DONE))
        g_atomic_int_add(&call->session->stalled, -1);
    g_atomic_rc_box_release_full(call, call_clear);
    g_main_context_wakeup(NULL);
    return NULL;
}

static gboolean on_late(void *data)
{
    *(bool *)data = true;
    return G_SOURCE_CONTINUE; /* whoever waits removes it */
}

static gboolean on_cancelled(GCancellable *cancel, void *data)
{
    return G_SOURCE_REMOVE; /* it only has to wake the loop */
}

/* Until the thread is done, or for limit_ms (0: no limit), or for GRACE_MS from the moment that cancel fires. */
static void turn(Call *call, unsigned limit_ms)
{
    bool late = false;
    guint limit = limit_ms ? g_timeout_add(limit_ms, on_late, &late) : 0, grace = 0;
    g_autoptr(GSource) source = call->cancel ? g_cancellable_source_new(call->cancel) : NULL;
    if (source) {
        g_source_set_callback(source, G_SOURCE_FUNC(on_cancelled), NULL, NULL);
        g_source_attach(source, NULL);
    }
    while (g_atomic_int_get(&call->status) == RUNNING && !late) {
        if (!grace && g_cancellable_is_cancelled(call->cancel))
            grace = g_timeout_add(GRACE_MS, on_late, &late);
        g_main_context_iteration(NULL, TRUE);
    }
    if (limit)
        g_source_remove(limit);
    if (grace)
        g_source_remove(grace);
    if (source)
        g_source_destroy(source);
}

bool session_is_stalled(KvmSession *session)
{
    return g_atomic_int_get(&session->stalled) > 0;
}

bool session_settle(KvmSession *session, unsigned limit_ms)
{
    bool late = false;
    guint timer = g_timeout_add(limit_ms, on_late, &late);
    while (session_is_stalled(session) && !late)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(timer);
    return !session_is_stalled(session);
}

static void set_abandoned(const Call *call, unsigned limit_ms, GError **error)
{
    if (!g_cancellable_is_cancelled(call->cancel))
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT,
                    "libvirt (%s) has not answered within %u ms; see what its daemon or the guest's storage waits for", call->session->uri,
                    limit_ms);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED,
                    "interrupted before libvirt (%s) answered; see what its daemon or the guest's storage waits for", call->session->uri);
}

/* The thread cannot be stopped, only left behind: it keeps what it works with. */
static bool abandon(Call *call)
{
    g_atomic_int_inc(&call->session->stalled);
    if (g_atomic_int_compare_and_exchange(&call->status, RUNNING, ABANDONED)) {
        session_leave_at_once(NULL);
        return true;
    }
    g_atomic_int_add(&call->session->stalled, -1);
    return false;
}

bool session_call_within(KvmSession *session, unsigned limit_ms, SessionFunc *func, void *data, GDestroyNotify clear, GError **error)
{
    if (!libvirt_load(session->verbose, error))
        return false;
    Call *call = g_atomic_rc_box_new0(Call);
    call->session = session_ref(session);
    call->func = func;
    call->data = data ? g_atomic_rc_box_acquire(data) : NULL;
    call->clear = clear;
    /* What is done because cancel has fired is not ended by it. */
    bool heeds = session->cancel && (!limit_ms || !g_cancellable_is_cancelled(session->cancel));
    call->cancel = heeds ? g_object_ref(session->cancel) : NULL;
    GThread *thread = g_thread_new("libvirt", call_thread, g_atomic_rc_box_acquire(call));
    turn(call, limit_ms);

    bool ok = false;
    if (g_atomic_int_get(&call->status) == RUNNING && abandon(call)) {
        g_thread_unref(thread);
        set_abandoned(call, limit_ms, error);
    } else {
        g_thread_join(thread);
        ok = call->ok;
        if (call->error)
            g_propagate_error(error, g_steal_pointer(&call->error));
    }
    g_atomic_rc_box_release_full(call, call_clear);
    return ok;
}

bool session_call(KvmSession *session, SessionFunc *func, void *data, GDestroyNotify clear, GError **error)
{
    if (!session_is_stalled(session))
        return session_call_within(session, 0, func, data, clear, error);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT, "libvirt (%s) has not answered an earlier call yet", session->uri);
    return false;
}

bool session_interrupted(GCancellable *cancel, const char *name, GError **error)
{
    if (!g_cancellable_is_cancelled(cancel))
        return false;
    if (name)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "guest \"%s\": interrupted", name);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
    return true;
}
