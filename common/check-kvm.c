/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/check-list.h"
#include "common/kernel-module.h"

/* "Enable KVM", "Nested guest support" and "KVM performance tweaks" of OpenStack's hypervisor-kvm document: the CPU, the
 * firmware and the kernel's modules. */

#define IN_FIRMWARE                                                                                                          \
    "in the firmware setup (BIOS, UEFI) switch on the option that is called virtualization, VT, VMX or SVM, then power the " \
    "machine off and on"

#define NO_CPUINFO "there is no /proc/cpuinfo"

static void look_at_cpu(const CheckFacts *facts, Check *check)
{
    const char *model = facts->host->cpu_model ? facts->host->cpu_model : "a CPU without a name";
    const char *flag = check_has_flag(facts, "vmx") ? "vmx" : check_has_flag(facts, "svm") ? "svm" : NULL;
    g_autofree char *firmware = check_firmware_line(facts);
    if (flag)
        check_set(check, CHECK_OK, "the flag %s is in /proc/cpuinfo (%s)", flag, model);
    else if (check_cpu_kind(facts) == CPU_NOT_KNOWN)
        check_set(check, CHECK_UNKNOWN, NO_CPUINFO);
    else if (check_cpu_kind(facts) != CPU_X86)
        check_set(check, CHECK_NOT_APPLICABLE, "only x86 has the flags vmx and svm");
    else if (facts->probed && facts->host->kvm.kvm_works)
        check_set(check, CHECK_OK, "neither vmx nor svm is in /proc/cpuinfo, but KVM works: %s", facts->host->kvm.kvm_reason);
    else if (firmware)
        check_set(check, CHECK_OK, "the CPU has it, since the kernel says that the firmware has switched it off (see kvm.firmware)");
    else if (check_has_flag(facts, "hypervisor")) {
        check_set(check, CHECK_BROKEN, "neither vmx nor svm is in /proc/cpuinfo (%s), and this is a virtual machine itself (flag hypervisor)", model);
        check_remedy(check, "on the machine that this one runs on, allow nested guests and give it the CPU mode host-passthrough; until then "
                            "guests run by emulation (--backend qemu)");
    } else {
        check_set(check, CHECK_BROKEN, "neither vmx nor svm is in /proc/cpuinfo (%s); Linux 5.6 and newer also leave them out when the "
                                       "firmware has switched them off", model);
        check_remedy(check, IN_FIRMWARE "; a CPU that has no such option runs guests by emulation only (--backend qemu)");
    }
}

/* What shows that KVM runs now; a log may be of another boot. NULL: nothing. Caller frees. */
static char *proof(const CheckFacts *facts)
{
    const char *module = check_kvm_module(facts);
    if (facts->probed && facts->host->kvm.kvm_works)
        return g_strdup_printf("KVM works: %s", facts->host->kvm.kvm_reason);
    if (module && module_state(facts->tree, module) == MODULE_LOADED)
        return g_strdup_printf("the module %s is loaded, which it refuses when the firmware has switched virtualization off", module);
    if (module && sys_exists(facts->tree, "/sys/class/misc/kvm"))
        return g_strdup_printf("KVM has started with %s (/sys/class/misc/kvm)", module);
    return NULL;
}

static void look_at_firmware(const CheckFacts *facts, Check *check)
{
    const char *module = check_kvm_module(facts);
    CpuKind kind = check_cpu_kind(facts);
    g_autofree char *line = check_firmware_line(facts), *running = kind == CPU_X86 ? proof(facts) : NULL;
    if (kind == CPU_NOT_KNOWN) {
        check_set(check, CHECK_UNKNOWN, NO_CPUINFO);
    } else if (kind != CPU_X86) {
        check_set(check, CHECK_NOT_APPLICABLE, "only the firmware of x86 can switch it off");
    } else if (running) {
        check_set(check, CHECK_OK, "%s", running);
    } else if (line) {
        check_set(check, CHECK_BROKEN, "the kernel says in /var/log/dmesg: %s", line);
        check_remedy(check, IN_FIRMWARE);
    } else if (module) {
        check_set(check, CHECK_UNKNOWN, "the flag alone does not tell, and %s has not started", module);
        check_remedy(check, "modprobe %s; if that fails, dmesg says whether it is disabled by the firmware", module);
    } else if (check_has_flag(facts, "hypervisor")) {
        check_set(check, CHECK_NOT_APPLICABLE, "this is a virtual machine: what its CPU has is up to the machine below (see kvm.cpu)");
    } else {
        check_set(check, CHECK_UNKNOWN, "without the flag it cannot be told from a CPU that has no virtualization, and /var/log/dmesg does not tell");
        check_remedy(check, "dmesg | grep -i 'disabled.*bios' has a line about VMX or SVM when the firmware has switched it off");
    }
}

static void look_at_power(const CheckFacts *facts, Check *check)
{
    if (check_cpu_kind(facts) == CPU_NOT_KNOWN) {
        check_set(check, CHECK_UNKNOWN, NO_CPUINFO);
        return;
    }
    if (check_cpu_kind(facts) != CPU_POWER) {
        check_set(check, CHECK_NOT_APPLICABLE, "not a POWER machine");
        return;
    }
    g_autofree char *text = sys_read(facts->tree, "/proc/cpuinfo", 8 * 1024 * 1024);
    g_autofree char *platform = sys_colon_value(text, "platform");
    if (g_strcmp0(platform, "PowerNV") == 0) {
        check_set(check, CHECK_OK, "platform: PowerNV, in /proc/cpuinfo");
    } else if (module_state(facts->tree, "kvm_hv") != MODULE_ABSENT) {
        check_set(check, CHECK_OK, "platform: %s, and kvm_hv is loaded all the same", platform ? platform : "not said");
    } else {
        check_set(check, CHECK_BROKEN, "platform: %s, in /proc/cpuinfo; KVM needs PowerNV", platform ? platform : "not said");
        check_remedy(check, "run guests on a machine with OPAL firmware (PowerNV), or by emulation (--backend qemu)");
    }
}

/* "kvm, kvm_pvm". Caller frees. */
static char *modules_here(const CheckFacts *facts)
{
    g_auto(GStrv) names = sys_names(facts->tree, "/sys/module", "kvm", "");
    return *names ? g_strjoinv(", ", names) : g_strdup("none");
}

static void look_at_module(const CheckFacts *facts, Check *check)
{
    const char *module = check_kvm_module(facts);
    g_autofree char *firmware = check_firmware_line(facts);
    g_autofree char *here = modules_here(facts);
    if (check_cpu_kind(facts) == CPU_NOT_KNOWN) {
        check_set(check, CHECK_UNKNOWN, NO_CPUINFO);
        return;
    }
    if (check_cpu_kind(facts) == CPU_OTHER) {
        check_set(check, CHECK_NOT_APPLICABLE, "only x86 and POWER have KVM in a module of its own");
        return;
    }
    g_autofree char *running = proof(facts);
    if (firmware && !running) {
        check_set(check, CHECK_NOT_APPLICABLE, "no module starts while the firmware has switched virtualization off (see kvm.firmware)");
        return;
    }
    if (!module) {
        check_set(check, CHECK_NOT_APPLICABLE, "no module of Intel, AMD or PowerNV can start on this CPU (see kvm.cpu, kvm.power); here are: %s",
                  here);
        return;
    }
    switch (module_state(facts->tree, module)) {
    case MODULE_LOADED:
        check_set(check, CHECK_OK, "%s is loaded (/proc/modules)", module);
        return;
    case MODULE_BUILT_IN:
        if (sys_exists(facts->tree, "/sys/class/misc/kvm")) {
            check_set(check, CHECK_OK, "%s is built into the kernel and has started (/sys/class/misc/kvm)", module);
            return;
        }
        check_set(check, CHECK_BROKEN, "%s is built into the kernel, but has not started (no /sys/class/misc/kvm)", module);
        check_remedy(check, "dmesg | grep -i kvm says why");
        return;
    case MODULE_ABSENT:
        check_missing_module(check, facts, CHECK_BROKEN, module);
        return;
    }
}

#define LIMITS "while its own guests run it can neither be live-migrated nor resumed from suspend"

/* As Linux' kstrtobool() has it. */
static bool is_on(const char *value)
{
    return value && (strchr("Yy1tT", *value) || g_ascii_strncasecmp(value, "on", 2) == 0) && *value;
}

static void nested_is_off(const CheckFacts *facts, Check *check, const char *module)
{
    g_autofree char *set = NULL;
    g_autofree char *where = module_option(facts->tree, module, "nested", &set);
    if (where && !is_on(set)) {
        check_set(check, CHECK_NOT_APPLICABLE, "switched off by %s (nested=%s): guests cannot run KVM themselves", where, set);
    } else if (where) {
        check_set(check, CHECK_WARNING, "/sys/module/%s/parameters/nested is off, though %s has nested=%s: that counts from the next loading on",
                  module, where, set);
        check_remedy(check, "reboot, or without any guest running: modprobe -r %s && modprobe %s", module, module);
    } else if (module_state(facts->tree, module) == MODULE_BUILT_IN) {
        check_set(check, CHECK_WARNING, "/sys/module/%s/parameters/nested is off: guests cannot run KVM themselves", module);
        check_remedy(check, "put %s.nested=1 on the kernel's command line, since it is built in, and reboot", module);
    } else {
        g_autofree char *line = g_strdup_printf("options %s nested=1", module);
        check_set(check, CHECK_WARNING, "/sys/module/%s/parameters/nested is off: guests cannot run KVM themselves", module);
        check_remedy(check, "the line \"%s\" in /etc/modprobe.d/guestctl.conf (--fix writes it; nested=0 keeps it off without this warning); it "
                            "counts when the module is loaded again: reboot, or without any guest running: modprobe -r %s && modprobe %s",
                     line, module, module);
        check_add_fix(check, FIX_MODULE_OPTION, line);
    }
}

static void look_at_nested(const CheckFacts *facts, Check *check)
{
    const char *module = check_kvm_module(facts);
    g_autofree char *value = module ? module_parameter(facts->tree, module, "nested") : NULL;
    if (check_cpu_kind(facts) == CPU_NOT_KNOWN)
        check_set(check, CHECK_UNKNOWN, NO_CPUINFO);
    else if (!module || module_state(facts->tree, module) == MODULE_ABSENT)
        check_set(check, CHECK_NOT_APPLICABLE, "no KVM module is loaded that could nest guests (see kvm.module)");
    else if (!value || !*value)
        check_set(check, CHECK_UNKNOWN, value ? "/sys/module/%s/parameters/nested is empty" : "there is no /sys/module/%s/parameters/nested", module);
    else if (is_on(value))
        check_set(check, CHECK_OK, "/sys/module/%s/parameters/nested is %s; a guest that is to run KVM needs the CPU mode host-passthrough, or "
                                   "host-model where that has vmx or svm, and " LIMITS, module, value);
    else
        nested_is_off(facts, check, module);
}

static void look_at_vhost_net(const CheckFacts *facts, Check *check)
{
    SysFile device = sys_look(facts->tree, "/dev/vhost-net");
    g_autofree char *text = device.there ? sys_file_text(&device) : NULL;
    ModuleState state = module_state(facts->tree, "vhost_net");
    const char *how = state == MODULE_LOADED ? "loaded" : state == MODULE_BUILT_IN ? "built in" : NULL;
    if (device.type == 'c' && how)
        check_set(check, CHECK_OK, "vhost_net is %s, /dev/vhost-net is %s", how, text);
    else if (device.type == 'c' && module_file(facts->tree, "vhost_net") == MODULE_CAN_LOAD)
        check_set(check, CHECK_OK, "/dev/vhost-net is %s, and opening it loads the module", text);
    else if (how) {
        check_set(check, CHECK_WARNING, "vhost_net is %s, but /dev/vhost-net is not there: guests' network is slower", how);
        check_remedy(check, "mknod -m 600 /dev/vhost-net c 10 238");
    } else {
        check_missing_module(check, facts, CHECK_WARNING, "vhost_net");
    }
}

const CheckSpec check_list_kvm[] = {
    {"kvm.cpu", "the CPU has VT-x (vmx) or AMD-V (svm)", look_at_cpu, OF_KVM},
    {"kvm.firmware", "the firmware has not switched virtualization off", look_at_firmware, OF_KVM | NEEDS_FILES},
    {"kvm.power", "a POWER machine is a PowerNV", look_at_power, OF_KVM | NEEDS_FILES},
    {"kvm.module", "kvm_intel, kvm_amd or kvm_hv is loaded", look_at_module, OF_KVM | NEEDS_FILES},
    {"kvm.nested", "guests can run KVM themselves", look_at_nested, OF_KVM | NEEDS_FILES},
    {"kvm.vhost-net", "the kernel carries guests' packets (vhost_net)", look_at_vhost_net, OF_KVM | NEEDS_FILES},
    {NULL},
};
