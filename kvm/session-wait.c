/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "kvm/session.h"

/* A wait ends by libvirt's events: nothing is asked again and again. */
typedef struct Wait {
    const char *name;
    virDomainPtr domain;
    int callback;
    bool timed_out, ended;
    GuestStatus status;
    const char *reason;
} Wait;

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

/* Watch first, then look whether it has ended already: nothing falls between. */
static bool begin(KvmSession *session, void *data, GError **error)
{
    Wait *wait = data;
    wait->domain = session_find(session, wait->name, NULL);
    if (!wait->domain) {
        lv.virResetLastError();
        end(wait, GUEST_SHUT_OFF, NULL);
        return true;
    }
    wait->callback = lv.virConnectDomainEventRegisterAny(session->connection, wait->domain, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                         VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), wait, NULL);
    if (wait->callback < 0)
        return libvirt_error(error, "guest \"%s\": cannot be watched", wait->name);
    int state = 0;
    if (lv.virDomainGetState(wait->domain, &state, NULL, 0) < 0 || state == VIR_DOMAIN_SHUTOFF)
        end(wait, GUEST_SHUT_OFF, NULL);
    else if (state == VIR_DOMAIN_CRASHED)
        end(wait, GUEST_CRASHED, "crash");
    lv.virResetLastError();
    return true;
}

static bool finish(KvmSession *session, void *data, GError **error)
{
    Wait *wait = data;
    if (wait->callback >= 0)
        lv.virConnectDomainEventDeregisterAny(session->connection, wait->callback);
    lv.virDomainFree(wait->domain);
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

static bool turn_until_ended(Wait *wait, unsigned timeout_s, GCancellable *cancel, GError **error)
{
    guint timer = timeout_s ? g_timeout_add(timeout_s * 1000, on_timeout, wait) : 0;
    g_autoptr(GSource) source = cancel ? g_cancellable_source_new(cancel) : NULL;
    if (source) {
        g_source_set_callback(source, G_SOURCE_FUNC(on_cancelled), NULL, NULL);
        g_source_attach(source, NULL);
    }
    while (!wait->ended && !wait->timed_out && !g_cancellable_is_cancelled(cancel))
        g_main_context_iteration(NULL, TRUE);
    if (timer)
        g_source_remove(timer);
    if (source)
        g_source_destroy(source);
    if (wait->ended)
        return true;
    if (session_interrupted(cancel, wait->name, error))
        return false;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT,
                "guest \"%s\" has not ended within %u s; wait longer, or end it with: guestctl destroy %s", wait->name, timeout_s, wait->name);
    return false;
}

bool kvm_wait_end(Session *opened, const char *name, unsigned timeout_s, GuestStatus *status, char **reason, GCancellable *cancel,
                  GError **error)
{
    KvmSession *session = kvm_session(opened);
    Wait wait = {.name = name, .callback = -1};
    session->cancel = cancel;
    bool ok = session_call(session, begin, &wait, error) && turn_until_ended(&wait, timeout_s, cancel, error);
    session->cancel = NULL;
    if (wait.domain)
        session_call(session, finish, &wait, NULL);
    if (ok) {
        *status = wait.status;
        *reason = g_strdup(wait.reason);
    }
    return ok;
}
