/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/libvirt.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"

Libvirt lv;

static void stay_silent(void *data, virErrorPtr error)
{
}

static bool load_symbols(GError **error)
{
    void *library = dlopen("libvirt.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "libvirt is not installed (%s); install it with: apt-get install libvirt0 libvirt-daemon-driver-qemu", dlerror());
        return false;
    }
    const char *missing = NULL;
#define LIBVIRT_RESOLVE(name)                                                                                          \
    if (!(lv.name = (__typeof__(lv.name))dlsym(library, #name)))                                                       \
        missing = #name;
    LIBVIRT_FUNCTIONS(LIBVIRT_RESOLVE)
#undef LIBVIRT_RESOLVE
    lv.virStateShutdownPrepare = (int (*)(void))dlsym(library, "virStateShutdownPrepare");
    lv.virStateShutdownWait = (int (*)(void))dlsym(library, "virStateShutdownWait");
    lv.virStateCleanup = (int (*)(void))dlsym(library, "virStateCleanup");
    const virConnectAuthPtr *auth = dlsym(library, "virConnectAuthPtrDefault");
    lv.auth = auth ? *auth : NULL;
    if (missing) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "this libvirt has no %s; guestctl needs libvirt 7.0 or newer", missing);
        return false;
    }
    return true;
}

bool libvirt_load(bool verbose, GError **error)
{
    static bool loaded;
    if (loaded)
        return true;
    if (!load_symbols(error))
        return false;
    /* libvirt has no call for where its log goes before it starts, only this variable. It is not passed on to
     * QEMU. Whoever sets it himself is obeyed. */
    if (!verbose)
        g_setenv("LIBVIRT_LOG_OUTPUTS", "4:file:/dev/null", FALSE);
    lv.virSetErrorFunc(NULL, stay_silent);
    /* Since 6.2 libvirt's own event loop is GLib's default main context (tests/kvm/test-session.c proves it for
     * the version at hand), so nothing is left for us to implement. */
    if (lv.virInitialize() < 0 || lv.virEventRegisterDefaultImpl() < 0)
        return libvirt_error(error, "libvirt cannot be started");
    loaded = true;
    return true;
}

char *libvirt_installed_version(void)
{
    static const char *const folders[] = {
        "/usr/local/lib", "/usr/lib/" GUESTCTL_MULTIARCH, "/lib/" GUESTCTL_MULTIARCH, "/usr/lib64", "/usr/lib", NULL};
    for (const char *const *folder = folders; *folder; folder++) {
        g_autofree char *path = g_build_filename(*folder, "libvirt.so.0", NULL);
        g_autofree char *target = g_file_read_link(path, NULL);
        if (!target)
            continue;
        g_autofree char *name = g_path_get_basename(target);
        unsigned number, micro;
        if (sscanf(name, "libvirt.so.0.%u.%u", &number, &micro) == 2)
            return g_strdup_printf("%u.%u.%u", number / 1000, number % 1000, micro);
        return g_strdup("unknown");
    }
    return NULL;
}

static GuestctlErrorCode meaning(const virError *last)
{
    switch ((virErrorNumber)last->code) {
    case VIR_ERR_NO_DOMAIN:
        return GUESTCTL_ERROR_NOT_FOUND;
    case VIR_ERR_DOM_EXIST:
        return GUESTCTL_ERROR_EXISTS;
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
    case VIR_ERR_ACCESS_DENIED:
    case VIR_ERR_OPERATION_DENIED:
        return GUESTCTL_ERROR_DENIED;
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_INVALID_CONN:
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_CONFIG_UNSUPPORTED:
        return GUESTCTL_ERROR_UNSUPPORTED;
    case VIR_ERR_NO_MEMORY:
        return GUESTCTL_ERROR_RESOURCES;
    case VIR_ERR_OPERATION_TIMEOUT:
    case VIR_ERR_AGENT_UNRESPONSIVE:
        return GUESTCTL_ERROR_TIMED_OUT;
    case VIR_ERR_XML_ERROR:
    case VIR_ERR_XML_DETAIL:
    case VIR_ERR_XML_INVALID_SCHEMA:
        return GUESTCTL_ERROR_INVALID;
    case VIR_ERR_SYSTEM_ERROR:
        if (last->int1 == EACCES || last->int1 == EPERM)
            return GUESTCTL_ERROR_DENIED;
        if (last->int1 == ECONNREFUSED || (last->int1 == ENOENT && last->domain == VIR_FROM_RPC))
            return GUESTCTL_ERROR_UNSUPPORTED; /* no daemon listens there */
        if (last->int1 == ENOENT)
            return GUESTCTL_ERROR_NOT_FOUND;
        if (last->int1 == ENOSPC || last->int1 == EDQUOT)
            return GUESTCTL_ERROR_RESOURCES;
        break;
    default: /* hundreds, and each version adds some */
        break;
    }
    /* QEMU's own complaints reach libvirt as text alone. */
    static const struct {
        const char *text;
        GuestctlErrorCode code;
    } texts[] = {
        {"Cannot allocate memory", GUESTCTL_ERROR_RESOURCES},
        {"No space left on device", GUESTCTL_ERROR_RESOURCES},
        {"Disk quota exceeded", GUESTCTL_ERROR_RESOURCES},
        {"Permission denied", GUESTCTL_ERROR_DENIED},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (last->message && strstr(last->message, texts[i].text))
            return texts[i].code;
    return GUESTCTL_ERROR_HYPERVISOR;
}

bool libvirt_error(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);

    const virError *last = lv.virGetLastError();
    if (!last || last->code == VIR_ERR_OK) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "%s: libvirt gives no reason", what);
        return false;
    }
    g_autofree char *message = g_strchomp(g_strdup(last->message));
    const char *remedy = "";
    if (strstr(message, "Failed to parse user 'libvirt-qemu'")) /* the compiled-in default is parsed before our qemu.conf */
        remedy = "; libvirt needs this user to exist: useradd --system --user-group --shell /usr/sbin/nologin libvirt-qemu";
    g_set_error(error, GUESTCTL_ERROR, (int)meaning(last), "%s: libvirt says: %s%s", what, message, remedy);
    lv.virResetLastError();
    return false;
}
