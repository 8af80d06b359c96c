/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <libxl_event.h>

#include "common/error.h"
#include "xen/session.h"

/* libxl may still report to a watch that was given up: the session's table knows which are alive. */
void xen_session_event(void *data, libxl_event *event)
{
    XenSession *session = data;
    guint64 number = event->for_user;
    XenWatch *watch = g_hash_table_lookup(session->watches, &number);
    bool shutdown = event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN;
    if (watch && !watch->ended && (shutdown || event->type == LIBXL_EVENT_TYPE_DOMAIN_DEATH)) {
        watch->ended = true;
        watch->gone = !shutdown;
        watch->reason = shutdown ? (libxl_shutdown_reason)event->u.domain_shutdown.shutdown_reason : LIBXL_SHUTDOWN_REASON_UNKNOWN;
    }
    libxl_event_free(session->ctx, event);
}

bool xen_watch_start(XenSession *session, XenWatch *watch, const char *name, uint32_t domid, GError **error)
{
    *watch = (XenWatch){.number = ++session->next_watch};
    int rc = libxl_evenable_domain_death(session->ctx, domid, watch->number, &watch->death);
    if (rc != 0)
        return xen_session_fail(session, name, "watch the domain", rc, error);
    g_hash_table_insert(session->watches, &watch->number, watch);
    return true;
}

void xen_watch_stop(XenSession *session, XenWatch *watch)
{
    libxl_evdisable_domain_death(session->ctx, watch->death);
    g_hash_table_remove(session->watches, &watch->number);
}

static bool fail_wait(const char *name, XenWaitEnd end, unsigned timeout_s, GError **error)
{
    if (end == XEN_WAIT_CANCELLED)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "guest \"%s\": interrupted while waiting for its end", name);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT,
                    "guest \"%s\" has not ended after %u s; wait longer, or end it at once with: guestctl destroy %s", name, timeout_s, name);
    return false;
}

static void tell(const XenWatch *watch, GuestStatus *status, char **reason)
{
    bool crashed = watch->reason == LIBXL_SHUTDOWN_REASON_CRASH || watch->reason == LIBXL_SHUTDOWN_REASON_WATCHDOG;
    *status = watch->gone ? GUEST_SHUT_OFF : crashed ? GUEST_CRASHED : GUEST_SHUTDOWN;
    *reason = watch->gone ? NULL : g_strdup(libxl_shutdown_reason_to_string(watch->reason));
}

bool xen_session_wait_end(Session *base, const char *name, unsigned timeout_s, GuestStatus *status, char **reason,
                          GCancellable *cancel, GError **error)
{
    XenSession *session = (XenSession *)base;
    uint32_t domid;
    XenWatch watch = {.ended = true, .gone = true};
    if (libxl_name_to_domid(session->ctx, name, &domid) != 0) {
        tell(&watch, status, reason);
        return true;
    }
    if (!xen_watch_start(session, &watch, name, domid, error))
        return false;
    gint64 deadline = timeout_s ? g_get_monotonic_time() + timeout_s * G_USEC_PER_SEC : 0;
    XenWaitEnd end = xen_session_wait(session, &watch.ended, deadline, cancel);
    xen_watch_stop(session, &watch);
    if (end != XEN_WAIT_DONE)
        return fail_wait(name, end, timeout_s, error);
    tell(&watch, status, reason);
    return true;
}
