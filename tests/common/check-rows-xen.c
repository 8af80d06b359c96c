/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/common/check-rows.h"

static void set(char **at, const char *value)
{
    g_free(*at);
    *at = g_strdup(value);
}

static void version_4_4_3(Host *host)
{
    set(&host->xen.version, "4.4.3");
}

static void version_4_4_1(Host *host)
{
    set(&host->xen.version, "4.4.1");
}

static void libvirt_1_3_1(Host *host)
{
    set(&host->kvm.libvirt_version, "1.3.1");
}

static void libvirt_1_2_2(Host *host)
{
    set(&host->kvm.libvirt_version, "1.2.2");
}

static void no_libvirt(Host *host)
{
    set(&host->kvm.libvirt_version, NULL);
}

static void shadow_only(Host *host)
{
    host->xen.hap = false;
    host->xen.shadow = true;
}

static void pv_only(Host *host)
{
    host->xen.hap = host->xen.hvm = host->xen.pvh = false;
}

static void with_iommu(Host *host)
{
    host->xen.iommu = true;
}

static void no_dom0_mem(Host *host)
{
    set(&host->xen.command_line, "placeholder console=com1 no-dom0_mem=1G");
}

static void wrong_max(Host *host)
{
    set(&host->xen.command_line, "placeholder dom0_mem=1024M,max=1024M");
}

static void repeated(Host *host)
{
    set(&host->xen.command_line, "dom0_mem=1G dom0_mem=max:1G");
}

static void no_line(Host *host)
{
    set(&host->xen.command_line, NULL);
}

#define GIB .dom0_warning = "", .dom0 = {.judged = true, .starts = true, .memory_kib = 1024 * 1024, .max_kib = 1024 * 1024}
#define DEBIAN "/etc/os-release", "ID=debian\n"
#define FEDORA "/etc/os-release", "ID=fedora\n"
#define DOM0 "/sys/hypervisor/type", "xen\n", "/proc/xen/capabilities", "control_d\n"
#define PROCESS(pid, name, cmdline) "/proc/" pid "/comm", name "\n", "/proc/" pid "/cmdline", cmdline
#define INIT PROCESS("1", "systemd", "/sbin/init")
#define ZERO_UUID "00000000-0000-0000-0000-000000000000\n"

const CheckRow check_rows_xen[] = {
    {"xen.control", CHECK_OK, "xen-4.17", NULL, {DOM0}, "control_d is in /proc/xen/capabilities"},
    {"xen.control", CHECK_OK, "xen-4.17", NULL, {NULL}, "this is dom0 and libxl opens"},
    {"xen.control", CHECK_OK, "kvm", NULL, {DOM0}, "control_d", .files_only = true},
    {"xen.control", CHECK_BROKEN, "kvm", NULL, {"/sys/hypervisor/type", "xen\n", "/sys/hypervisor/uuid", ZERO_UUID}, "there is no /proc/xen/capabilities", "mount -t xenfs xenfs /proc/xen"},
    {"xen.control", CHECK_WARNING, "kvm", NULL, {"/boot/xen-4.17-amd64.gz", "", "/boot/vmlinuz", ""}, "Xen is installed (/boot/xen-4.17-amd64.gz)", "guestctl grub check"},
    {"xen.control", CHECK_NOT_APPLICABLE, "kvm", NULL, {"/sys/hypervisor/type", "xen\n", "/sys/hypervisor/uuid", "6d2ff1d4-0a30-4b1f-9a3a-111111111111\n"}, "this is a guest of Xen"},
    {"xen.control", CHECK_NOT_APPLICABLE, "kvm", NULL, {"/boot/xenpolicy-4.17", ""}, "neither running nor installed"},

    {"xen.version", CHECK_OK, "xen-4.17", NULL, {NULL}, "Xen 4.17.7; the floor is 4.5.1"},
    {"xen.version", CHECK_OK, "kvm", NULL, {DOM0, "/sys/hypervisor/version/major", "4\n", "/sys/hypervisor/version/minor", "18\n", "/sys/hypervisor/version/extra", ".0\n"}, "Xen 4.18.0", .files_only = true},
    {"xen.version", CHECK_UNKNOWN, "kvm", NULL, {DOM0}, "neither libxl nor /sys/hypervisor/version says it", .files_only = true},
    {"xen.version", CHECK_WARNING, "xen-4.17", version_4_4_3, {DOM0, DEBIAN}, "4.4.3 has the necessary changes", "apt-get install xen-system-amd64"},
    {"xen.version", CHECK_BROKEN, "xen-4.17", version_4_4_1, {DOM0, FEDORA}, "Xen 4.4.1; the floor is 4.5.1", "dnf install xen"},
    {"xen.version", CHECK_NOT_APPLICABLE, "kvm", NULL, {NULL}, "not a Xen control domain"},

    {"xen.libvirt", CHECK_OK, "xen-4.17", NULL, {NULL}, "libvirt 9.0.0"},
    {"xen.libvirt", CHECK_WARNING, "xen-4.17", libvirt_1_3_1, {NULL}, "1.3.2 is recommended", "install libvirt's QEMU driver"},
    {"xen.libvirt", CHECK_WARNING, "xen-4.17", libvirt_1_2_2, {DOM0, DEBIAN}, "1.2.15 is needed", "apt-get install"},
    {"xen.libvirt", CHECK_NOT_APPLICABLE, "xen-4.17", no_libvirt, {NULL}, "guestctl drives libxl itself"},

    {"xen.hap", CHECK_OK, "xen-4.17", NULL, {NULL}, "hap in `xl info`'s virt_caps"},
    {"xen.hap", CHECK_WARNING, "xen-4.17", shadow_only, {NULL}, "with shadow paging, slower", "SVM with NPT"},
    {"xen.hap", CHECK_WARNING, "xen-4.17", pv_only, {NULL}, "HVM and PVH guests cannot run", "VT-x with EPT"},
    {"xen.hap", CHECK_UNKNOWN, "kvm", NULL, {DOM0}, "files do not tell this", .files_only = true},
    {"xen.iommu", CHECK_OK, "xen-4.17", with_iommu, {NULL}, "Xen uses the IOMMU"},
    {"xen.iommu", CHECK_WARNING, "xen-4.17", NULL, {NULL}, "no IOMMU", "VT-d"},

    {"xen.dom0-memory", CHECK_OK, "xen-4.17", NULL, {NULL}, "dom0_mem=1024M,max:1024M: dom0 begins with 1024 MiB and has 1024 MiB at most", GIB},
    {"xen.dom0-memory", CHECK_OK, "xen-4.17", repeated, {NULL}, "dom0_mem=1G,max:1G", GIB},
    {"xen.dom0-memory", CHECK_WARNING, "xen-4.17", no_dom0_mem, {NULL}, "dom0_mem is not on Xen's command line", "guestctl dom0 plan",
     .dom0 = {.judged = true, .starts = true, .max_unlimited = true}, .dom0_warning = ""},
    {"xen.dom0-memory", CHECK_WARNING, "xen-4.17", wrong_max, {NULL}, "after max comes a colon", "guestctl grub check",
     .dom0 = {.judged = true, .starts = true, .max_unlimited = true}, .dom0_warning = "Xen refuses it: after max comes a colon"},
    {"xen.dom0-memory", CHECK_WARNING, "xen-4.17", NULL, {NULL}, "dom0 may take any memory", "guestctl grub check",
     .dom0 = {.judged = true, .starts = true, .max_unlimited = true}, .dom0_warning = ""},
    {"xen.dom0-memory", CHECK_WARNING, "xen-4.17", NULL, {NULL}, "dom0 cannot start with that: too small", "guestctl dom0 plan",
     .dom0 = {.judged = true, .memory_kib = 1024, .max_kib = 1024}, .dom0_warning = "too small"},
    {"xen.dom0-memory", CHECK_UNKNOWN, "xen-4.17", NULL, {NULL}, "not for aarch64", .dom0_why_not = "Xen's command line is known for x86_64, not for aarch64"},
    {"xen.dom0-memory", CHECK_UNKNOWN, "xen-4.17", no_line, {NULL}, "was not recorded"},

    {"xen.xenstored", CHECK_OK, "xen-4.17", NULL, {DOM0, INIT, PROCESS("93", "xenstored", "xenstored\0")}, "xenstored runs (process 93)"},
    {"xen.xenstored", CHECK_OK, "xen-4.17", NULL, {DOM0, INIT, PROCESS("93", "oxenstored", "")}, "oxenstored runs"},
    {"xen.xenstored", CHECK_BROKEN, "xen-4.17", NULL, {DOM0, INIT, DEBIAN}, "no /run/xenstored/socket", "systemctl enable --now xen"},
    {"xen.xenstored", CHECK_BROKEN, "xen-4.17", NULL, {DOM0, INIT, "/run/xenstored/socket", "", "/etc/os-release", "ID=alpine\n"}, "is left of one", "rc-service xenstored start && rc-service xenconsoled start"},
    {"xen.xenstored", CHECK_UNKNOWN, "xen-4.17", NULL, {DOM0}, "no processes of that machine are here"},
    {"xen.xenconsoled", CHECK_OK, "xen-4.17", NULL, {DOM0, INIT, PROCESS("99", "xenconsoled", "")}, "xenconsoled runs (process 99)"},
    {"xen.xenconsoled", CHECK_BROKEN, "xen-4.17", NULL, {DOM0, INIT, FEDORA}, "no process xenconsoled", "systemctl enable --now xenstored xenconsoled"},

    {"xen.toolstacks", CHECK_OK, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "libvirtd", "/usr/sbin/libvirtd")}, "no other toolstack runs"},
    {"xen.toolstacks", CHECK_OK, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "xl", "xl list")}, "no other toolstack runs"},
    {"xen.toolstacks", CHECK_OK, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "python3", "python3 /opt/xendebug/tool.py /usr/sbin/xend")}, "no other toolstack runs"},
    {"xen.toolstacks", CHECK_OK, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "xl", "xl console recreate-vm"), PROCESS("8", "xl", "xl console create")}, "no other toolstack runs"},
    {"xen.toolstacks", CHECK_WARNING, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "xl", "/usr/sbin/xl -v create a.cfg")}, "xl, which watches", "without --force"},
    {"xen.toolstacks", CHECK_BROKEN, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "python2.7", "/usr/bin/python /usr/sbin/xend start")}, "process 7 is xend", "stop it for good"},
    {"xen.toolstacks", CHECK_BROKEN, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "xapi", "/opt/xensource/bin/xapi"), PROCESS("8", "xl", "xl create a.cfg")}, "process 7 is XAPI", "manage this host with xe"},
    {"xen.toolstacks", CHECK_BROKEN, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "xenopsd-xc", "/usr/sbin/xenopsd-xc")}, "xenopsd", "XAPI"},
    {"xen.toolstacks", CHECK_WARNING, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "virtxend", "/usr/sbin/virtxend")}, "libvirt's Xen driver", "autoballoon = 0"},
    {"xen.toolstacks", CHECK_WARNING, "xen-4.17", NULL, {DOM0, INIT, PROCESS("7", "libvirtd", "/usr/sbin/libvirtd"), "/proc/7/maps",
     "7f00-7f01 r-xp 00000000 08:01 123 /usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_libxl.so\n"}, "libvirt with its Xen driver", "libxl.conf"},
    {"xen.toolstacks", CHECK_WARNING, "xen-4.17", NULL, {DOM0, INIT, PROCESS("281", "xl", "xl create x1.cfg")}, "process 281 is xl, which watches a guest", "without --force"},
    {"xen.toolstacks", CHECK_UNKNOWN, "xen-4.17", NULL, {DOM0}, "no processes"},
    {NULL},
};
