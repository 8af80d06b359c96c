/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/check-list.h"
#include "common/kernel-module.h"

#define PROCESSES_MAX 100000 /* no /proc has more */

static void process_free(void *data)
{
    Process *process = data;
    g_free(process->pid);
    g_free(process->name);
    g_strfreev(process->words);
    g_free(process);
}

/* A file of one process. It may have ended, or be another user's: no fault. */
static char *read_of_process(const SysTree *tree, const char *pid, const char *name, gsize *length)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/%s", pid, name);
    return sys_try_read(tree, path, 64 * 1024, length, NULL);
}

/* /proc/PID/cmdline has a NUL after each; a copy that was made with a text tool may have blanks. Caller frees. */
static GStrv words_of(const char *text, gsize length)
{
    GPtrArray *words = g_ptr_array_new();
    bool plain = text && !memchr(text, '\0', length);
    g_auto(GStrv) parts = plain ? g_strsplit_set(text, " \n", -1) : NULL;
    for (char **part = parts; part && *part; part++)
        if (**part)
            g_ptr_array_add(words, g_strdup(*part));
    for (gsize at = 0; text && !plain && at < length; at += strlen(text + at) + 1)
        g_ptr_array_add(words, g_strdup(text + at));
    g_ptr_array_add(words, NULL);
    return (GStrv)g_ptr_array_free(words, FALSE);
}

static void add_process(GPtrArray *processes, const SysTree *tree, const char *pid)
{
    g_autofree char *name = read_of_process(tree, pid, "comm", NULL);
    if (!name)
        return;
    gsize length = 0;
    g_autofree char *arguments = read_of_process(tree, pid, "cmdline", &length);
    Process *process = g_new0(Process, 1);
    process->pid = g_strdup(pid);
    process->name = g_strdup(g_strstrip(name));
    process->words = words_of(arguments, length);
    g_ptr_array_add(processes, process);
}

static void find_processes(CheckFacts *facts)
{
    g_auto(GStrv) names = sys_names(facts->tree, "/proc", "", "");
    for (guint i = 0; names[i] && facts->processes->len < PROCESSES_MAX; i++)
        if (names[i][strspn(names[i], "0123456789")] == '\0')
            add_process(facts->processes, facts->tree, names[i]);
}

/* Of the folder, or of the one above it in which it will be made. */
static void find_space(DiskSpace *space, const char *state)
{
    struct statvfs system;
    g_autofree char *path = g_strdup(state);
    int r;
    while ((r = statvfs(path, &system)) < 0 && errno == ENOENT && strlen(path) > 1) {
        char *above = g_path_get_dirname(path);
        g_free(path);
        path = above;
    }
    if (r < 0)
        return;
    space->known = true;
    space->path = g_steal_pointer(&path);
    space->read_only = system.f_flag & ST_RDONLY;
    space->free_kib = (guint64)system.f_bavail * system.f_frsize / 1024;
}

CheckFacts *check_facts_new(const Host *host, bool probed, const char *root, const char *state)
{
    CheckFacts *facts = g_new0(CheckFacts, 1);
    facts->host = host;
    facts->probed = probed;
    facts->here = root && !*root;
    facts->processes = g_ptr_array_new_with_free_func(process_free);
    facts->tree = root ? sys_tree_new(root) : NULL;
    g_autoptr(SysTree) nothing = sys_tree_new("/nonexistent");
    facts->distro = distro_of(facts->tree ? facts->tree : nothing, &facts->distro_name);
    if (facts->tree)
        find_processes(facts);
    if (state)
        find_space(&facts->space, state);
    return facts;
}

void check_facts_free(CheckFacts *facts)
{
    if (!facts)
        return;
    sys_tree_free(facts->tree);
    g_ptr_array_unref(facts->processes);
    g_free(facts->distro_name);
    g_free(facts->space.path);
    g_free(facts->dom0_line.warning);
    g_free(facts->dom0_line.why_not);
    g_free(facts);
}

char *check_read(const CheckFacts *facts, const char *path)
{
    return facts->tree ? sys_read_line(facts->tree, path) : NULL;
}

bool check_has_flag(const CheckFacts *facts, const char *flag)
{
    return g_strv_contains((const char *const *)facts->host->cpu_flags, flag);
}

/* "PowerNV", "pSeries"; NULL: /proc/cpuinfo does not say. Caller frees. */
static char *platform_of(const CheckFacts *facts)
{
    g_autofree char *text = facts->tree ? sys_read(facts->tree, "/proc/cpuinfo", 8 * 1024 * 1024) : NULL;
    return sys_colon_value(text, "platform");
}

CpuKind check_cpu_kind(const CheckFacts *facts)
{
    if (facts->host->cpu_flags[0])
        return CPU_X86;
    g_autofree char *platform = platform_of(facts);
    if (platform || (facts->probed && g_str_has_prefix(facts->host->arch, "ppc64")))
        return CPU_POWER;
    return facts->tree && !sys_exists(facts->tree, "/proc/cpuinfo") ? CPU_NOT_KNOWN : CPU_OTHER;
}

const char *check_kvm_module(const CheckFacts *facts)
{
    g_autofree char *platform = NULL;
    switch (check_cpu_kind(facts)) {
    case CPU_X86:
        return check_has_flag(facts, "vmx") ? "kvm_intel" : check_has_flag(facts, "svm") ? "kvm_amd" : NULL;
    case CPU_POWER:
        platform = platform_of(facts);
        return g_strcmp0(platform, "PowerNV") == 0 || (facts->tree && module_state(facts->tree, "kvm_hv") != MODULE_ABSENT) ? "kvm_hv" : NULL;
    case CPU_OTHER:
    case CPU_NOT_KNOWN:
        return NULL;
    }
    return NULL;
}

/* The words of Linux' feat_ctl.c, kvm.ko and kvm_amd.ko; that an APIC is disabled is another matter. Distributions keep this file
 * from users: without it nothing else is in doubt. */
char *check_firmware_line(const CheckFacts *facts)
{
    static const char *const of[] = {"kvm", "vmx", "svm"};
    g_autofree char *log = facts->tree ? sys_try_read(facts->tree, "/var/log/dmesg", 8 * 1024 * 1024, NULL, NULL) : NULL;
    g_auto(GStrv) lines = g_strsplit(log ? log : "", "\n", -1);
    for (char **line = lines; *line; line++) {
        g_autofree char *lower = g_ascii_strdown(*line, -1);
        if (!strstr(lower, "disabled by bios") && !strstr(lower, "disabled (by bios)"))
            continue;
        for (gsize i = 0; i < G_N_ELEMENTS(of); i++)
            if (strstr(lower, of[i]))
                return g_strdup(g_strstrip(*line));
    }
    return NULL;
}

/* dom0's UUID is zero; /proc/xen may not be mounted. */
bool check_on_xen(const CheckFacts *facts)
{
    if (facts->probed && facts->host->xen.usable)
        return true;
    g_autofree char *type = check_read(facts, "/sys/hypervisor/type");
    if (g_strcmp0(type, "xen") != 0)
        return false;
    g_autofree char *capabilities = check_read(facts, "/proc/xen/capabilities");
    g_autofree char *uuid = check_read(facts, "/sys/hypervisor/uuid");
    return (capabilities && strstr(capabilities, "control_d")) || g_strcmp0(uuid, "00000000-0000-0000-0000-000000000000") == 0;
}

char *check_xen_installed(const CheckFacts *facts)
{
    static const char *const paths[] = {"/boot/xen*.gz", "/boot/xen*.efi", "/boot/efi/EFI/*/xen*.efi", NULL};
    return facts->tree ? sys_first(facts->tree, paths) : NULL;
}

char *check_qemu_driver(const CheckFacts *facts)
{
    static const char *const paths[] = {"/usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so",
                                        "/usr/lib64/libvirt/connection-driver/libvirt_driver_qemu.so",
                                        "/usr/lib/libvirt/connection-driver/libvirt_driver_qemu.so",
                                        "/usr/local/lib/libvirt/connection-driver/libvirt_driver_qemu.so", NULL};
    return facts->tree ? sys_first(facts->tree, paths) : NULL;
}
