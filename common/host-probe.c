/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/file.h"
#include "common/host.h"
#include "common/identity.h"

static char *read_below(const char *sysroot, const char *path, gsize max)
{
    g_autofree char *full = g_strconcat(sysroot, path, NULL);
    return file_read(full, max, NULL, NULL);
}

/* The value of the first "name<blanks>: value" line; NULL when there is none. */
static char *colon_value(const char *text, const char *name)
{
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        gsize n = strlen(name);
        if (strncmp(line, name, n) != 0 || !strchr(" \t:", line[n]))
            continue;
        const char *colon = line + n + strspn(line + n, " \t");
        if (*colon != ':')
            continue;
        colon += 1 + strspn(colon + 1, " \t");
        return g_strndup(colon, strcspn(colon, "\n"));
    }
    return NULL;
}

static void probe_cpu(Host *host, const char *sysroot)
{
    g_autofree char *text = read_below(sysroot, "/proc/cpuinfo", 8 * 1024 * 1024);
    if (!text)
        return;
    host->cpu_vendor = colon_value(text, "vendor_id");
    host->cpu_model = colon_value(text, "model name");
    g_autofree char *flags = colon_value(text, "flags");
    if (flags) {
        g_strfreev(host->cpu_flags);
        host->cpu_flags = g_strsplit(flags, " ", -1);
    }
    for (const char *at = text; (at = strstr(at, "processor")); at += strlen("processor"))
        host->cpus += at == text || at[-1] == '\n';
}

static guint64 meminfo_kib(const char *text, const char *name)
{
    g_autofree char *value = text ? colon_value(text, name) : NULL;
    return value ? g_ascii_strtoull(value, NULL, 10) : 0;
}

/* Of the machine, or of a Xen guest's own view of it: dom0 sees one at most, and xen/probe.c asks Xen. */
static void probe_nodes(Host *host, const char *sysroot)
{
    g_autofree char *path = g_strconcat(sysroot, "/sys/devices/system/node", NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    for (const char *name; folder && (name = g_dir_read_name(folder));)
        host->numa_nodes += g_str_has_prefix(name, "node") && g_ascii_isdigit(name[strlen("node")]);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void probe_bridges(Host *host, const char *sysroot)
{
    g_autofree char *net = g_strconcat(sysroot, "/sys/class/net", NULL);
    g_autoptr(GDir) folder = g_dir_open(net, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; folder && (name = g_dir_read_name(folder));) {
        g_autofree char *bridge = g_build_filename(net, name, "bridge", NULL);
        if (g_file_test(bridge, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(names, g_strdup(name));
    }
    if (names->len)
        qsort(names->pdata, names->len, sizeof(char *), by_name);
    g_ptr_array_add(names, NULL);
    g_strfreev(host->bridges);
    host->bridges = (GStrv)g_ptr_array_free(g_steal_pointer(&names), FALSE);
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
