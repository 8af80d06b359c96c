/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/backend-pick.h"

#include "common/error.h"
#include "config.h"
#include "toolstack/output.h"

#if HAVE_XEN
#include "xen/xen.h"
#endif
#if HAVE_KVM
#include "kvm/kvm.h"
#endif

/* In the order in which they are tried. */
static const struct {
    const char *name;
    const Backend *backend; /* NULL: not in this build */
    const char *library;
} backends[] = {
#if HAVE_XEN
    {"xen", &xen_backend, "libxl"},
#else
    {"xen", NULL, "libxl"},
#endif
#if HAVE_KVM
    {"kvm", &kvm_backend, "libvirt"},
    {"qemu", &qemu_backend, "libvirt"},
#else
    {"kvm", NULL, "libvirt"},
    {"qemu", NULL, "libvirt"},
#endif
};

const Backend *backend_find(const char *name, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(backends); i++) {
        if (!g_str_equal(backends[i].name, name))
            continue;
        if (!backends[i].backend)
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                        "this guestctl was built without %s (%s); install a build that has it", name, backends[i].library);
        return backends[i].backend;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "backend \"%s\" is not known (use xen, kvm or qemu)", name);
    return NULL;
}

/* A probe that is not in this build leaves its reason where the probe would have. */
static void note_missing(Host *host)
{
    if (!HAVE_XEN && !host->xen.reason)
        host->xen.reason = g_strdup("this guestctl was built without Xen (libxl)");
    if (!HAVE_KVM && !host->kvm.reason)
        host->kvm.reason = g_strdup("this guestctl was built without KVM and QEMU (libvirt)");
}

/* kvm and qemu are one library: the second probe would only repeat the first. */
static bool probe(Host *host, const char *name, GError **error)
{
    const Backend *backend = backend_find(name, NULL);
    return !backend || backend->probe(host, error);
}

static Host *probe_all(const Options *options, bool anew, GError **error)
{
    if (options->host)
        return host_load(options->host, error);
    g_autoptr(Host) host = host_new();
    host->probe_anew = anew;
    host_probe_common(host, "", options->paths->root);
    if (!probe(host, "xen", error) || !probe(host, "kvm", error))
        return NULL;
    note_missing(host);
    return g_steal_pointer(&host);
}

Host *host_of(const Options *options, GError **error)
{
    return probe_all(options, false, error);
}

Host *host_of_anew(const Options *options, GError **error)
{
    return probe_all(options, true, error);
}

Host *host_of_xen(const Options *options, GError **error)
{
    if (options->host)
        return host_load(options->host, error);
    g_autoptr(Host) host = host_new();
    host_probe_common(host, "", options->paths->root);
    if (!probe(host, "xen", error))
        return NULL;
    note_missing(host);
    return g_steal_pointer(&host);
}

/* Only as much as picking needs: a Xen control domain is not asked for its KVM, nor a forced backend for others. */
static Host *host_for_pick(const Options *options, GError **error)
{
    if (options->host)
        return host_load(options->host, error);
    g_autoptr(Host) host = host_new();
    host_probe_common(host, "", options->paths->root);
    bool forced_xen = g_strcmp0(options->backend, "xen") == 0;
    if ((!options->backend || forced_xen) && !probe(host, "xen", error))
        return NULL;
    if (!forced_xen && !host->xen.usable && !probe(host, "kvm", error))
        return NULL;
    note_missing(host);
    return g_steal_pointer(&host);
}

/* KVM that fails its probe may still run a guest that needs less than the probe, and with --connect the guests are
 * not on this machine. Nothing of Xen works without Xen. */
static bool can_try(const Host *host, const char *name, const Options *options)
{
    return g_str_equal(name, "xen") ? false : host->kvm.usable || options->connect;
}

static char *explain(const Host *host, const char *name)
{
    if (g_str_equal(name, "xen"))
        return g_strdup("this is a Xen control domain");
    if (g_str_equal(name, "kvm"))
        return g_strdup_printf("no Xen (%s), and KVM works", host->xen.reason ? host->xen.reason : "not a control domain");
    return g_strdup_printf("no Xen (%s), no KVM (%s): plain emulation",
                           host->xen.reason ? host->xen.reason : "not a control domain",
                           host->kvm.kvm_reason ? host->kvm.kvm_reason : "it does not work");
}

static void progress(void *data, const char *text)
{
    output_progress(data, text);
}

static void set_session_options(BackendPick *pick, const Options *options)
{
    pick->state_dir = options->paths ? g_strdup(options->paths->state) : NULL;
    pick->session_options = (SessionOptions){.connect = options->connect,
                                             .state_dir = pick->state_dir,
                                             .verbose = options->verbose,
                                             .progress = progress,
                                             .progress_data = (void *)(guintptr)options,
                                             .cancel = options->cancel};
}

BackendPick *backend_pick_new(const Options *options, GError **error)
{
    if (options->backend && !backend_find(options->backend, error))
        return NULL;
    g_autoptr(BackendPick) pick = g_new0(BackendPick, 1);
    pick->host = host_for_pick(options, error);
    if (!pick->host)
        return NULL;
    const char *name = options->backend ? options->backend : host_best_backend(pick->host, error);
    pick->backend = name ? backend_find(name, error) : NULL;
    if (!pick->backend)
        return NULL;

    const char *doubtful = options->backend ? host_doubt(pick->host, name) : NULL;
    if (doubtful && !can_try(pick->host, name, options)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "--backend %s: it cannot be used here: %s; leave --backend out, or plan for a recorded host with --host FILE", name,
                    doubtful);
        return NULL;
    }
    if (doubtful)
        output_notice(options, "%s does not work here (%s); carrying on because of --backend %s", name, doubtful, name);
    pick->why = options->backend ? g_strdup_printf("--backend %s", name) : explain(pick->host, name);
    set_session_options(pick, options);
    return g_steal_pointer(&pick);
}

BackendPick *backend_pick_xen(const Options *options, Host *host, GError **error)
{
    const Backend *backend = backend_find("xen", error);
    if (!backend)
        return NULL;
    BackendPick *pick = g_new0(BackendPick, 1);
    pick->backend = backend;
    pick->host = host;
    pick->why = g_strdup("it is about dom0");
    set_session_options(pick, options);
    return pick;
}

void backend_pick_free(BackendPick *pick)
{
    if (!pick)
        return;
    if (pick->session)
        pick->backend->close(pick->session);
    host_free(pick->host);
    g_free(pick->why);
    g_free(pick->state_dir);
    g_free(pick);
}

Session *backend_pick_session(BackendPick *pick, GError **error)
{
    if (!pick->session)
        pick->session = pick->backend->open(&pick->session_options, error);
    return pick->session;
}
