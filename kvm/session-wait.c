/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "kvm/session.h"

/* A wait ends by libvirt's events: nothing is asked again and again. Held by whoever waits, by each of its calls and by
 * its callbacks in libvirt. */
typedef struct Wait {
    char *name;
    virDomainPtr domain;
    int callback, reboot_callback; /* -1: none */
    int state;                     /* virDomainState as begin() found it; VIR_DOMAIN_SHUTOFF: gone */
    bool timed_out, ended, reset;
    GuestStatus status;
    const char *reason;
} Wait;

static Wait *wait_new(const char *name)
{
    Wait *wait = g_atomic_rc_box_new0(Wait);
    *wait = (Wait){.name = g_strdup(name), .callback = -1, .reboot_callback = -1};
    return wait;
}

static void wait_clear(void *data)
{
    Wait *wait = data;
    if (wait->domain)
        lv.virDomainFree(wait->domain);
    g_free(wait->name);
}

static void wait_unref(void *wait)
{
    g_atomic_rc_box_release_full(wait, wait_clear);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Wait, wait_unref)

static void end(Wait *wait, GuestStatus status, const char *reason)
{
    if (wait->ended)
        return;
    wait->ended = true;
    wait->status = status;
    wait->reason = reason;
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *data)
{
    static const char *const reasons[] = {
        [VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN] = "poweroff",   [VIR_DOMAIN_EVENT_STOPPED_DESTROYED] = "destroy",
        [VIR_DOMAIN_EVENT_STOPPED_CRASHED] = "crash",       [VIR_DOMAIN_EVENT_STOPPED_MIGRATED] = "migrate",
        [VIR_DOMAIN_EVENT_STOPPED_SAVED] = "save",          [VIR_DOMAIN_EVENT_STOPPED_FAILED] = "failed",
        [VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT] = "snapshot",
    };
    if (event == VIR_DOMAIN_EVENT_STOPPED)
        end(data, GUEST_SHUT_OFF, detail >= 0 && detail < (int)G_N_ELEMENTS(reasons) ? reasons[detail] : NULL);
    if (event == VIR_DOMAIN_EVENT_CRASHED)
        end(data, GUEST_CRASHED, "crash");
    return 0;
}

static void on_reset(virConnectPtr connection, virDomainPtr domain, void *data)
{
    ((Wait *)data)->reset = true;
}

static bool watch(KvmSession *session, Wait *wait, bool reboots, GError **error)
{
    if (!session_listen(session))
        return libvirt_error(error, "guest \"%s\": cannot be watched", wait->name);
    g_atomic_rc_box_acquire(wait);
    wait->callback = lv.virConnectDomainEventRegisterAny(session->connection, wait->domain, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                         VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), wait, wait_unref);
    bool ok = wait->callback >= 0;
    if (ok && reboots) {
        g_atomic_rc_box_acquire(wait);
        wait->reboot_callback = lv.virConnectDomainEventRegisterAny(session->connection, wait->domain, VIR_DOMAIN_EVENT_ID_REBOOT,
                                                                    VIR_DOMAIN_EVENT_CALLBACK(on_reset), wait, wait_unref);
        ok = wait->reboot_callback >= 0;
    }
    if (ok)
        return true;
    wait_unref(wait); /* libvirt does not keep what it refuses */
    return libvirt_error(error, "guest \"%s\": cannot be watched", wait->name);
}

/* Watch first, then look whether it has ended already: nothing falls between. */
static bool begin(KvmSession *session, void *data, GError **error)
{
    Wait *wait = data;
    wait->state = VIR_DOMAIN_SHUTOFF;
    g_autoptr(GError) failed = NULL;
    wait->domain = session_find(session, wait->name, &failed);
    if (failed && !g_error_matches(failed, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    if (wait->domain && !watch(session, wait, false, error))
        return false;
    if (wait->domain && lv.virDomainGetState(wait->domain, &wait->state, NULL, 0) < 0)
        wait->state = VIR_DOMAIN_SHUTOFF;
    lv.virResetLastError();
    return true;
}

/* Events come in the main context, so what begin() found is judged there too. */
static void judge(Wait *wait)
{
    if (wait->state == VIR_DOMAIN_SHUTOFF)
        end(wait, GUEST_SHUT_OFF, NULL);
    else if (wait->state == VIR_DOMAIN_CRASHED)
        end(wait, GUEST_CRASHED, "crash");
}

static bool finish(KvmSession *session, void *data, GError **error)
{
    Wait *wait = data;
    if (wait->callback >= 0)
        lv.virConnectDomainEventDeregisterAny(session->connection, wait->callback);
    if (wait->reboot_callback >= 0)
        lv.virConnectDomainEventDeregisterAny(session->connection, wait->reboot_callback);
    return true;
}

static gboolean on_timeout(void *data)
{
    ((Wait *)data)->timed_out = true;
    return G_SOURCE_CONTINUE; /* the loop below removes it */
}

static gboolean on_cancelled(GCancellable *cancel, void *data)
{
    return G_SOURCE_CONTINUE; /* it only has to wake the loop */
}

/* Whether what is waited for has come. */
typedef bool DoneFunc(KvmSession *session, Wait *wait);

static bool has_ended(KvmSession *session, Wait *wait)
{
    return wait->ended;
}

static bool turn_until(KvmSession *session, Wait *wait, DoneFunc *is_done, unsigned timeout_s, GCancellable *cancel)
{
    guint timer = timeout_s ? g_timeout_add(timeout_s * 1000, on_timeout, wait) : 0;
    g_autoptr(GSource) source = cancel ? g_cancellable_source_new(cancel) : NULL;
    if (source) {
        g_source_set_callback(source, G_SOURCE_FUNC(on_cancelled), NULL, NULL);
        g_source_attach(source, NULL);
    }
    bool done;
    while (!(done = is_done(session, wait)) && !wait->timed_out && !session->lost && !g_cancellable_is_cancelled(cancel))
        g_main_context_iteration(NULL, TRUE);
    if (timer)
        g_source_remove(timer);
    if (source)
        g_source_destroy(source);
    return done;
}

/* True, with an error, when a wait is over because nobody is left to tell its end. */
static bool is_lost(const KvmSession *session, const char *name, GError **error)
{
    if (session->lost)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR,
                    "guest \"%s\": libvirt (%s) has closed the connection; see whether its daemon runs, then look at the guest with: guestctl list",
                    name, session->uri);
    return session->lost;
}

static bool turn_until_ended(KvmSession *session, Wait *wait, unsigned timeout_s, GCancellable *cancel, GError **error)
{
    if (turn_until(session, wait, has_ended, timeout_s, cancel))
        return true;
    if (session_interrupted(cancel, wait->name, error) || is_lost(session, wait->name, error))
        return false;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT,
                "guest \"%s\" has not ended within %u s; wait longer, or end it with: guestctl destroy %s", wait->name, timeout_s, wait->name);
    return false;
}

bool kvm_wait_end(Session *opened, const char *name, unsigned timeout_s, GuestStatus *status, char **reason, GCancellable *cancel,
                  GError **error)
{
    KvmSession *session = kvm_session(opened);
    g_autoptr(Wait) wait = wait_new(name);
    session->cancel = cancel;
    bool ok = session_call(session, begin, wait, wait_clear, error);
    if (ok)
        judge(wait);
    ok = ok && turn_until_ended(session, wait, timeout_s, cancel, error);
    session_call(session, finish, wait, wait_clear, NULL);
    session->cancel = session->open_cancel;
    if (ok) {
        *status = wait->status;
        *reason = g_strdup(wait->reason);
    }
    return ok;
}

static bool request_reboot(KvmSession *session, void *data, GError **error)
{
    Wait *wait = data;
    wait->domain = session_find(session, wait->name, error);
    if (!wait->domain || !session_can_answer(wait->domain, wait->name, error) || !watch(session, wait, true, error))
        return false;
    return lv.virDomainReboot(wait->domain, 0) == 0 || libvirt_error(error, "guest \"%s\": reboot", wait->name);
}

/* While libvirt resets a guest and lets it run again it calls the guest running all the time, and tells nothing of the second act
 * (9.0, qemu_process.c). Both are one job, and whoever asks QEMU something waits for its end: the statistics themselves are
 * not wanted. */
static bool is_running(KvmSession *session, void *data, GError **error)
{
    virDomainPtr domain = ((Wait *)data)->domain;
    virDomainMemoryStatStruct stats[VIR_DOMAIN_MEMORY_STAT_NR];
    int state = 0;
    return lv.virDomainMemoryStats(domain, stats, G_N_ELEMENTS(stats), 0) >= 0 && lv.virDomainGetState(domain, &state, NULL, 0) == 0 &&
           state == VIR_DOMAIN_RUNNING;
}

static bool has_rebooted(KvmSession *session, Wait *wait)
{
    return wait->ended || (wait->reset && session_call(session, is_running, wait, wait_clear, NULL));
}

/* A reboot by the ACPI button is two acts of libvirt's: the guest powers off, then libvirt resets it and lets it run
 * again. With the embedded driver libvirt is this process, so it must not end in between. */
bool session_reboot(KvmSession *session, const char *name, GCancellable *cancel, GError **error)
{
    g_autoptr(Wait) wait = wait_new(name);
    session->cancel = cancel;
    bool ok = session_call(session, request_reboot, wait, wait_clear, error);
    bool done = ok && turn_until(session, wait, has_rebooted, SESSION_REBOOT_TIMEOUT_S, cancel);
    session_call(session, finish, wait, wait_clear, NULL);
    session->cancel = session->open_cancel;
    if (!ok || (done && !wait->ended))
        return ok;
    if (session_interrupted(cancel, name, error) || is_lost(session, name, error))
        return false;
    if (wait->ended)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "guest \"%s\" ended (%s) when it was asked to reboot; start it again", name,
                    wait->reason ? wait->reason : "no reason is known");
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT,
                    "guest \"%s\" has not rebooted within %d s: it may not listen yet, or never; try again, or end it with: guestctl destroy %s",
                    name, SESSION_REBOOT_TIMEOUT_S, name);
    return false;
}
