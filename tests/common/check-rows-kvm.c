/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/common/check-rows.h"

static void set(char **at, const char *value)
{
    g_free(*at);
    *at = g_strdup(value);
}

static void set_flags(Host *host, const char *flags)
{
    g_strfreev(host->cpu_flags);
    host->cpu_flags = *flags ? g_strsplit(flags, " ", -1) : g_new0(char *, 1);
}

/* KVM does not work on these, for the reason that a real probe gave. */
static void not_yet(Host *host)
{
    host->kvm.kvm_works = false;
    set(&host->kvm.kvm_reason, "/dev/kvm: No such file or directory (the kernel module kvm_intel or kvm_amd is not loaded, or virtualization is off in the BIOS)");
}

static void intel(Host *host)
{
    set_flags(host, "fpu vme vmx sse2 lm");
    not_yet(host);
}

static void amd(Host *host)
{
    set_flags(host, "fpu vme svm sse2 lm");
    not_yet(host);
}

static void no_flag(Host *host)
{
    set_flags(host, "fpu vme sse2 lm");
    not_yet(host);
}

static void virtual_machine(Host *host)
{
    set_flags(host, "fpu vme sse2 hypervisor lm");
    set(&host->kvm.kvm_reason, "KVM gave KVM_EXIT_INTERNAL_ERROR at lock cmpxchg16b: it cannot run a 64-bit Linux");
    host->kvm.kvm_works = false;
}

static void works_without_flag(Host *host)
{
    set_flags(host, "fpu vme sse2 hypervisor lm");
}

static void other_cpu(Host *host)
{
    set_flags(host, "");
    not_yet(host);
}

static void power(Host *host)
{
    other_cpu(host);
    set(&host->arch, "ppc64le");
}

static void qemu_user(Host *host)
{
    intel(host);
    set(&host->kvm.user, "libvirt-qemu");
}

static void no_qemu(Host *host)
{
    set(&host->kvm.emulator, NULL);
    set(&host->kvm.qemu_version, NULL);
    host->kvm.usable = false;
    set(&host->kvm.reason, "QEMU is not installed");
}

static void old_qemu(Host *host)
{
    set(&host->kvm.qemu_version, "2.4.1");
}

static void no_libvirt(Host *host)
{
    set(&host->kvm.libvirt_version, NULL);
    host->kvm.usable = false;
    set(&host->kvm.reason, "libvirt is not installed");
}

static void no_driver(Host *host)
{
    host->kvm.usable = false;
    set(&host->kvm.reason, "libvirt's QEMU driver is not installed");
}

static void old_libvirt(Host *host)
{
    set(&host->kvm.libvirt_version, "1.2.15");
}

static void no_backend(Host *host)
{
    no_qemu(host);
    not_yet(host);
    set(&host->xen.reason, "this machine does not run on Xen");
}

static void no_bridges(Host *host)
{
    g_strfreev(host->bridges);
    host->bridges = g_new0(char *, 1);
}

/* Debian 12's kernel, and what its /proc and modules.dep have. */
#define RELEASE "/proc/sys/kernel/osrelease", "6.1.0-28-amd64\n"
#define MODULES_DEP                                                                                                          \
    "/lib/modules/6.1.0-28-amd64/modules.dep",                                                                               \
        "kernel/arch/x86/kvm/kvm.ko:\nkernel/arch/x86/kvm/kvm-intel.ko: kernel/arch/x86/kvm/kvm.ko\n"                        \
        "kernel/arch/x86/kvm/kvm-amd.ko: kernel/arch/x86/kvm/kvm.ko\nkernel/drivers/vhost/vhost_net.ko: kernel/drivers/vhost/vhost.ko\n"
#define NO_MODULES "/proc/modules", "ext4 983040 1 - Live 0x0000000000000000\n"
#define KVM_INTEL                                                                                                            \
    "/proc/modules", "kvm_intel 380928 0 - Live 0x0000000000000000\nkvm 1146880 1 kvm_intel, Live 0x0000000000000000\n"
#define KVM_AMD                                                                                                              \
    "/proc/modules", "kvm_amd 155648 0 - Live 0x0000000000000000\nkvm 1146880 1 kvm_amd, Live 0x0000000000000000\n"
#define VHOST_NET "/proc/modules", "vhost_net 36864 0 - Live 0x0000000000000000\n"
#define DEBIAN "/etc/os-release", "ID=debian\n"
#define FEDORA "/etc/os-release", "ID=fedora\n"
#define DEVICE(mode, group) "/dev/kvm", "c" mode " 1 root " group " 10, 232 Nov 20 19:58 /dev/kvm\n"
#define ACCOUNTS(members)                                                                                                    \
    "/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nlibvirt-qemu:x:64055:994::/var/lib/libvirt:/usr/sbin/nologin\n", "/etc/group", \
        "root:x:0:\nkvm:x:104:" members "\nlibvirt-qemu:x:994:\n"
#define RULE "/lib/udev/rules.d/50-udev-default.rules", "KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0660\", OPTIONS+=\"static_node=kvm\"\n"
#define GUESTFS "/usr/lib/x86_64-linux-gnu/libguestfs.so.0", ""
#define QEMU "/usr/bin/qemu-system-x86_64", ""
#define DRIVER "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so", ""
#define POWERNV                                                                                                              \
    "/proc/cpuinfo", "processor\t: 0\ncpu\t\t: POWER9, altivec supported\n\ntimebase\t: 512000000\nplatform\t: PowerNV\n"    \
                     "model\t\t: 9006-12P\nmachine\t\t: PowerNV 9006-12P\nfirmware\t: OPAL\n"
#define PSERIES "/proc/cpuinfo", "processor\t: 0\ncpu\t\t: POWER9\n\ntimebase\t: 512000000\nplatform\t: pSeries\nmodel\t\t: IBM,9009-22A\n"

const CheckRow check_rows_kvm[] = {
    /* the CPU */
    {"kvm.cpu", CHECK_OK, "kvm", intel, {NULL}, "the flag vmx is in /proc/cpuinfo"},
    {"kvm.cpu", CHECK_OK, "kvm", amd, {NULL}, "the flag svm"},
    {"kvm.cpu", CHECK_OK, "kvm", works_without_flag, {NULL}, "but KVM works"},
    {"kvm.cpu", CHECK_OK, "qemu", no_flag, {"/var/log/dmesg", "[    0.1] x86/cpu: VMX (outside TXT) disabled by BIOS\n"}, "see kvm.firmware"},
    {"kvm.cpu", CHECK_BROKEN, "qemu", no_flag, {NULL}, "neither vmx nor svm", "called virtualization, VT, VMX or SVM"},
    {"kvm.cpu", CHECK_BROKEN, "qemu", virtual_machine, {NULL}, "virtual machine itself (flag hypervisor)", "allow nested guests"},
    {"kvm.cpu", CHECK_NOT_APPLICABLE, "qemu", other_cpu, {POWERNV}, "only x86"},
    {"kvm.cpu", CHECK_UNKNOWN, "qemu", other_cpu, {DEBIAN}, "no /proc/cpuinfo"},
    {"kvm.cpu", CHECK_UNKNOWN, "qemu", other_cpu, {"/proc/cpuinfo/", NULL}, "is not a regular file", "run this as root"},
    {"kvm.cpu", CHECK_NOT_APPLICABLE, "xen-4.17", NULL, {NULL}, "Xen control domain"},

    /* the firmware: Linux' lines since 5.6, of kvm_intel and kvm_amd before, and one about something else */
    {"kvm.firmware", CHECK_OK, "kvm", NULL, {DEBIAN}, "KVM works"},
    {"kvm.firmware", CHECK_OK, "kvm", intel, {KVM_INTEL}, "kvm_intel is loaded, which it refuses"},
    {"kvm.firmware", CHECK_OK, "kvm", intel, {NO_MODULES, "/sys/module/kvm_intel/", NULL, "/sys/class/misc/kvm/", NULL}, "KVM has started"},
    {"kvm.firmware", CHECK_BROKEN, "qemu", no_flag, {"/var/log/dmesg", "[    0.1] x86/cpu: VMX (outside TXT) disabled by BIOS\n"},
     "VMX (outside TXT) disabled by BIOS", "in the firmware setup (BIOS, UEFI)"},
    {"kvm.firmware", CHECK_BROKEN, "qemu", intel, {NO_MODULES, "/var/log/dmesg", "[    4.1] kvm: disabled by bios\n"}, "kvm: disabled by bios", "virtualization, VT, VMX or SVM"},
    {"kvm.firmware", CHECK_BROKEN, "qemu", amd, {NO_MODULES, "/var/log/dmesg", "[    4.1] kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 0\n"}, "SVM disabled", "SVM"},
    {"kvm.firmware", CHECK_UNKNOWN, "qemu", intel, {NO_MODULES, "/var/log/dmesg", "[    0.0] Local APIC disabled by BIOS -- you can enable it with \"lapic\"\n"},
     "kvm_intel has not started", "modprobe kvm_intel"},
    {"kvm.firmware", CHECK_UNKNOWN, "qemu", no_flag, {DEBIAN}, "cannot be told from a CPU that has no virtualization", "dmesg | grep"},
    {"kvm.firmware", CHECK_NOT_APPLICABLE, "qemu", virtual_machine, {DEBIAN}, "this is a virtual machine"},
    {"kvm.firmware", CHECK_OK, "kvm", NULL, {"/var/log/dmesg", "kvm: disabled by bios\n"}, "KVM works"},
    {"kvm.firmware", CHECK_OK, "qemu", intel, {KVM_INTEL, "/var/log/dmesg", "kvm: disabled by bios\n"}, "kvm_intel is loaded"},
    {"kvm.module", CHECK_OK, "qemu", intel, {KVM_INTEL, "/var/log/dmesg", "kvm: disabled by bios\n"}, "kvm_intel is loaded"},
    {"kvm.cpu", CHECK_OK, "kvm", works_without_flag, {"/var/log/dmesg", "kvm: disabled by bios\n"}, "but KVM works"},
    {"kvm.firmware", CHECK_UNKNOWN, "kvm", other_cpu, {DEBIAN}, "no /proc/cpuinfo", .files_only = true},
    {"kvm.power", CHECK_UNKNOWN, "kvm", other_cpu, {DEBIAN}, "no /proc/cpuinfo", .files_only = true},
    {"kvm.module", CHECK_UNKNOWN, "kvm", other_cpu, {DEBIAN}, "no /proc/cpuinfo", .files_only = true},
    {"kvm.device", CHECK_UNKNOWN, "kvm", other_cpu, {DEBIAN}, "no /proc/cpuinfo", .files_only = true},
    {"kvm.nested", CHECK_UNKNOWN, "kvm", other_cpu, {DEBIAN}, "no /proc/cpuinfo", .files_only = true},
    {"kvm.vhost-net", CHECK_UNKNOWN, "kvm", other_cpu, {DEBIAN}, "no /proc/modules", .files_only = true},
    {"kvm.firmware", CHECK_UNKNOWN, "kvm", NULL, {NULL}, "no files of this machine are here"},

    {"kvm.power", CHECK_OK, "qemu", other_cpu, {POWERNV}, "platform: PowerNV"},
    {"kvm.power", CHECK_OK, "qemu", other_cpu, {PSERIES, "/proc/modules", "kvm_hv 331776 0 - Live 0x0\n"}, "kvm_hv is loaded all the same"},
    {"kvm.power", CHECK_BROKEN, "qemu", other_cpu, {PSERIES}, "platform: pSeries", "OPAL firmware"},
    {"kvm.power", CHECK_NOT_APPLICABLE, "kvm", NULL, {"/proc/cpuinfo", ""}, "not a POWER machine"},

    /* modules */
    {"kvm.module", CHECK_OK, "kvm", intel, {KVM_INTEL}, "kvm_intel is loaded (/proc/modules)"},
    {"kvm.module", CHECK_OK, "kvm", amd, {KVM_AMD}, "kvm_amd is loaded"},
    {"kvm.module", CHECK_OK, "kvm", intel, {NO_MODULES, "/sys/module/kvm_intel/", NULL, "/sys/class/misc/kvm/", NULL}, "built into the kernel and has started"},
    {"kvm.module", CHECK_OK, "qemu", other_cpu, {POWERNV, "/proc/modules", "kvm_hv 331776 0 - Live 0x0\n"}, "kvm_hv is loaded"},
    {"kvm.module", CHECK_BROKEN, "qemu", intel, {RELEASE, NO_MODULES, MODULES_DEP}, "kvm_intel is not loaded", "modprobe kvm_intel", "kvm_intel"},
    {"kvm.module", CHECK_BROKEN, "qemu", amd, {RELEASE, NO_MODULES, MODULES_DEP}, "kvm_amd is not loaded", "modprobe kvm_amd", "kvm_amd"},
    {"kvm.module", CHECK_BROKEN, "qemu", other_cpu, {POWERNV, NO_MODULES}, "kvm_hv is not loaded", "modprobe kvm_hv", "kvm_hv"},
    {"kvm.module", CHECK_BROKEN, "qemu", intel, {RELEASE, NO_MODULES, "/lib/modules/6.1.0-28-amd64/modules.dep", "kernel/fs/ext4/ext4.ko:\n", FEDORA},
     "modules.dep of the running kernel does not have it", "dnf install kernel-modules"},
    {"kvm.module", CHECK_BROKEN, "qemu", intel, {RELEASE}, "takes no modules", "boot a kernel that has it"},
    {"kvm.module", CHECK_BROKEN, "qemu", intel, {RELEASE, NO_MODULES, MODULES_DEP, "/etc/modprobe.d/local.conf", "blacklist kvm_intel\n"},
     "/etc/modprobe.d/local.conf keeps it out", "remove the line about kvm_intel from /etc/modprobe.d/local.conf"},
    {"kvm.module", CHECK_BROKEN, "qemu", intel, {RELEASE, NO_MODULES, MODULES_DEP, "/proc/cmdline", "ro modprobe.blacklist=kvm_intel\n"},
     "/proc/cmdline keeps it out", "take kvm_intel out of module_blacklist= and modprobe.blacklist="},
    {"kvm.module", CHECK_BROKEN, "qemu", intel, {RELEASE, NO_MODULES, MODULES_DEP, "/etc/modprobe.d/nouveau.conf>", "/dev/null", "/dev/null/", NULL, "/etc/modprobe.d/odd.conf/", NULL},
     "kvm_intel is not loaded", "modprobe kvm_intel", "kvm_intel"},
    {"kvm.module", CHECK_BROKEN, "qemu", intel, {NO_MODULES, "/sys/module/kvm_intel/", NULL}, "has not started", "dmesg"},
    {"kvm.module", CHECK_NOT_APPLICABLE, "qemu", intel, {NO_MODULES, "/var/log/dmesg", "kvm: disabled by bios\n"}, "see kvm.firmware"},
    {"kvm.module", CHECK_NOT_APPLICABLE, "qemu", virtual_machine, {"/sys/module/kvm/", NULL, "/sys/module/kvm_pvm/", NULL}, "here are: kvm, kvm_pvm"},
    {"kvm.module", CHECK_UNKNOWN, "qemu", intel, {"/proc/modules/", NULL}, "is not a regular file", "run this as root"},

    {"kvm.nested", CHECK_OK, "kvm", intel, {KVM_INTEL, "/sys/module/kvm_intel/parameters/nested", "Y\n"}, "neither be live-migrated nor resumed from suspend"},
    {"kvm.nested", CHECK_OK, "kvm", amd, {KVM_AMD, "/sys/module/kvm_amd/parameters/nested", "1\n"}, "host-passthrough"},
    {"kvm.nested", CHECK_WARNING, "kvm", intel, {KVM_INTEL, "/sys/module/kvm_intel/parameters/nested", "N\n"}, "is off",
     "\"options kvm_intel nested=1\" in /etc/modprobe.d/guestctl.conf", "options kvm_intel nested=1"},
    {"kvm.nested", CHECK_WARNING, "kvm", amd, {KVM_AMD, "/sys/module/kvm_amd/parameters/nested", "0\n"}, "is off", "options kvm_amd nested=1", "options kvm_amd nested=1"},
    {"kvm.nested", CHECK_WARNING, "kvm", intel, {KVM_INTEL, "/sys/module/kvm_intel/parameters/nested", "N\n", "/etc/modprobe.d/kvm.conf", "options kvm_intel nested=1\n"},
     "counts from the next loading on", "modprobe -r kvm_intel && modprobe kvm_intel"},
    {"kvm.nested", CHECK_WARNING, "kvm", intel, {NO_MODULES, "/sys/module/kvm_intel/parameters/nested", "N\n"}, "is off", "kvm_intel.nested=1 on the kernel's command line"},
    {"kvm.nested", CHECK_NOT_APPLICABLE, "kvm", intel, {KVM_INTEL, "/sys/module/kvm_intel/parameters/nested", "N\n", "/etc/modprobe.d/kvm.conf", "options kvm-intel nested=0\n"},
     "switched off by /etc/modprobe.d/kvm.conf (nested=0)"},
    {"kvm.nested", CHECK_NOT_APPLICABLE, "kvm", intel, {KVM_INTEL, "/sys/module/kvm_intel/parameters/nested", "N\n", "/proc/cmdline", "ro kvm-intel.nested=0 quiet\n"},
     "switched off by /proc/cmdline"},
    {"kvm.nested", CHECK_WARNING, "kvm", intel, {KVM_INTEL, "/sys/module/kvm_intel/parameters/nested", "N\n", "/etc/modprobe.d/kvm.conf", "options kvm_intel nested=on\n"},
     "counts from the next loading on", "modprobe -r kvm_intel"},
    {"kvm.nested", CHECK_WARNING, "kvm", intel, {KVM_INTEL, "/sys/module/kvm_intel/parameters/nested", "N\n", "/proc/cmdline", "kvm_intel.nested=0 kvm_intel.nested=1\n"},
     "/proc/cmdline has nested=1", "reboot"},
    {"kvm.nested", CHECK_UNKNOWN, "kvm", intel, {KVM_INTEL, "/sys/module/kvm_intel/parameters/nested", "\n"}, "nested is empty"},
    {"kvm.nested", CHECK_NOT_APPLICABLE, "qemu", no_flag, {DEBIAN}, "no KVM module is loaded"},

    {"kvm.vhost-net", CHECK_OK, "kvm", NULL, {VHOST_NET, "/dev/vhost-net", "crw------- 1 root root 10, 238 Nov 20 19:58 /dev/vhost-net\n"}, "vhost_net is loaded"},
    {"kvm.vhost-net", CHECK_OK, "kvm", NULL, {RELEASE, NO_MODULES, MODULES_DEP, "/dev/vhost-net", "crw------- 1 root root 10, 238 Nov 20 19:58 /dev/vhost-net\n"},
     "opening it loads the module"},
    {"kvm.vhost-net", CHECK_WARNING, "kvm", NULL, {RELEASE, NO_MODULES, MODULES_DEP}, "vhost_net is not loaded", "modprobe vhost_net", "vhost_net"},
    {"kvm.vhost-net", CHECK_WARNING, "kvm", NULL, {RELEASE}, "takes no modules", "boot a kernel"},
    {"kvm.vhost-net", CHECK_WARNING, "kvm", NULL, {VHOST_NET}, "/dev/vhost-net is not there", "mknod"},

    /* the device */
    {"kvm.device", CHECK_OK, "kvm", NULL, {DEVICE("rw-rw----", "kvm")}, "/dev/kvm is crw-rw---- root kvm 10, 232"},
    {"kvm.device", CHECK_BROKEN, "kvm", intel, {"/dev/kvm", "oops\n"}, "not the character device 10, 232", "rm /dev/kvm"},
    {"kvm.device", CHECK_BROKEN, "kvm", intel, {"/dev/kvm", "crw------- 1 root root 10, 233 x\n"}, "10, 233", "rm /dev/kvm"},
    {"kvm.device", CHECK_BROKEN, "kvm", intel, {KVM_INTEL, "/sys/class/misc/kvm/", NULL}, "KVM has started (/sys/class/misc/kvm), but there is no /dev/kvm", "mknod -m 660 /dev/kvm"},
    {"kvm.device", CHECK_BROKEN, "kvm", intel, {KVM_INTEL}, "kvm_intel is here, but there is no /dev/kvm", "dmesg"},
    {"kvm.device", CHECK_BROKEN, "qemu", other_cpu, {"/proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\n"}, "the kernel has no KVM", "dmesg"},
    {"kvm.device", CHECK_NOT_APPLICABLE, "kvm", intel, {NO_MODULES}, "see kvm.module"},
    {"kvm.device", CHECK_NOT_APPLICABLE, "kvm", no_flag, {NO_MODULES}, "see kvm.cpu"},

    {"kvm.access", CHECK_OK, "kvm", qemu_user, {DEVICE("rw-rw----", "kvm"), ACCOUNTS("libvirt-qemu")}, "libvirt-qemu can open it"},
    {"kvm.access", CHECK_OK, "kvm", qemu_user, {DEVICE("rw-rw-rw-", "kvm"), ACCOUNTS("")}, "libvirt-qemu can open it"},
    {"kvm.access", CHECK_OK, "kvm", intel, {DEVICE("rw-rw----+", "kvm"), ACCOUNTS("")}, "root can open it"},
    {"kvm.access", CHECK_OK, "kvm", intel, {DEVICE("rw-rw----", "kvm")}, "the group kvm can open it", .files_only = true},
    {"kvm.access", CHECK_BROKEN, "kvm", qemu_user, {DEVICE("rw-rw----", "kvm"), ACCOUNTS("")}, "libvirt-qemu is not in the group kvm", "usermod --append --groups kvm libvirt-qemu"},
    {"kvm.access", CHECK_BROKEN, "kvm", qemu_user, {DEVICE("rw-------", "root"), ACCOUNTS("libvirt-qemu"), RULE}, "not for the group kvm",
     "udevadm trigger --sysname-match=kvm (the module was loaded before /lib/udev/rules.d/50-udev-default.rules", "kvm"},
    {"kvm.access", CHECK_BROKEN, "kvm", qemu_user, {DEVICE("rw-rw----", "root"), ACCOUNTS("libvirt-qemu")}, "not for the group kvm", "chgrp kvm /dev/kvm"},
    {"kvm.access", CHECK_BROKEN, "kvm", qemu_user, {DEVICE("rw-------", "root"), "/etc/mdev.conf", "kvm root:kvm 660\n", ACCOUNTS("libvirt-qemu")},
     "not for the group kvm", "mdev -s (the module was loaded before /etc/mdev.conf"},
    {"kvm.access", CHECK_BROKEN, "kvm", qemu_user, {DEVICE("rw-rw----", "kvm"), ACCOUNTS(""), "/etc/os-release", "ID=alpine\n"}, "is not in the group kvm",
     "addgroup libvirt-qemu kvm;"},
    {"kvm.access", CHECK_BROKEN, "kvm", qemu_user, {DEVICE("rw-------", "root"), RULE, "/etc/group", "root:x:0:\n"}, "not for the group kvm",
     "groupadd --system kvm && udevadm trigger"},
    {"kvm.access", CHECK_BROKEN, "kvm", qemu_user, {DEVICE("rw-------", "root"), "/etc/group", "root:x:0:\n"}, "not for the group kvm",
     "groupadd --system kvm && chgrp kvm /dev/kvm"},
    {"kvm.access", CHECK_WARNING, "kvm", virtual_machine, {DEVICE("rw-------", "root")}, "only this user can open it: root", "chgrp kvm /dev/kvm"},
    {"kvm.access", CHECK_NOT_APPLICABLE, "kvm", intel, {DEBIAN}, "see kvm.device"},

    {"kvm.udev", CHECK_OK, "kvm", NULL, {RULE, ACCOUNTS("")}, "/lib/udev/rules.d/50-udev-default.rules gives /dev/kvm to the group kvm"},
    {"kvm.udev", CHECK_OK, "kvm", NULL, {"/etc/mdev.conf", "kvm root:kvm 660\n", ACCOUNTS("")}, "/etc/mdev.conf"},
    {"kvm.udev", CHECK_OK, "kvm", NULL, {"/lib/udev/rules.d/45-qemu-kvm.rules", "KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0660\"\n", ACCOUNTS("")}, "45-qemu-kvm.rules"},
    {"kvm.udev", CHECK_WARNING, "kvm", NULL, {"/lib/udev/rules.d/90.rules", "#KERNEL==\"kvm\", GROUP=\"kvm\"\n", DEBIAN}, "no rule of udev", "apt-get install udev"},
    {"kvm.udev", CHECK_WARNING, "kvm", NULL, {RULE, "/etc/group", "root:x:0:\n"}, "not in /etc/group", "groupadd --system kvm"},
    {"kvm.udev", CHECK_OK, "kvm", NULL, {"/lib/udev/rules.d/50.rules", "KERNEL==\"kvm\", MODE=\"0666\"\n"}, "to everyone"},
    {"kvm.udev", CHECK_WARNING, "kvm", NULL, {"/lib/udev/rules.d/50.rules", "KERNEL==\"kvm\", GROUP=\"root\", MODE=\"0600\"\n", ACCOUNTS("")},
     "the group root with mode 0600", "udevadm control --reload"},
    {"kvm.udev", CHECK_WARNING, "kvm", NULL, {"/lib/udev/rules.d/50.rules", "KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0600\"\n", ACCOUNTS("")},
     "the group kvm with mode 0600", "MODE=\"0660\""},
    {"kvm.udev", CHECK_WARNING, "kvm", NULL, {RULE, "/etc/udev/rules.d/99-mine.rules", "SUBSYSTEM==\"misc\", KERNEL==\"kvm\", \\\n  MODE=\"0600\"\n", ACCOUNTS("")},
     "/etc/udev/rules.d/99-mine.rules gives", "take its rule out"},
    {"kvm.udev", CHECK_OK, "kvm", NULL, {RULE, "/etc/udev/rules.d/99-mine.rules", "SUBSYSTEM==\"block\", KERNEL==\"kvm\", MODE=\"0600\"\n", ACCOUNTS("")},
     "50-udev-default.rules gives"},
    {"kvm.udev", CHECK_WARNING, "kvm", NULL, {RULE, "/etc/udev/rules.d/50-udev-default.rules>", "/dev/null", "/dev/null/", NULL, ACCOUNTS(""), DEBIAN},
     "no rule of udev", "apt-get install udev"},
    {"kvm.udev", CHECK_OK, "kvm", NULL, {RULE, "/etc/udev/rules.d/80-net-setup-link.rules>", "/dev/null", "/dev/null/", NULL, ACCOUNTS("")}, "gives /dev/kvm"},
    {"kvm.udev", CHECK_WARNING, "kvm", NULL, {"/etc/mdev.conf", "kvm root:root 600\n", ACCOUNTS("")}, "the group root with mode 0600", "mdev -s"},
    {"kvm.udev", CHECK_WARNING, "kvm", NULL, {"/etc/mdev.conf", "kvm root:kvm 660\n", "/etc/os-release", "ID=alpine\n"}, "not in /etc/group", "addgroup -S kvm && mdev -s"},
    {"kvm.udev", CHECK_NOT_APPLICABLE, "qemu", no_flag, {DEBIAN}, "there will be no /dev/kvm"},

    {"kvm.runs", CHECK_OK, "kvm", NULL, {NULL}, "a 64-bit probe ran in /dev/kvm"},
    {"kvm.runs", CHECK_BROKEN, "qemu", virtual_machine, {DEVICE("rw-------", "root")}, "KVM_EXIT_INTERNAL_ERROR at lock cmpxchg16b", "--backend qemu"},
    {"kvm.runs", CHECK_NOT_APPLICABLE, "qemu", intel, {DEBIAN}, "see kvm.device"},
    {"kvm.runs", CHECK_UNKNOWN, "kvm", NULL, {DEBIAN}, "files do not tell this", .files_only = true},

    /* what libvirt needs */
    {"kvm.emulator", CHECK_OK, "kvm", NULL, {NULL}, "/usr/bin/qemu-system-x86_64 is QEMU 7.2.22"},
    {"kvm.emulator", CHECK_BROKEN, "kvm", no_qemu, {DEBIAN}, "no qemu-system-x86_64 in PATH", "apt-get install qemu-system-x86"},
    {"kvm.emulator", CHECK_BROKEN, "kvm", no_qemu, {NULL}, "no qemu-system-x86_64", "install QEMU for this machine's architecture"},
    {"kvm.emulator", CHECK_WARNING, "kvm", old_qemu, {FEDORA}, "nova's floor is 2.5.0", "dnf install qemu-kvm"},
    {"kvm.libvirt", CHECK_OK, "kvm", NULL, {NULL}, "libvirt 9.0.0, reached by qemu:///system"},
    {"kvm.libvirt", CHECK_BROKEN, "kvm", no_libvirt, {DEBIAN}, "libvirt is not installed", "apt-get install libvirt-daemon-driver-qemu"},
    {"kvm.libvirt", CHECK_BROKEN, "kvm", no_driver, {FEDORA}, "QEMU driver is not installed", "dnf install libvirt-daemon-driver-qemu"},
    {"kvm.libvirt", CHECK_BROKEN, "kvm", no_qemu, {DEBIAN}, "its QEMU driver is not there", "apt-get install libvirt-daemon-driver-qemu"},
    {"kvm.libvirt", CHECK_OK, "kvm", no_qemu, {DRIVER}, "libvirt 9.0.0"},
    {"kvm.libvirt", CHECK_UNKNOWN, "kvm", no_qemu, {NULL}, "was not recorded"},
    {"kvm.libvirt", CHECK_WARNING, "kvm", old_libvirt, {DEBIAN}, "nova's floor is 1.3.1", "apt-get install"},
    {"kvm.hvm", CHECK_OK, "kvm", intel, {KVM_INTEL}, "and KVM by kvm_intel"},
    {"kvm.hvm", CHECK_BROKEN, "kvm", no_qemu, {DEBIAN}, "no supported architecture for os type 'hvm'", "apt-get install qemu-system-x86"},
    {"kvm.hvm", CHECK_NOT_APPLICABLE, "kvm", no_driver, {DEBIAN}, "see kvm.libvirt"},
    {"kvm.hvm", CHECK_WARNING, "kvm", intel, {NO_MODULES}, "no supported architecture for os type 'hvm'", "see kvm.module"},

    /* either hypervisor */
    {"backend", CHECK_OK, "kvm", NULL, {NULL}, "guests run on KVM"},
    {"backend", CHECK_OK, "xen-4.17", NULL, {NULL}, "guests run on Xen"},
    {"backend", CHECK_WARNING, "qemu", virtual_machine, {DEBIAN}, "guests run by plain emulation", "for Xen: apt-get install xen-system-amd64, and boot it"},
    {"backend", CHECK_BROKEN, "qemu", no_backend, {DEBIAN}, "guests cannot run here", "for KVM: apt-get install qemu-system-x86, then apt-get install libvirt-daemon-driver-qemu"},
    {"backend", CHECK_WARNING, "qemu", power, {POWERNV, DEBIAN}, "guests run by plain emulation", "see the kvm checks"},
    {"network.bridge", CHECK_OK, "xen-4.17", NULL, {NULL}, "xenbr0"},
    {"network.bridge", CHECK_WARNING, "kvm", no_bridges, {NULL}, "no bridge", "ip link add br0 type bridge"},
    {"storage.space", CHECK_OK, "kvm", NULL, {NULL}, "10240 MiB are free", .free_kib = 10 * 1024 * 1024},
    {"storage.space", CHECK_WARNING, "kvm", NULL, {NULL}, "1024 MiB are free", "make room", .free_kib = 1024 * 1024},
    {"storage.space", CHECK_BROKEN, "kvm", NULL, {NULL}, "9 MiB are free", "64 MiB are needed", .free_kib = 10000},
    {"storage.space", CHECK_BROKEN, "kvm", NULL, {NULL}, "read-only", "remount,rw", .free_kib = 10 * 1024 * 1024, .read_only = true},
    {"storage.space", CHECK_UNKNOWN, "kvm", NULL, {NULL}, "is not here"},

    {"guestfs.library", CHECK_OK, "kvm", NULL, {GUESTFS}, "libguestfs.so.0"},
    {"guestfs.library", CHECK_NOT_APPLICABLE, "kvm", NULL, {FEDORA}, "dnf install libguestfs"},
    {"guestfs.driver", CHECK_OK, "kvm", NULL, {GUESTFS, QEMU, DRIVER}, "libvirt_driver_qemu.so"},
    {"guestfs.driver", CHECK_WARNING, "kvm", NULL, {GUESTFS, DRIVER, DEBIAN}, "there is none in /usr/bin", "apt-get install qemu-system-x86"},
    {"guestfs.driver", CHECK_WARNING, "kvm", NULL, {GUESTFS, QEMU, FEDORA}, "QEMU driver is not there", "dnf install libvirt-daemon-driver-qemu; or set LIBGUESTFS_BACKEND=direct"},
    {"guestfs.driver", CHECK_WARNING, "kvm", virtual_machine, {GUESTFS, QEMU, DRIVER, DEVICE("rw-------", "root")}, "it hangs", "force_tcg"},
    {"guestfs.driver", CHECK_NOT_APPLICABLE, "kvm", NULL, {DEBIAN}, "see guestfs.library"},
    {"guestfs.kernel", CHECK_OK, "kvm", NULL, {GUESTFS, "/boot/vmlinuz-6.1.0-28-amd64@0644", ""}, "can be read by everyone"},
    {"guestfs.kernel", CHECK_WARNING, "kvm", NULL, {GUESTFS, "/boot/vmlinuz-5.15.0-91-generic@0600", ""}, "can be read by root only",
     "dpkg-statoverride --update --add root root 0644 /boot/vmlinuz-5.15.0-91-generic"},
    {"guestfs.kernel", CHECK_WARNING, "kvm", NULL, {GUESTFS, DEBIAN}, "no kernel in /boot", "apt-get install linux-image-amd64"},
    {NULL},
};
