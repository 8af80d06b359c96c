/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/config.h"

#include "common/error.h"
#include "common/note.h"
#include "kvm/kvm.h"

bool config_is_kvm(const Guest *guest)
{
    return g_str_equal(guest->backend, "kvm");
}

bool config_is_x86(const Guest *guest)
{
    return g_str_equal(guest->arch, "x86_64") || g_str_equal(guest->arch, "i686");
}

const char *config_on_off(bool on)
{
    return on ? "on" : "off";
}

bool config_refuse(const Guest *guest, const char *field, const char *value, const char *why, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "guest \"%s\": %s %s: %s", guest->name, field, value, why);
    return false;
}

bool config_check_word(const Guest *guest, const char *field, const char *value, const char *const *words, GError **error)
{
    if (!value || g_strv_contains(words, value))
        return true;
    g_autofree char *all = g_strjoinv(", ", (char **)(guintptr)words);
    g_autofree char *why = g_strdup_printf("QEMU has no such thing here; use one of %s", all);
    return config_refuse(guest, field, value, why, error);
}

static void write_uint(Xml *xml, const char *name, guint64 value, const char *key, const char *attribute)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);
    xml_text(xml, name, text, key, attribute, NULL);
}

static void config_size(Xml *xml, const Guest *guest)
{
    write_uint(xml, "memory", guest->max_memory_kib, "unit", "KiB");
    write_uint(xml, "currentMemory", guest->memory_kib, "unit", "KiB");
    g_autofree char *current = g_strdup_printf("%u", guest->vcpus);
    write_uint(xml, "vcpu", guest->max_vcpus, "current", guest->vcpus < guest->max_vcpus ? current : XML_SKIP);
}

static bool config_loader(Xml *xml, const Guest *guest, GError **error)
{
    if (guest->firmware != FIRMWARE_UEFI) {
        if (guest->secure_boot)
            return config_refuse(guest, "secure-boot", "yes", "it needs UEFI; set firmware = uefi", error);
        if (guest->loader)
            return config_refuse(guest, "loader", guest->loader, "only UEFI takes one; set firmware = uefi", error);
        return true;
    }
    if (!guest->loader)
        return config_refuse(guest, "firmware", "uefi", "no UEFI firmware was found; install it with: apt-get install ovmf", error);
    if (guest->secure_boot && guest->machine && !g_str_has_prefix(guest->machine, "q35") && !g_str_has_prefix(guest->machine, "pc-q35"))
        return config_refuse(guest, "secure-boot", "yes", "it needs System Management Mode, which only the machine q35 has; set machine = q35",
                             error);
    xml_text(xml, "loader", guest->loader, "readonly", "yes", "secure", guest->secure_boot ? "yes" : XML_SKIP, "type", "pflash", NULL);
    if (guest->nvram)
        xml_text(xml, "nvram", guest->nvram, "template", guest->nvram_template ? guest->nvram_template : XML_SKIP, NULL);
    else if (guest->nvram_template)
        xml_empty(xml, "nvram", "template", guest->nvram_template, NULL);
    return true;
}

/* xl's letters (xl.cfg boot=) and libvirt's words for them. */
static bool config_boot_order(Xml *xml, const Guest *guest, GError **error)
{
    static const struct {
        char letter;
        const char *device;
    } devices[] = {{'a', "fd"}, {'c', "hd"}, {'d', "cdrom"}, {'n', "network"}};

    for (const char *at = guest->boot_order ? guest->boot_order : ""; *at; at++) {
        const char *device = NULL;
        for (gsize i = 0; i < G_N_ELEMENTS(devices); i++)
            if (devices[i].letter == *at)
                device = devices[i].device;
        if (!device)
            return config_refuse(guest, "boot-order", guest->boot_order, "use the letters a (floppy), c (disk), d (CD-ROM), n (network)", error);
        xml_empty(xml, "boot", "dev", device, NULL);
    }
    return true;
}

static bool config_os(Xml *xml, const Guest *guest, GError **error)
{
    if (guest->mode != VM_MODE_HVM)
        return config_refuse(guest, "mode", vm_mode_name(guest->mode), "KVM and QEMU run hvm guests only; set vm-mode = hvm", error);
    if (guest->boot == BOOT_PVGRUB)
        return config_refuse(guest, "boot", "pvgrub", "only Xen boots so; give a kernel, or let the firmware boot the disk", error);
    if (guest->boot == BOOT_FIRMWARE && (guest->kernel || guest->ramdisk || guest->cmdline))
        return config_refuse(guest, "boot", "firmware", "kernel, ramdisk and cmdline are used only when the kernel is booted directly", error);

    xml_open(xml, "os", NULL);
    xml_text(xml, "type", "hvm", "arch", guest->arch, "machine", guest->machine ? guest->machine : XML_SKIP, NULL);
    if (!config_loader(xml, guest, error))
        return false;
    if (guest->kernel)
        xml_text(xml, "kernel", guest->kernel, NULL);
    if (guest->ramdisk)
        xml_text(xml, "initrd", guest->ramdisk, NULL);
    if (guest->cmdline)
        xml_text(xml, "cmdline", guest->cmdline, NULL);
    if (!config_boot_order(xml, guest, error))
        return false;
    if (guest->boot_menu)
        xml_empty(xml, "bootmenu", "enable", "yes", NULL);
    xml_close(xml);
    return true;
}

/* nova 18.1.0 driver.py 4598-4629. */
static bool config_features(Xml *xml, const Guest *guest, GError **error)
{
    bool x86 = config_is_x86(guest), kvm = config_is_kvm(guest);
    if (!x86 && (guest->pae || guest->hyperv || guest->hpet))
        return config_refuse(guest, guest->pae ? "pae" : guest->hyperv ? "hyperv" : "hpet", "yes", "only x86 has it", error);
    if (!kvm && guest->hyperv)
        return config_refuse(guest, "hyperv", "yes", "only KVM has Hyper-V's interface, emulation does not", error);
    if (!kvm && guest->hide_hypervisor)
        return config_refuse(guest, "hide-hypervisor", "yes", "only KVM can be hidden, emulation cannot", error);
    if (!kvm && guest->pmu)
        return config_refuse(guest, "pmu", "yes", "emulation has no performance counters", error);

    xml_open(xml, "features", NULL);
    if (guest->acpi)
        xml_empty(xml, "acpi", NULL);
    if (guest->apic)
        xml_empty(xml, "apic", NULL);
    if (guest->pae)
        xml_empty(xml, "pae", NULL);
    if (guest->hyperv) {
        xml_open(xml, "hyperv", NULL);
        xml_empty(xml, "relaxed", "state", "on", NULL);
        xml_empty(xml, "vapic", "state", "on", NULL);
        xml_empty(xml, "spinlocks", "state", "on", "retries", "8191", NULL);
        xml_close(xml);
    }
    if (guest->hide_hypervisor) {
        xml_open(xml, "kvm", NULL);
        xml_empty(xml, "hidden", "state", "on", NULL);
        xml_close(xml);
    }
    if (kvm)
        xml_empty(xml, "pmu", "state", config_on_off(guest->pmu), NULL);
    if (guest->secure_boot)
        xml_empty(xml, "smm", "state", "on", NULL);
    xml_close(xml);
    return true;
}

/* nova sets the first two timers for KVM alone; HPET is a field of ours, so it is said for emulation too. */
static void config_clock(Xml *xml, const Guest *guest)
{
    xml_open(xml, "clock", "offset", guest->localtime ? "localtime" : "utc", NULL);
    if (config_is_kvm(guest)) {
        if (config_is_x86(guest))
            xml_empty(xml, "timer", "name", "pit", "tickpolicy", "delay", NULL);
        xml_empty(xml, "timer", "name", "rtc", "tickpolicy", "catchup", NULL);
    }
    if (config_is_x86(guest)) {
        xml_empty(xml, "timer", "name", "hpet", "present", guest->hpet ? "yes" : "no", NULL);
        if (guest->hyperv) /* nova: a Windows guest on KVM reads Hyper-V's clock */
            xml_empty(xml, "timer", "name", "hypervclock", "present", "yes", NULL);
    }
    xml_close(xml);
}

static void config_events(Xml *xml, const Guest *guest)
{
    xml_text(xml, "on_poweroff", event_action_name(guest->on_poweroff), NULL);
    xml_text(xml, "on_reboot", event_action_name(guest->on_reboot), NULL);
    xml_text(xml, "on_crash", event_action_name(guest->on_crash), NULL);
}

/* The note is in the XML itself, so that no guest of ours is ever without it. */
static void config_note(Xml *xml, const Guest *guest)
{
    g_autofree char *note = note_to_json(guest);
    g_strchomp(note);
    xml_open(xml, "metadata", NULL);
    xml_text(xml, KVM_NOTE_PREFIX ":note", note, "xmlns:" KVM_NOTE_PREFIX, KVM_NOTE_URI, NULL);
    xml_close(xml);
}

static bool config_all_devices(Xml *xml, const Guest *guest, const Host *host, GError **error)
{
    xml_open(xml, "devices", NULL);
    if (host->kvm.emulator)
        xml_text(xml, "emulator", host->kvm.emulator, NULL);
    if (!config_disks(xml, guest, error) || !config_nics(xml, guest, error) || !config_devices(xml, guest, error))
        return false;
    xml_close(xml);
    return true;
}

char *kvm_config_xml(const Guest *guest, const Host *host, GError **error)
{
    g_autoptr(Xml) xml = xml_new();
    xml_open(xml, "domain", "type", config_is_kvm(guest) ? "kvm" : "qemu", NULL);
    xml_text(xml, "name", guest->name, NULL);
    xml_text(xml, "uuid", guest->uuid, NULL);
    config_size(xml, guest);
    if (!config_os(xml, guest, error) || !config_features(xml, guest, error) || !config_cpu(xml, guest, host, error))
        return NULL;
    config_clock(xml, guest);
    config_events(xml, guest);
    if (!config_all_devices(xml, guest, host, error))
        return NULL;
    config_note(xml, guest);
    xml_close(xml);

    char *text = xml_finish(xml, error);
    if (!text)
        g_prefix_error(error, "guest \"%s\": ", guest->name);
    return text;
}
