/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/check-list.h"
#include "common/version.h"

/* OpenStack's document for Xen: the control domain, the version floors, what the CPU and the machine give to Xen, and how
 * dom0's memory is set. */

static void look_at_control(const CheckFacts *facts, Check *check)
{
    g_autofree char *type = check_read(facts, "/sys/hypervisor/type");
    g_autofree char *capabilities = check_read(facts, "/proc/xen/capabilities");
    g_autofree char *installed = check_xen_installed(facts);
    bool control = capabilities && strstr(capabilities, "control_d");
    if (control || (facts->probed && facts->host->xen.usable)) {
        check_set(check, CHECK_OK, "%s", control ? "control_d is in /proc/xen/capabilities" : facts->host->xen.reason);
    } else if (check_on_xen(facts)) {
        check_set(check, CHECK_BROKEN, "this is dom0, but there is no /proc/xen/capabilities");
        check_remedy(check, "mount -t xenfs xenfs /proc/xen; for each boot, in /etc/fstab: xenfs /proc/xen xenfs defaults 0 0");
    } else if (g_strcmp0(type, "xen") == 0) {
        check_set(check, CHECK_NOT_APPLICABLE, "this is a guest of Xen (/sys/hypervisor/type without control_d); only dom0 makes guests");
    } else if (installed) {
        check_set(check, CHECK_WARNING, "Xen is installed (%s), but this machine was not booted with it", installed);
        check_remedy(check, "reboot and choose the entry with Xen in the boot menu; guestctl grub check says what the next boot takes");
    } else {
        check_set(check, CHECK_NOT_APPLICABLE, "Xen is neither running nor installed");
    }
}

/* "4.17.7" from /sys/hypervisor/version/, or as libxl said it. NULL: not known. Caller frees. */
static char *xen_version(const CheckFacts *facts)
{
    if (facts->host->xen.version)
        return g_strdup(facts->host->xen.version);
    g_autofree char *major = check_read(facts, "/sys/hypervisor/version/major");
    g_autofree char *minor = check_read(facts, "/sys/hypervisor/version/minor");
    g_autofree char *extra = check_read(facts, "/sys/hypervisor/version/extra");
    return major && minor ? g_strdup_printf("%s.%s%s", major, minor, extra ? extra : "") : NULL;
}

static void look_at_version(const CheckFacts *facts, Check *check)
{
    g_autofree char *version = xen_version(facts);
    if (!version) {
        check_set(check, CHECK_UNKNOWN, "neither libxl nor /sys/hypervisor/version says it");
    } else if (version_satisfies(version, ">=4.5.1")) {
        check_set(check, CHECK_OK, "Xen %s; the floor is 4.5.1", version);
    } else if (version_satisfies(version, ">=4.4.3,<4.5")) {
        check_set(check, CHECK_WARNING, "Xen %s; the floor is 4.5.1, of which 4.4.3 has the necessary changes", version);
        check_remedy_install(check, facts, PACKAGE_XEN);
    } else {
        check_set(check, CHECK_BROKEN, "Xen %s; the floor is 4.5.1 (or 4.4.3 of the 4.4 branch)", version);
        check_remedy_install(check, facts, PACKAGE_XEN);
    }
}

static void look_at_libvirt(const CheckFacts *facts, Check *check)
{
    const char *version = facts->host->kvm.libvirt_version;
    if (!version) {
        check_set(check, CHECK_NOT_APPLICABLE, "libvirt is not installed; guestctl drives libxl itself");
    } else if (version_satisfies(version, ">=1.3.2")) {
        check_set(check, CHECK_OK, "libvirt %s; 1.2.15 is needed with Xen, 1.3.2 recommended", version);
    } else {
        bool works = version_satisfies(version, ">=1.2.15");
        check_set(check, CHECK_WARNING, "libvirt %s; %s. guestctl drives libxl itself, so this is about other tools", version,
                  works ? "1.3.2 is recommended with Xen" : "1.2.15 is needed with Xen, 1.3.2 recommended");
        check_remedy_install(check, facts, PACKAGE_LIBVIRT_QEMU);
    }
}

static void look_at_hap(const CheckFacts *facts, Check *check)
{
    bool hap = facts->host->xen.hap, shadow = facts->host->xen.shadow, hvm = facts->host->xen.hvm;
    if (hap) {
        check_set(check, CHECK_OK, "Xen has hardware assisted paging (hap in `xl info`'s virt_caps)");
        return;
    }
    check_set(check, CHECK_WARNING, "Xen has no hardware assisted paging (no hap in `xl info`'s virt_caps)%s",
              shadow && hvm ? ": HVM and PVH guests run with shadow paging, slower" : ": HVM and PVH guests cannot run, PV guests can");
    check_remedy(check, "switch on VT-x with EPT (Intel) or SVM with NPT (AMD) in the firmware setup, and leave hap=0 out of Xen's command line");
}

static void look_at_iommu(const CheckFacts *facts, Check *check)
{
    if (facts->host->xen.iommu) {
        check_set(check, CHECK_OK, "Xen uses the IOMMU (hvm_directio in `xl info`'s virt_caps)");
        return;
    }
    check_set(check, CHECK_WARNING, "Xen uses no IOMMU (no hvm_directio in `xl info`'s virt_caps): PCI devices cannot be given to HVM guests safely");
    check_remedy(check, "only if guests are to have PCI devices: switch on VT-d (Intel) or AMD-Vi in the firmware setup, and leave iommu=0 out of "
                        "Xen's command line");
}

/* What is after "dom0_mem=" in all words of the line, each with a comma after it. Caller frees. */
static char *dom0_mem_of(const char *line)
{
    GString *items = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    for (char **word = words; *word; word++)
        if (g_str_has_prefix(*word, "dom0_mem="))
            g_string_append_printf(items, "%s,", *word + strlen("dom0_mem="));
    return g_string_free(items, FALSE);
}

static void look_at_dom0_memory(const CheckFacts *facts, Check *check)
{
    const Dom0Line *judged = &facts->dom0_line;
    const char *line = facts->host->xen.command_line;
    g_autofree char *items = dom0_mem_of(line ? line : "");
    g_autofree char *shown = *items ? g_strdup_printf("dom0_mem=%.*s", (int)strlen(items) - 1, items) : g_strdup("no dom0_mem on Xen's command line");
    if (!line)
        check_set(check, CHECK_UNKNOWN, "Xen's command line was not recorded");
    else if (!judged->judged)
        check_set(check, CHECK_UNKNOWN, "%s: %s", shown, judged->why_not ? judged->why_not : "not judged");
    else if (!*items)
        check_set(check, CHECK_WARNING, "dom0_mem is not on Xen's command line: dom0 begins with nearly all memory and gives it away guest by guest");
    else if (!judged->starts)
        check_set(check, CHECK_WARNING, "%s: by the rules of Xen 4.17 dom0 cannot start with that: %s", shown, judged->warning);
    else if (judged->max_unlimited || *judged->warning)
        check_set(check, CHECK_WARNING, "%s: %s", shown, *judged->warning ? judged->warning : "dom0 may take any memory that is free");
    else
        check_set(check, CHECK_OK, "%s: dom0 begins with %" G_GUINT64_FORMAT " MiB and has %" G_GUINT64_FORMAT " MiB at most", shown,
                  judged->memory_kib / 1024, judged->max_kib / 1024);
    if (check->state == CHECK_WARNING)
        check_remedy(check, "guestctl dom0 plan says what to write there; guestctl grub check compares it with what is configured");
}

const CheckSpec check_list_xen[] = {
    {"xen.control", "this is a Xen control domain", look_at_control, NEEDS_NOTHING},
    {"xen.version", "Xen is 4.5.1 or newer", look_at_version, OF_XEN},
    {"xen.libvirt", "libvirt, if it is here, is 1.3.2 or newer", look_at_libvirt, OF_XEN | NEEDS_PROBE},
    {"xen.hap", "the CPU helps Xen with paging", look_at_hap, OF_XEN | NEEDS_PROBE},
    {"xen.iommu", "Xen can give PCI devices to guests", look_at_iommu, OF_XEN | NEEDS_PROBE},
    {"xen.dom0-memory", "dom0's memory is fixed", look_at_dom0_memory, OF_XEN | NEEDS_PROBE},
    {NULL},
};
