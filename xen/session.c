/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xen/session.h"

#include <libxl_event.h>
#include <stdlib.h>
#include <unistd.h>
#include <xenstore.h>

#include "common/error.h"
#include "xen/xen.h"

/* Longest time that libxl itself waits for a step of an operation: 60 s for the device model, 40 s for each
 * hotplug script. An operation that took longer than all of them together will not end. */
#define OPERATION_MAX_S 300

static gboolean wake(void *data)
{
    bool *woken = data;
    *woken = true;
    return G_SOURCE_REMOVE;
}

static gboolean wake_cancelled(GCancellable *cancel, void *data)
{
    return wake(data);
}

static GSource *attach(GSource *source, GMainContext *context, bool *woken)
{
    g_source_set_callback(source, wake, woken, NULL);
    g_source_attach(source, context);
    return source;
}

static void drop(GSource *source)
{
    if (!source)
        return;
    g_source_destroy(source);
    g_source_unref(source);
}

XenWaitEnd xen_session_wait(XenSession *session, const bool *done, gint64 deadline, GCancellable *cancel)
{
    bool late = false, cancelled = false;
    GSource *timer = NULL, *cancelling = NULL;
    if (deadline) {
        timer = attach(g_timeout_source_new(0), session->context, &late);
        g_source_set_ready_time(timer, deadline);
    }
    if (cancel) {
        cancelling = g_cancellable_source_new(cancel);
        g_source_set_callback(cancelling, G_SOURCE_FUNC(wake_cancelled), &cancelled, NULL);
        g_source_attach(cancelling, session->context);
    }
    while (!*done && !late && !cancelled)
        g_main_context_iteration(session->context, TRUE);
    drop(timer);
    drop(cancelling);
    return *done ? XEN_WAIT_DONE : cancelled ? XEN_WAIT_CANCELLED : XEN_WAIT_TIMED_OUT;
}

static void operation_done(libxl_ctx *ctx, int rc, void *data)
{
    XenOperation *operation = data;
    operation->rc = rc;
    operation->done = true;
}

XenOperation *xen_operation_new(void)
{
    XenOperation *operation = g_new0(XenOperation, 1);
    operation->how.callback = operation_done;
    operation->how.u.for_callback = operation;
    return operation;
}

int xen_operation_finish(XenSession *session, XenOperation *operation, int rc, GCancellable *cancel)
{
    if (rc != 0) { /* it did not even begin */
        g_free(operation);
        return rc;
    }
    gint64 deadline = g_get_monotonic_time() + OPERATION_MAX_S * G_USEC_PER_SEC;
    XenWaitEnd end = xen_session_wait(session, &operation->done, deadline, cancel);
    if (end == XEN_WAIT_CANCELLED) {
        libxl_ao_abort(session->ctx, &operation->how);
        end = xen_session_wait(session, &operation->done, deadline, NULL);
    }
    if (end != XEN_WAIT_DONE)
        return ERROR_TIMEDOUT; /* libxl still holds it: not freed */
    rc = operation->rc;
    g_free(operation);
    return rc;
}

static void disaster(void *user, libxl_event_type type, const char *message, int errnum)
{
    /* libxl has logged it, and the operation that waits for the lost event ends by its deadline. */
}

static void close_session(Session *base)
{
    XenSession *session = (XenSession *)base;
    if (session->ctx)
        libxl_ctx_free(session->ctx);
    xs_close(session->store);
    xen_event_loop_free(session->loop);
    g_clear_pointer(&session->watches, g_hash_table_unref);
    g_main_context_unref(session->context);
    xen_log_free(session->log);
    g_free(session->known_name);
    g_free(session);
}

static bool fail_open(XenSession *session, GError **error)
{
    g_autofree char *summary = xen_log_summary(session->log);
    bool denied = geteuid() != 0 && (xen_log_mentions(session->log, "ermission denied") ||
                                     xen_log_mentions(session->log, "not permitted"));
    g_set_error(error, GUESTCTL_ERROR, denied ? GUESTCTL_ERROR_DENIED : GUESTCTL_ERROR_UNSUPPORTED, "Xen cannot be reached: %s; %s",
                summary ?: "libxl does not say why",
                denied ? "run this as root" : "check that Xen's services run: systemctl status xen");
    return false;
}

static bool connect_libxl(XenSession *session, GError **error)
{
    /* We start children of our own (GLib does), and GLib reaps them by their id. */
    static const libxl_childproc_hooks children = {.chldowner = libxl_sigchld_owner_libxl_always_selective_reap};
    static const libxl_event_hooks events = {
        .event_occurs_mask = LIBXL_EVENTMASK_ALL,
        .event_occurs = xen_session_event,
        .disaster = disaster,
    };
    if (libxl_ctx_alloc(&session->ctx, LIBXL_VERSION, 0, xen_log_logger(session->log)) != 0) {
        session->ctx = NULL;
        return fail_open(session, error);
    }
    session->loop = xen_event_loop_new(session->ctx, session->context);
    libxl_childproc_setmode(session->ctx, &children, NULL);
    libxl_event_register_callbacks(session->ctx, &events, session);
    return true;
}

static Session *open_session(const SessionOptions *options, GError **error)
{
    g_autoptr(Host) host = host_new();
    if (!xen_probe_control(host, "")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "Xen cannot be reached: %s", host->xen.reason);
        return NULL;
    }
    XenSession *session = g_new0(XenSession, 1);
    session->base.backend = &xen_backend;
    session->log = xen_log_new(options && options->verbose);
    session->progress = options ? options->progress : NULL;
    session->progress_data = options ? options->progress_data : NULL;
    session->context = g_main_context_ref_thread_default();
    session->watches = g_hash_table_new(g_int64_hash, g_int64_equal);
    if (!connect_libxl(session, error)) {
        close_session(&session->base);
        return NULL;
    }
    return &session->base;
}

static bool run(Session *base, const Step *step, GCancellable *cancel, GError **error)
{
    XenSession *session = (XenSession *)base;
    if (g_cancellable_is_cancelled(cancel)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "guest \"%s\": interrupted before %s", step->target,
                    step_kind_name(step->kind));
        return false;
    }
    xen_log_clear(session->log);
    switch (step->kind) {
    case STEP_CREATE:
        return xen_session_create(session, step, cancel, error);
    case STEP_NOTE:
    case STEP_UNPAUSE:
    case STEP_PAUSE:
    case STEP_SHUTDOWN:
    case STEP_REBOOT:
    case STEP_DESTROY:
        return xen_session_control(session, step, cancel, error);
    case STEP_TUNE_DOM0:
        return xen_dom0_tune(session, step, cancel, error);
    case STEP_REQUIRE_BRIDGE:
    case STEP_WRITE_FILE:
    case STEP_REMOVE_FILE:
    case STEP_CREATE_DISK:
    case STEP_CHANGE_DISK:
    case STEP_DELETE_DISK:
    case STEP_INJECT:
    case STEP_WRITE_SEED:
    case STEP_RUN:
        break;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "step %s is not one of the hypervisor's", step_kind_name(step->kind));
    return false;
}

static bool undo(Session *base, const Step *step, GError **error)
{
    XenSession *session = (XenSession *)base;
    xen_log_clear(session->log);
    if (step->kind == STEP_TUNE_DOM0)
        return xen_dom0_untune(session, step, error);
    return step->kind != STEP_CREATE || xen_session_undo_create(session, step, error);
}

const Backend xen_backend = {
    .name = "xen",
    .probe = xen_probe,
    .plan_create = xen_plan_create,
    .plan_reboot = xen_plan_reboot,
    .open = open_session,
    .run = run,
    .undo = undo,
    .list = xen_session_list,
    .lookup = xen_session_lookup,
    .wait_end = xen_session_wait_end,
    .console = xen_console,
    .close = close_session,
};
