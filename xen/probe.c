/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "xen/cpu-flag.h"
#include "xen/log.h"
#include "xen/session.h"

#define PAGE_KIB 4 /* of x86 */

#ifndef XENLIGHT_VERSION
#define XENLIGHT_VERSION "unknown"
#endif

static char *at(const char *sysroot, const char *path)
{
    return g_strconcat(sysroot, path, NULL);
}

static bool not_here(Host *host, const char *reason)
{
    host->xen.usable = false;
    g_free(host->xen.reason);
    host->xen.reason = g_strdup(reason);
    return false;
}

/* Files only, so that a machine without Xen answers at once. A file's absence must be seen before libxl is
 * opened: without xenstored its first read waits for ever. */
bool xen_probe_control(Host *host, const char *sysroot)
{
    g_autofree char *capabilities = at(sysroot, "/proc/xen/capabilities");
    g_autofree char *type = at(sysroot, "/sys/hypervisor/type");
    g_autofree char *socket = at(sysroot, "/run/xenstored/socket");

    g_autofree char *hypervisor = file_read(type, 8192, NULL, NULL);
    if (!hypervisor || !g_str_has_prefix(hypervisor, "xen"))
        return not_here(host, "this machine does not run on Xen (no xen in /sys/hypervisor/type)");
    g_autofree char *text = file_read(capabilities, 8192, NULL, NULL);
    if (!text)
        return not_here(host, "this is a Xen guest, or /proc/xen is not mounted in dom0: mount -t xenfs xenfs /proc/xen");
    if (!strstr(text, "control_d"))
        return not_here(host, "this is a Xen guest, not dom0 (no control_d in /proc/xen/capabilities)");
    if (!g_file_test(socket, G_FILE_TEST_EXISTS))
        return not_here(host, "xenstored does not run (no /run/xenstored/socket): systemctl start xen");
    return true;
}

static char *first_file(const char *sysroot, const char *const *paths)
{
    for (; *paths; paths++) {
        g_autofree char *path = at(sysroot, *paths);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return g_strdup(*paths);
    }
    return NULL;
}

/* Where Debian's packages grub-xen-host, ovmf and qemu-system-xen put them, then other distributions. The
 * first of device_model and ovmf is what Debian's libxl uses by itself. */
void xen_probe_files(Host *host, const char *sysroot)
{
    static const char *const pvgrub[] = {"/usr/lib/grub-xen/grub-x86_64-xen.bin", "/usr/lib/xen/boot/pvgrub2-x86_64.bin", NULL};
    static const char *const pvhgrub[] = {"/usr/lib/grub-xen/grub-i386-xen_pvh.bin", NULL};
    static const char *const ovmf[] = {"/usr/share/ovmf/OVMF.fd", "/usr/lib/xen/boot/ovmf.bin", "/usr/share/edk2/xen/OVMF.fd", NULL};
    static const char *const device_model[] = {"/usr/libexec/xen-qemu-system-i386", "/usr/lib/xen/bin/qemu-system-i386",
                                               "/usr/libexec/xen/bin/qemu-system-i386", NULL};
    host->xen.pvgrub = first_file(sysroot, pvgrub);
    host->xen.pvhgrub = first_file(sysroot, pvhgrub);
    host->xen.ovmf = first_file(sysroot, ovmf);
    host->xen.device_model = first_file(sysroot, device_model);
}

static bool failed(Host *host, const XenLog *log, const char *doing)
{
    g_autofree char *summary = xen_log_summary(log);
    g_autofree char *reason = g_strdup_printf("libxl could not %s: %s%s", doing, summary ?: "no reason given",
                                              geteuid() != 0 ? "; run this as root" : "");
    return not_here(host, reason);
}

static bool read_version(Host *host, libxl_ctx *ctx, const XenLog *log)
{
    const libxl_version_info *version = libxl_get_version_info(ctx);
    if (!version)
        return failed(host, log, "read Xen's version");
    host->xen.version = g_strdup_printf("%d.%d%s", version->xen_version_major, version->xen_version_minor,
                                        version->xen_version_extra ?: "");
    host->xen.command_line = g_strdup(version->commandline);
    host->xen.caps = g_strchomp(g_strdup(version->capabilities));
    host->xen.toolstack = g_strdup(XENLIGHT_VERSION);
    return true;
}

/* Nodes are numbered with gaps where the firmware leaves some. 0: Xen does not tell. */
static unsigned count_nodes(libxl_ctx *ctx)
{
    int entries = 0;
    unsigned nodes = 0;
    libxl_numainfo *numa = libxl_get_numainfo(ctx, &entries);
    for (int i = 0; numa && i < entries; i++)
        nodes += numa[i].size != LIBXL_NUMAINFO_INVALID_ENTRY;
    libxl_numainfo_list_free(numa, numa ? entries : 0);
    return nodes;
}

static bool read_machine(Host *host, libxl_ctx *ctx, const XenLog *log)
{
    g_auto(libxl_physinfo) info;
    libxl_physinfo_init(&info);
    uint64_t is_free = 0;
    if (libxl_get_physinfo(ctx, &info) != 0 || libxl_get_free_memory(ctx, &is_free) != 0)
        return failed(host, log, "read what the machine has");
    host->memory_kib = info.total_pages * PAGE_KIB;
    host->free_memory_kib = is_free;
    host->cpus = info.nr_cpus;
    xen_cpu_flag_add_hidden(host, info.hw_cap);
    host->xen.pv = info.cap_pv;
    host->xen.hap = info.cap_hap;
    host->xen.shadow = info.cap_shadow;
    host->xen.iommu = info.cap_hvm_directio;
    host->xen.hvm = info.cap_hvm && (info.cap_hap || info.cap_shadow);
    host->xen.pvh = host->xen.hvm;
    host->numa_nodes = count_nodes(ctx);
    int scheduler = libxl_get_scheduler(ctx);
    if (scheduler > 0)
        host->xen.scheduler = g_strdup(libxl_scheduler_to_string((libxl_scheduler)scheduler));
    return true;
}

bool xen_probe(Host *host, GError **error)
{
    xen_probe_files(host, "");
    if (!xen_probe_control(host, ""))
        return true;

    g_autoptr(XenLog) log = xen_log_new(false);
    libxl_ctx *ctx = NULL;
    if (libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, xen_log_logger(log)) != 0) {
        failed(host, log, "open the hypervisor");
        return true;
    }
    host->xen.usable = read_version(host, ctx, log) && read_machine(host, ctx, log);
    if (host->xen.usable) {
        g_free(host->xen.reason);
        host->xen.reason = g_strdup("this is dom0 and libxl opens");
    }
    libxl_ctx_free(ctx);
    return true;
}
