/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/probe.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "kvm/embed.h"
#include "kvm/kvm.h"
#include "kvm/libvirt.h"
#include "kvm/probe-cache.h"
#include "kvm/session.h"

/* `qemu --version` would take 30 ms; its answer is one constant of the program: "QEMU emulator version 7.2.22 (". */
char *probe_qemu_version(const char *path)
{
    static const char words[] = "QEMU emulator version ";
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
    if (!file)
        return NULL;
    const char *start = g_mapped_file_get_contents(file);
    gsize length = g_mapped_file_get_length(file);
    const char *found = start ? memmem(start, length, words, strlen(words)) : NULL;
    if (!found)
        return NULL;
    found += strlen(words);
    gsize n = 0;
    while (found + n < start + length && n < 32 && (g_ascii_isdigit(found[n]) || found[n] == '.'))
        n++;
    return n ? g_strndup(found, n) : NULL;
}

static char *qemu_version(const char *path)
{
    g_autofree char *key = probe_cache_key("qemu", path);
    char *version = key ? probe_cache_get(key) : NULL;
    if (!version && key) {
        version = probe_qemu_version(path);
        if (version)
            probe_cache_put(key, version);
    }
    return version;
}

/* /dev/kvm's node is made anew with each boot and each loading of the module, so its times stand for both. */
static bool kvm_works(bool anew, char **reason)
{
    static const char device[] = "/dev/kvm";
    g_autofree char *node = probe_cache_key("kvm", device);
    /* Not for users who may not open it: the same node has another answer for each. */
    g_autofree char *key = node && access(device, R_OK | W_OK) == 0 ? g_steal_pointer(&node) : NULL;
    g_autofree char *known = key && !anew ? probe_cache_get(key) : NULL;
    if (known && strlen(known) > 2) {
        *reason = g_strdup(known + 2);
        return known[0] == 'y';
    }
    gint64 start = g_get_monotonic_time();
    bool works = kvm_probe_cpu(device, reason);
    /* On a machine so busy that it took long, the next answer may be another one. */
    if (key && g_get_monotonic_time() - start < G_USEC_PER_SEC / 2) {
        g_autofree char *value = g_strdup_printf("%c %s", works ? 'y' : 'n', *reason);
        probe_cache_put(key, value);
    }
    return works;
}

static char *find_emulator(const char *arch)
{
    static const char *const others[] = {"/usr/libexec/qemu-kvm", "/usr/bin/qemu-kvm"};
    g_autofree char *name = g_strconcat("qemu-system-", g_strcmp0(arch, "i686") == 0 ? "i386" : arch ? arch : "x86_64", NULL);
    char *path = g_find_program_in_path(name);
    for (gsize i = 0; i < G_N_ELEMENTS(others) && !path; i++)
        if (access(others[i], X_OK) == 0)
            path = g_strdup(others[i]);
    return path;
}

static bool have_driver(void)
{
    static const char *const folders[] = {"/usr/lib/" GUESTCTL_MULTIARCH, "/usr/lib64", "/usr/lib", "/usr/local/lib"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(folders[i], "libvirt/connection-driver/libvirt_driver_qemu.so", NULL);
        if (access(path, R_OK) == 0)
            return true;
    }
    return false;
}

/* Why libvirt cannot be used, or NULL. */
static const char *missing(const Host *host)
{
    bool embed = g_str_equal(host->kvm.uri, "embed");
    if (!host->kvm.libvirt_version)
        return "libvirt is not installed; guestctl host check kvm.libvirt says how to install it";
    if (!host->kvm.emulator)
        return "QEMU is not installed; guestctl host check kvm.emulator says how to install it";
    if (!have_driver())
        return "libvirt's QEMU driver is not installed; guestctl host check kvm.libvirt says how to install it";
    /* libvirt parses its compiled-in default before our qemu.conf, and gives up without that user. */
    if (embed && geteuid() == 0 && !getpwnam("libvirt-qemu") && !getpwnam("qemu"))
        return "libvirt's user is missing; make it with: useradd --system --user-group --shell /usr/sbin/nologin libvirt-qemu";
    return NULL;
}

bool kvm_probe(Host *host, GError **error)
{
    host->kvm.libvirt_version = libvirt_installed_version();
    host->kvm.emulator = find_emulator(host->arch);
    host->kvm.qemu_version = host->kvm.emulator ? qemu_version(host->kvm.emulator) : NULL;
    host->kvm.uri = session_choose_uri(NULL);
    host->kvm.user = g_strdup(geteuid() != 0 ? g_get_user_name() : embed_user());
    host->kvm.kvm_works = kvm_works(host->probe_anew, &host->kvm.kvm_reason);
    probe_firmware(host, "");

    const char *lacks = missing(host);
    host->kvm.usable = !lacks;
    host->kvm.reason = lacks ? g_strdup(lacks)
                             : g_strdup_printf("libvirt %s and QEMU %s are here", host->kvm.libvirt_version,
                                               host->kvm.qemu_version ? host->kvm.qemu_version : "(of an unknown version)");
    return true;
}
