/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/session.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "kvm/embed.h"
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

static bool connect_now(KvmSession *session, GError **error)
{
    if (session->connection)
        return true;
    if (session->root && !embed_prepare(session->root, session->cancel, error))
        return false;
    session->connection = session->root ? open_on_first_cpu(session->uri) : lv.virConnectOpenAuth(session->uri, lv.auth, 0);
    if (!session->connection)
        return libvirt_error(error, "cannot connect to %s", session->uri);
    return true;
}

typedef struct Call {
    KvmSession *session;
    SessionFunc *func;
    void *data;
    GError *error;
    bool ok;
    int done;
} Call;

static void *call_thread(void *data)
{
    Call *call = data;
    call->ok = connect_now(call->session, &call->error) && (!call->func || call->func(call->session, call->data, &call->error));
    g_atomic_int_set(&call->done, 1);
    g_main_context_wakeup(NULL);
    return NULL;
}

bool session_call(KvmSession *session, SessionFunc *func, void *data, GError **error)
{
    if (!libvirt_load(session->verbose, error))
        return false;
    Call call = {.session = session, .func = func, .data = data};
    GThread *thread = g_thread_new("libvirt", call_thread, &call);
    while (!g_atomic_int_get(&call.done))
        g_main_context_iteration(NULL, TRUE);
    g_thread_join(thread);
    if (call.error)
        g_propagate_error(error, call.error);
    return call.ok;
}

bool session_interrupted(GCancellable *cancel, const char *name, GError **error)
{
    if (!g_cancellable_is_cancelled(cancel))
        return false;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "guest \"%s\": interrupted", name);
    return true;
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
    KvmSession *session = g_new0(KvmSession, 1);
    session->session.backend = backend;
    session->verbose = options->verbose;
    session->uri = session_choose_uri(options->connect);
    if (is_embed(session->uri)) {
        /* Connecting waits for the first call: see embed.h. */
        session->root = g_build_filename(options->state_dir, "libvirt", NULL);
        g_autofree char *escaped = g_uri_escape_string(session->root, "/", FALSE);
        g_free(session->uri);
        session->uri = g_strconcat("qemu:///embed?root=", escaped, NULL);
    } else if (!session_call(session, NULL, NULL, error)) {
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

void kvm_close(Session *opened)
{
    if (!opened)
        return;
    KvmSession *session = kvm_session(opened);
    if (session->connection) {
        lv.virConnectClose(session->connection);
        while (g_main_context_iteration(NULL, FALSE)) /* libvirt drops its handles from inside the loop */
            ;
    }
    g_free(session->uri);
    g_free(session->root);
    g_free(session);
}
