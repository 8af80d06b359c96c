/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/host.h"
#include "common/identity.h"
#include "common/sys-tree.h"

static char *read_below(const char *sysroot, const char *path, gsize max)
{
    g_autoptr(SysTree) tree = sys_tree_new(sysroot);
    return sys_read(tree, path, max);
}

static void probe_cpu(Host *host, const char *sysroot)
{
    g_autofree char *text = read_below(sysroot, "/proc/cpuinfo", 8 * 1024 * 1024);
    if (!text)
        return;
    host->cpu_vendor = sys_colon_value(text, "vendor_id");
    host->cpu_model = sys_colon_value(text, "model name");
    g_autofree char *flags = sys_colon_value(text, "flags");
    if (flags) {
        g_strfreev(host->cpu_flags);
        host->cpu_flags = g_strsplit(flags, " ", -1);
    }
    for (const char *at = text; (at = strstr(at, "processor")); at += strlen("processor"))
        host->cpus += at == text || at[-1] == '\n';
}

static guint64 meminfo_kib(const char *text, const char *name)
{
    g_autofree char *value = text ? sys_colon_value(text, name) : NULL;
    return value ? g_ascii_strtoull(value, NULL, 10) : 0;
}

/* Of the machine, or of a Xen guest's own view of it: dom0 sees one at most, and xen/probe.c asks Xen. */
static void probe_nodes(Host *host, const char *sysroot)
{
    g_autoptr(SysTree) tree = sys_tree_new(sysroot);
    g_auto(GStrv) names = sys_names(tree, "/sys/devices/system/node", "node", "");
    for (char **name = names; *name; name++)
        host->numa_nodes += g_ascii_isdigit((*name)[strlen("node")]);
}

static void probe_bridges(Host *host, const char *sysroot)
{
    g_autoptr(SysTree) tree = sys_tree_new(sysroot);
    g_auto(GStrv) names = sys_names(tree, "/sys/class/net", "", "");
    g_autoptr(GPtrArray) bridges = g_ptr_array_new();
    for (char **name = names; *name; name++) {
        g_autofree char *bridge = g_strdup_printf("/sys/class/net/%s/bridge", *name);
        if (sys_exists(tree, bridge))
            g_ptr_array_add(bridges, g_strdup(*name));
    }
    g_ptr_array_add(bridges, NULL);
    g_strfreev(host->bridges);
    host->bridges = (GStrv)g_ptr_array_free(g_steal_pointer(&bridges), FALSE);
}

void host_probe_common(Host *host, const char *sysroot, const char *root)
{
    struct utsname names;
    if (uname(&names) == 0) {
        host->name = g_strdup(names.nodename);
        host->arch = g_strdup(names.machine);
    }
    probe_cpu(host, sysroot);
    g_autofree char *meminfo = read_below(sysroot, "/proc/meminfo", 64 * 1024);
    host->memory_kib = meminfo_kib(meminfo, "MemTotal");
    host->free_memory_kib = meminfo_kib(meminfo, "MemAvailable");
    probe_nodes(host, sysroot);
    probe_bridges(host, sysroot);
    g_autofree char *machine_id = read_below(sysroot, "/etc/machine-id", 4096);
    host->identity_seed = identity_seed(machine_id ? g_strstrip(machine_id) : NULL, host->name, root);
}
