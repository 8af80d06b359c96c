/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/session.h"

#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "kvm/kvm.h"

static bool is_embed(const char *uri)
{
    return g_str_equal(uri, "embed");
}

/* Cheap: it looks at sockets and files and starts nothing. A daemon that runs knows guests that others made, so
 * it comes first; without one the driver inside this program needs no set-up. */
char *session_choose_uri(const char *connect)
{
    static const char *const sockets[] = {"/run/libvirt/virtqemud-sock", "/run/libvirt/libvirt-sock"};
    static const char *const daemons[] = {"/usr/sbin/virtqemud", "/usr/sbin/libvirtd"};
    if (connect)
        return g_strdup(connect);
    if (geteuid() == 0) {
        for (gsize i = 0; i < G_N_ELEMENTS(sockets); i++)
            if (access(sockets[i], R_OK | W_OK) == 0)
                return g_strdup("qemu:///system");
        return g_strdup("embed");
    }
    /* libvirt starts a user's own daemon by itself. */
    for (gsize i = 0; i < G_N_ELEMENTS(daemons); i++)
        if (g_getenv("XDG_RUNTIME_DIR") && access(daemons[i], X_OK) == 0)
            return g_strdup("qemu:///session");
    return g_strdup("embed");
}

static int on_anything(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *data)
{
    return 0;
}

/* With a daemon that has gone no event comes any more. */
static void on_close(virConnectPtr connection, int reason, void *data)
{
    ((KvmSession *)data)->lost = reason != VIR_CONNECT_CLOSE_REASON_CLIENT;
}

/* A connection must never lose its last callback while guests run: libvirt (9.0, object_event.c) looks without its lock
 * whether anybody listens, so an event can still be queued after the queue's timer has gone; the timer is started
 * again for the first event in an empty queue only, so whoever listens next hears nothing, for ever. One reboot in
 * ten, followed by a wait, met this. So one callback stays. */
bool session_listen(KvmSession *session)
{
    if (session->event_callback >= 0)
        return true;
    lv.virConnectRegisterCloseCallback(session->connection, on_close, session, NULL); /* session_disconnect() ends it */
    session->event_callback = lv.virConnectDomainEventRegisterAny(session->connection, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                                  VIR_DOMAIN_EVENT_CALLBACK(on_anything), NULL, NULL);
    return session->event_callback >= 0;
}

bool session_disconnect(KvmSession *session)
{
    if (!session->connection)
        return true;
    if (session->event_callback >= 0) {
        lv.virConnectDomainEventDeregisterAny(session->connection, session->event_callback);
        lv.virConnectUnregisterCloseCallback(session->connection, on_close);
    }
    int left = lv.virConnectClose(session->connection);
    session->event_callback = -1;
    session->connection = NULL;
    return left == 0;
}

KvmSession *session_ref(KvmSession *session)
{
    return g_atomic_rc_box_acquire(session);
}

static void clear(void *data)
{
    KvmSession *session = data;
    session_disconnect(session);
    g_clear_object(&session->open_cancel);
    g_free(session->uri);
    g_free(session->root);
}

void session_unref(KvmSession *session)
{
    g_atomic_rc_box_release_full(session, clear);
}

Step *session_step_copy(const Step *step)
{
    Step *copy = g_atomic_rc_box_new0(Step);
    *copy = (Step){.kind = step->kind, .target = g_strdup(step->target), .native = g_strdup(step->native)};
    return copy;
}

void session_step_clear(void *data)
{
    Step *step = data;
    g_free(step->target);
    g_free(step->native);
}

virDomainPtr session_find(KvmSession *session, const char *name, GError **error)
{
    virDomainPtr domain = lv.virDomainLookupByName(session->connection, name);
    if (domain)
        return domain;
    const virError *last = lv.virGetLastError();
    if (last && last->code == VIR_ERR_NO_DOMAIN) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\" is not running in libvirt (%s)", name, session->uri);
        lv.virResetLastError();
        return NULL;
    }
    libvirt_error(error, "guest \"%s\": cannot be looked up", name);
    return NULL;
}

static Session *open_session(const Backend *backend, const SessionOptions *options, GError **error)
{
    if (!libvirt_load(options->verbose, error))
        return NULL;
    KvmSession *session = g_atomic_rc_box_new0(KvmSession);
    session->session.backend = backend;
    session->open_cancel = options->cancel ? g_object_ref(options->cancel) : NULL;
    session->cancel = session->open_cancel;
    session->event_callback = -1;
    session->verbose = options->verbose;
    session->uri = session_choose_uri(options->connect);
    if (is_embed(session->uri)) {
        /* Connecting waits for the first call: see embed.h. */
        session->root = g_build_filename(options->state_dir, "libvirt", NULL);
        g_autofree char *escaped = g_uri_escape_string(session->root, "/", FALSE);
        g_free(session->uri);
        session->uri = g_strconcat("qemu:///embed?root=", escaped, NULL);
    } else if (session_interrupted(options->cancel, NULL, error) || !session_call(session, NULL, NULL, NULL, error)) {
        kvm_close(&session->session);
        return NULL;
    }
    return &session->session;
}

Session *kvm_open(const SessionOptions *options, GError **error)
{
    return open_session(&kvm_backend, options, error);
}

Session *qemu_open(const SessionOptions *options, GError **error)
{
    return open_session(&qemu_backend, options, error);
}

/* Longer than libvirt takes to end a QEMU that obeys. */
#define ENDING_MS 1000
#define ENDING_LOOK_MS 10

static bool disconnect(KvmSession *session, void *data, GError **error)
{
    /* The embedded driver ends with this process. What it is about to remove of a guest that powered off would be left. */
    for (int ms = 0; session->root && ms < ENDING_MS && session_has_ending(session); ms += ENDING_LOOK_MS)
        g_usleep(ENDING_LOOK_MS * 1000);
    session_disconnect(session);
    return true;
}

/* Closing asks the daemon too, so it can wait as well. */
void kvm_close(Session *opened)
{
    if (!opened)
        return;
    KvmSession *session = kvm_session(opened);
    if (session->connection && !session_is_stalled(session)) {
        session_call(session, disconnect, NULL, NULL, NULL);
        while (g_main_context_iteration(NULL, FALSE)) /* libvirt drops its handles from inside the loop */
            ;
    }
    session_unref(session);
}
