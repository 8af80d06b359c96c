/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "xen/session.h"

/* What libxl's own words mean to us. The first match wins. */
static const struct {
    const char *text;
    GuestctlErrorCode code;
    const char *remedy;
} meanings[] = {
    {"already exists", GUESTCTL_ERROR_EXISTS, "choose another name, or destroy that guest first"},
    {"neither hap nor shadow paging available", GUESTCTL_ERROR_UNSUPPORTED, "only PV guests run on this machine: use vm_mode xen"},
    {"Failed to apply CPUID policy", GUESTCTL_ERROR_UNSUPPORTED, "this machine's CPU has not all that cpu-flags asks for"},
    {"No space left", GUESTCTL_ERROR_RESOURCES, "free some disk space"},
    {"Cannot allocate memory", GUESTCTL_ERROR_RESOURCES, "see what guests use with: guestctl list"},
    {"Out of memory", GUESTCTL_ERROR_RESOURCES, "see what guests use with: guestctl list"},
    {"panic: xc_dom_core", GUESTCTL_ERROR_INVALID, "the kernel is none that this kind of guest can boot"},
    {"xc_dom_find_loader: no loader found", GUESTCTL_ERROR_INVALID, "the kernel is none that this kind of guest can boot"},
    {"Could not find bridge", GUESTCTL_ERROR_NOT_FOUND, "make the bridge with: ip link add NAME type bridge"},
    {"No such file or directory", GUESTCTL_ERROR_NOT_FOUND, "check that the guest's files exist"},
    {"ermission denied", GUESTCTL_ERROR_DENIED, "run this as root"},
    {"didn't acknowledge control request", GUESTCTL_ERROR_TIMED_OUT, "the guest does not answer; end it with: guestctl destroy"},
    {"device model did not start: -9", GUESTCTL_ERROR_TIMED_OUT, "QEMU has not started in libxl's 60 s: try again when the machine is less busy"},
    {"hotplug scripts", GUESTCTL_ERROR_HYPERVISOR, "check the guest's bridge and that its disks are not in use"},
};

/* QEMU tells its reason in a log of its own, to which libxl only points: the last line that is one, without the
 * program's name. That libxl then ended it, and where its serial ports are, are no reasons. */
char *xen_session_qemu_says(const char *name)
{
    g_autofree char *path = g_strdup_printf("/var/log/xen/qemu-dm-%s.log", name);
    g_autofree char *text = file_read(path, 256 * 1024, NULL, NULL);
    g_auto(GStrv) lines = text ? g_strsplit(text, "\n", -1) : NULL;
    for (guint i = lines ? g_strv_length(lines) : 0; i > 0; i--) {
        const char *line = g_strstrip(lines[i - 1]);
        if (!*line || strstr(line, "terminating on signal") || g_str_has_prefix(line, "char device redirected"))
            continue;
        const char *said = strstr(line, ": ");
        return g_strdup(said && !memchr(line, ' ', (gsize)(said - line)) ? said + 2 : line);
    }
    return NULL;
}

static GuestctlErrorCode code_of(int rc, GuestctlErrorCode fallback)
{
    switch (rc) {
    case ERROR_NOMEM:
        return GUESTCTL_ERROR_RESOURCES;
    case ERROR_TIMEDOUT:
    case ERROR_GUEST_TIMEDOUT:
        return GUESTCTL_ERROR_TIMED_OUT;
    case ERROR_DOMAIN_NOTFOUND:
    case ERROR_DOMAIN_DESTROYED:
        return GUESTCTL_ERROR_NOT_FOUND;
    case ERROR_ABORTED:
        return GUESTCTL_ERROR_INTERRUPTED;
    default:
        return fallback;
    }
}

bool xen_session_fail(XenSession *session, const char *name, const char *doing, int rc, GError **error)
{
    GuestctlErrorCode code = GUESTCTL_ERROR_HYPERVISOR;
    const char *remedy = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
        if (xen_log_mentions(session->log, meanings[i].text)) {
            code = meanings[i].code;
            remedy = meanings[i].remedy;
            break;
        }
    g_autofree char *summary = xen_log_summary(session->log);
    g_autofree char *qemu = xen_log_mentions(session->log, "device model") ? xen_session_qemu_says(name) : NULL;
    g_set_error(error, GUESTCTL_ERROR, (int)code_of(rc, code), "guest \"%s\": libxl could not %s: %s%s%s%s%s", name, doing,
                summary ?: libxl_error_to_string((libxl_error)rc) ?: "unknown error", qemu && *qemu ? "; QEMU says: " : "",
                qemu ?: "", remedy ? "; " : "", remedy ?: "");
    return false;
}
