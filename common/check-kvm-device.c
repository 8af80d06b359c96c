/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <unistd.h>

#include "common/check-list.h"
#include "common/kernel-module.h"
#include "common/udev-rule.h"
#include "common/version.h"

/* "Troubleshoot KVM" of OpenStack's hypervisor-kvm document: /dev/kvm and who may open it, whether KVM runs code, and what
 * libvirt needs to offer it. */

enum { KVM_MAJOR = 10, KVM_MINOR = 232 }; /* linux/miscdevice.h */

static bool is_kvm_device(const SysFile *file)
{
    return file->type == 'c' && file->major == KVM_MAJOR && file->minor == KVM_MINOR;
}

/* Neither VMX, SVM nor PowerNV, and nothing else that has started. */
static bool is_hopeless(const CheckFacts *facts)
{
    CpuKind kind = check_cpu_kind(facts);
    return (kind == CPU_X86 || kind == CPU_POWER) && !check_kvm_module(facts);
}

/* A group that is not there cannot be given anything. "groupadd --system kvm && ", or "". Caller frees. */
static char *make_group_first(const CheckFacts *facts)
{
    g_autofree char *add = distro_add_group(facts->distro, "kvm");
    return sys_group_exists(facts->tree, "kvm") ? g_strdup("") : g_strconcat(add, " && ", NULL);
}

static void device_is_missing(const CheckFacts *facts, Check *check)
{
    const char *module = check_kvm_module(facts);
    if (sys_exists(facts->tree, "/sys/class/misc/kvm")) {
        check_set(check, CHECK_BROKEN, "KVM has started (/sys/class/misc/kvm), but there is no /dev/kvm");
        g_autofree char *first = make_group_first(facts);
        check_remedy(check, "%smknod -m 660 /dev/kvm c 10 232 && chgrp kvm /dev/kvm; in a container, let its manager pass the device in", first);
    } else if (is_hopeless(facts)) {
        check_set(check, CHECK_NOT_APPLICABLE, "nothing can make it here (see kvm.cpu, kvm.power)");
    } else if (check_cpu_kind(facts) == CPU_NOT_KNOWN) {
        check_set(check, CHECK_UNKNOWN, "there is no /dev/kvm, and no /proc/cpuinfo to tell whether there could be");
    } else if (!module) {
        check_set(check, CHECK_BROKEN, "there is no /dev/kvm: the kernel has no KVM, or was not started in the mode that it needs (EL2 on ARM)");
        check_remedy(check, "dmesg | grep -i kvm says why; until then guests run by emulation (--backend qemu)");
    } else if (module_state(facts->tree, module) == MODULE_ABSENT) {
        check_set(check, CHECK_NOT_APPLICABLE, "it is made when %s starts (see kvm.module)", module);
    } else {
        check_set(check, CHECK_BROKEN, "%s is here, but there is no /dev/kvm", module);
        check_remedy(check, "dmesg | grep -i kvm says why it has not started");
    }
}

static void look_at_device(const CheckFacts *facts, Check *check)
{
    SysFile file = sys_look(facts->tree, "/dev/kvm");
    if (!file.there) {
        device_is_missing(facts, check);
        return;
    }
    g_autofree char *text = sys_file_text(&file);
    if (is_kvm_device(&file)) {
        check_set(check, CHECK_OK, "/dev/kvm is %s", text);
        return;
    }
    check_set(check, CHECK_BROKEN, "/dev/kvm is %s, not the character device 10, 232", text);
    g_autofree char *first = make_group_first(facts);
    check_remedy(check, "%srm /dev/kvm && mknod -m 660 /dev/kvm c 10 232 && chgrp kvm /dev/kvm", first);
}

/* Who QEMU runs as; NULL: not known. */
static const char *qemu_user(const CheckFacts *facts)
{
    static const char *const users[] = {"libvirt-qemu", "qemu"};
    if (facts->probed && facts->host->kvm.user)
        return facts->host->kvm.user;
    for (gsize i = 0; i < G_N_ELEMENTS(users); i++)
        if (sys_user_exists(facts->tree, users[i]))
            return users[i];
    return NULL;
}

/* By owner, group and mode; of ourselves the kernel tells, which also knows ACLs and groups of other sources. */
static bool can_open(const CheckFacts *facts, const SysFile *file, const char *user)
{
    if (facts->here && g_str_equal(user, g_get_user_name()) && access("/dev/kvm", R_OK | W_OK) == 0)
        return true;
    return g_str_equal(user, "root") || (file->mode & 06) == 06 ||
           ((file->mode & 0600) == 0600 && g_str_equal(file->owner, user)) || ((file->mode & 060) == 060 && sys_user_in_group(facts->tree, user, file->group));
}

/* By the rule that is there, else by hand. What cannot be read of the rules leaves the device as bad as it is. */
static void not_for_the_group(const CheckFacts *facts, Check *check)
{
    guint faults = facts->tree->faults->len;
    g_auto(DeviceRule) rule = device_rule(facts->tree, "kvm", "misc");
    g_ptr_array_set_size(facts->tree->faults, (int)faults);
    g_autofree char *first = make_group_first(facts);
    if (!device_rule_lets(&rule, "kvm")) {
        check_remedy(check, "%schgrp kvm /dev/kvm && chmod 660 /dev/kvm; for the next boot see kvm.udev", first);
    } else if (rule.mdev) {
        check_remedy(check, "%smdev -s (the module was loaded before %s was there)", first, rule.where);
    } else if (*first) {
        check_remedy(check, "%sudevadm trigger --sysname-match=kvm", first);
    } else {
        check_remedy(check, "udevadm trigger --sysname-match=kvm (the module was loaded before %s was there); --fix does it", rule.where);
        check_add_fix(check, FIX_TRIGGER_UDEV, "kvm");
    }
}

static void look_at_access(const CheckFacts *facts, Check *check)
{
    SysFile file = sys_look(facts->tree, "/dev/kvm");
    if (!is_kvm_device(&file)) {
        check_set(check, CHECK_NOT_APPLICABLE, "there is no such device yet (see kvm.device)");
        return;
    }
    const char *user = qemu_user(facts);
    g_autofree char *text = sys_file_text(&file);
    bool everyone = (file.mode & 06) == 06, group = g_str_equal(file.group, "kvm") && (file.mode & 060) == 060;
    if ((everyone || group) && (!user || can_open(facts, &file, user))) {
        check_set(check, CHECK_OK, "/dev/kvm is %s: %s can open it", text, user ? user : everyone ? "everyone" : "the group kvm");
    } else if (group) {
        check_set(check, CHECK_BROKEN, "/dev/kvm is %s, but QEMU's user %s is not in the group kvm", text, user);
        g_autofree char *join = distro_join_group(facts->distro, user, "kvm");
        check_remedy(check, "%s; it counts from the next login, for libvirt from its restart", join);
    } else {
        bool works = user && can_open(facts, &file, user);
        check_set(check, works ? CHECK_WARNING : CHECK_BROKEN, "/dev/kvm is %s, not for the group kvm: %s%s", text,
                  works ? "only this user can open it: " : "QEMU's user cannot open it: ", user ? user : "not known");
        not_for_the_group(facts, check);
    }
}

static void look_at_udev(const CheckFacts *facts, Check *check)
{
    bool here = sys_exists(facts->tree, "/dev/kvm");
    if (!here && is_hopeless(facts)) {
        check_set(check, CHECK_NOT_APPLICABLE, "there will be no /dev/kvm here (see kvm.cpu, kvm.power)");
        return;
    }
    g_auto(DeviceRule) rule = device_rule(facts->tree, "kvm", "misc");
    bool everyone = (rule.mode & 06) == 06;
    if (!rule.where) {
        check_set(check, CHECK_WARNING, "no rule of udev gives /dev/kvm to the group kvm (no KERNEL==\"kvm\" in /etc and /lib/udev/rules.d)");
        check_remedy_install(check, facts, PACKAGE_UDEV);
    } else if (!device_rule_lets(&rule, "kvm")) {
        check_set(check, CHECK_WARNING, "%s gives /dev/kvm to the group %s with mode %04o, so that the group kvm cannot open it", rule.where, rule.group,
                  rule.mode);
        if (rule.mdev)
            check_remedy(check, "write kvm root:kvm 660 there, then: mdev -s");
        else
            check_remedy(check, "write KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0660\" there, or take its rule out, then: udevadm control --reload && "
                                "udevadm trigger --sysname-match=kvm");
    } else if (!everyone && !sys_group_exists(facts->tree, "kvm")) {
        g_autofree char *add = distro_add_group(facts->distro, "kvm");
        check_set(check, CHECK_WARNING, "%s gives /dev/kvm to the group kvm, which is not in /etc/group", rule.where);
        check_remedy(check, "%s && %s", add, rule.mdev ? "mdev -s" : "udevadm trigger --sysname-match=kvm");
    } else {
        check_set(check, CHECK_OK, "%s gives /dev/kvm to %s", rule.where, everyone ? "everyone" : "the group kvm");
    }
}

static void look_at_running(const CheckFacts *facts, Check *check)
{
    const char *reason = facts->host->kvm.kvm_reason ? facts->host->kvm.kvm_reason : "not said why";
    if (facts->host->kvm.kvm_works) {
        check_set(check, CHECK_OK, "%s", reason);
    } else if (facts->tree && !sys_exists(facts->tree, "/dev/kvm")) {
        check_set(check, CHECK_NOT_APPLICABLE, "there is no /dev/kvm to run it in (see kvm.device)");
    } else {
        check_set(check, CHECK_BROKEN, "%s", reason);
        check_remedy(check, "repair what the other kvm checks name; until then guests run by emulation (--backend qemu)");
    }
}

static void look_at_emulator(const CheckFacts *facts, Check *check)
{
    const char *version = facts->host->kvm.qemu_version;
    if (!facts->host->kvm.emulator) {
        check_set(check, CHECK_BROKEN, "no qemu-system-%s in PATH, and no qemu-kvm", facts->host->arch ? facts->host->arch : "*");
        check_remedy_install(check, facts, PACKAGE_QEMU);
    } else if (version && !version_satisfies(version, ">=2.5.0")) {
        check_set(check, CHECK_WARNING, "%s is QEMU %s; nova's floor is 2.5.0", facts->host->kvm.emulator, version);
        check_remedy_install(check, facts, PACKAGE_QEMU);
    } else {
        check_set(check, CHECK_OK, "%s is QEMU %s", facts->host->kvm.emulator, version ? version : "of a version that it does not show");
    }
}

/* The probe names one thing that is missing: without QEMU it has not come to the driver. */
static bool lacks_driver(const CheckFacts *facts)
{
    g_autofree char *driver = check_qemu_driver(facts);
    return !facts->host->kvm.usable && (facts->host->kvm.emulator || !driver);
}

static void look_at_libvirt(const CheckFacts *facts, Check *check)
{
    const Host *host = facts->host;
    const char *version = host->kvm.libvirt_version;
    if (!version) {
        check_set(check, CHECK_BROKEN, "libvirt is not installed: %s", host->kvm.reason ? host->kvm.reason : "its library is not there");
        check_remedy_install(check, facts, PACKAGE_LIBVIRT_QEMU);
    } else if (!host->kvm.usable && !host->kvm.emulator && !facts->tree) {
        check_set(check, CHECK_UNKNOWN, "libvirt %s; whether its QEMU driver is there was not recorded", version);
    } else if (lacks_driver(facts)) {
        check_set(check, CHECK_BROKEN, "libvirt %s cannot run QEMU: %s", version,
                  host->kvm.emulator ? host->kvm.reason : "its QEMU driver is not there (libvirt_driver_qemu.so)");
        check_remedy_install(check, facts, PACKAGE_LIBVIRT_QEMU);
    } else if (!version_satisfies(version, ">=1.3.1")) {
        check_set(check, CHECK_WARNING, "libvirt %s; nova's floor is 1.3.1, with monitoring of migrations", version);
        check_remedy_install(check, facts, PACKAGE_LIBVIRT_QEMU);
    } else {
        check_set(check, CHECK_OK, "libvirt %s, reached by %s", version, host->kvm.uri ? host->kvm.uri : "its default");
    }
}

#define HVM_MESSAGE "libvirt says \"no supported architecture for os type 'hvm'\""

static void look_at_hvm(const CheckFacts *facts, Check *check)
{
    const char *module = facts->tree ? check_kvm_module(facts) : NULL;
    if (!facts->host->kvm.emulator) {
        check_set(check, CHECK_BROKEN, HVM_MESSAGE " when it finds no QEMU, and there is none");
        check_remedy_install(check, facts, PACKAGE_QEMU);
    } else if (!facts->host->kvm.usable) {
        check_set(check, CHECK_NOT_APPLICABLE, "libvirt cannot run QEMU at all (see kvm.libvirt)");
    } else if (module && module_state(facts->tree, module) == MODULE_ABSENT) {
        check_set(check, CHECK_WARNING, HVM_MESSAGE " of KVM guests while %s is not loaded; emulated ones run", module);
        check_remedy(check, "see kvm.module and kvm.firmware");
    } else {
        check_set(check, CHECK_OK, "libvirt finds %s%s%s", facts->host->kvm.emulator, module ? ", and KVM by " : "", module ? module : "");
    }
}

const CheckSpec check_list_kvm_device[] = {
    {"kvm.device", "/dev/kvm is there", look_at_device, OF_KVM | NEEDS_FILES},
    {"kvm.access", "QEMU's user may open /dev/kvm", look_at_access, OF_KVM | NEEDS_FILES},
    {"kvm.udev", "a rule gives /dev/kvm to the group kvm at each boot", look_at_udev, OF_KVM | NEEDS_FILES},
    {"kvm.runs", "KVM really runs 64-bit code", look_at_running, OF_KVM | NEEDS_PROBE},
    {"kvm.emulator", "QEMU is there", look_at_emulator, OF_KVM | NEEDS_PROBE},
    {"kvm.libvirt", "libvirt and its QEMU driver are there", look_at_libvirt, OF_KVM | NEEDS_PROBE},
    {"kvm.hvm", "libvirt has an architecture for os type hvm", look_at_hvm, OF_KVM | NEEDS_PROBE},
    {NULL},
};
