/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "kvm/kvm.h"
#include "tests/kvm/guests.h"

static Host *intel_host(void)
{
    Host *host = host_new();
    host->arch = g_strdup("x86_64");
    host->cpu_vendor = g_strdup("GenuineIntel");
    host->kvm.emulator = g_strdup("/usr/bin/qemu-system-x86_64");
    return host;
}

static char *xml_of(const Guest *guest)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Host) host = intel_host();
    char *xml = kvm_config_xml(guest, host, &error);
    assert_no_error(error);
    return xml;
}

static void assert_refused(const Guest *guest, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Host) host = intel_host();
    assert_null(kvm_config_xml(guest, host, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, text);
    assert_contains(error->message, "guest \"web\": ");
}

/* UPDATE_GOLDEN=1 writes the files anew; tests/kvm/validate.sh holds each against libvirt's own schema. */
static void assert_golden(const Guest *guest, const char *name)
{
    g_autofree char *xml = xml_of(guest), *path = g_strdup_printf("%s/%s.xml", GOLDEN_KVM, name), *wanted = NULL;
    if (g_getenv("UPDATE_GOLDEN"))
        assert_true(g_file_set_contents(path, xml, -1, NULL));
    if (!g_file_get_contents(path, &wanted, NULL, NULL))
        fail_msg("%s is missing: run with UPDATE_GOLDEN=1", path);
    assert_string_equal(xml, wanted);
}

static void a_guest_with_everything(void **state)
{
    g_autoptr(Guest) guest = guest_full();
    assert_golden(guest, "full");
}

static void an_emulated_guest_from_a_disk(void **state)
{
    g_autoptr(Guest) guest = guest_minimal("qemu");
    add_disk(guest, "root", "/srv/web.qcow2", DISK_FORMAT_QCOW2, "virtio", "vda");
    add_nic(guest, "lan", "00:16:3e:01:02:03", NULL, "virtio");
    assert_golden(guest, "emulated-disk");
}

static void an_emulated_guest_from_a_kernel(void **state)
{
    g_autoptr(Guest) guest = guest_minimal("qemu");
    guest->boot = BOOT_KERNEL;
    guest->firmware = FIRMWARE_NONE;
    set_text(&guest->boot_order, NULL);
    set_text(&guest->kernel, "/srv/vmlinuz");
    set_text(&guest->cmdline, "console=ttyS0 no_timer_check");
    assert_golden(guest, "emulated-kernel");
}

static void a_guest_of_kvm_with_the_hosts_cpu(void **state)
{
    g_autoptr(Guest) guest = guest_minimal("kvm");
    set_text(&guest->cpu_mode, "host-passthrough");
    add_disk(guest, "root", "/srv/web.img", DISK_FORMAT_RAW, "virtio", "vda");
    assert_golden(guest, "kvm-passthrough");
}

static void windows_as_nova_makes_it(void **state)
{
    g_autoptr(Guest) guest = guest_minimal("kvm");
    guest->localtime = guest->hyperv = true;
    set_text(&guest->video, "vga");
    set_text(&guest->graphics, "vnc");
    set_text(&guest->pointer, "usbtablet");
    add_disk(guest, "root", "/srv/windows.qcow2", DISK_FORMAT_QCOW2, "sata", "sda");
    add_nic(guest, "lan", "00:16:3e:01:02:03", "br0", "e1000");
    assert_golden(guest, "kvm-windows");
}

static void uefi_without_secure_boot(void **state)
{
    g_autoptr(Guest) guest = guest_minimal("qemu");
    guest->firmware = FIRMWARE_UEFI;
    set_text(&guest->loader, "/usr/share/OVMF/OVMF_CODE_4M.fd");
    set_text(&guest->nvram_template, "/usr/share/OVMF/OVMF_VARS_4M.fd");
    add_disk(guest, "root", "/srv/web.img", DISK_FORMAT_RAW, "virtio", "vda");
    assert_golden(guest, "emulated-uefi");
}

static void each_kind_of_disk(void **state)
{
    static const DiskFormat formats[] = {DISK_FORMAT_RAW, DISK_FORMAT_QCOW, DISK_FORMAT_QCOW2, DISK_FORMAT_QED,
                                         DISK_FORMAT_VHD, DISK_FORMAT_VMDK, DISK_FORMAT_VDI};
    g_autoptr(Guest) guest = guest_minimal("qemu");
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *name = g_strdup_printf("d%zu", i), *target = g_strdup_printf("vd%c", (char)('a' + (char)i)),
                        *path = g_strdup_printf("/srv/disk.%s", disk_format_name(formats[i]));
        add_disk(guest, name, path, formats[i], "virtio", target);
    }
    GuestDisk *ide = add_disk(guest, "ide", "/srv/ide.img", DISK_FORMAT_RAW, "ide", "hda");
    ide->cache = g_strdup("writeback");
    add_disk(guest, "cd", "/srv/cd.iso", DISK_FORMAT_ISO, "ide", "hdb")->device = DEVICE_CDROM;
    GuestDisk *floppy = add_disk(guest, "floppy", "/srv/floppy.img", DISK_FORMAT_RAW, "fdc", "fda");
    floppy->device = DEVICE_FLOPPY;
    add_disk(guest, "stick", "/srv/stick.img", DISK_FORMAT_RAW, "usb", "sda");
    add_disk(guest, "shared", "/srv/shared.img", DISK_FORMAT_RAW, "virtio", "vdz")->read_only = true;
    assert_golden(guest, "emulated-disks");
}

static void disks_of_the_guests_own(void **state)
{
    g_autoptr(Guest) guest = guest_minimal("qemu");
    GuestDisk *overlay = add_disk(guest, "root", "/g/web/root.qcow2", DISK_FORMAT_QCOW2, "virtio", "vda");
    overlay->base = g_strdup("/i/a&b/disk");
    overlay->base_format = DISK_FORMAT_VMDK;
    GuestDisk *clone = add_disk(guest, "data", "vms/web_data", DISK_FORMAT_RAW, "virtio", "vdb");
    clone->protocol = g_strdup("rbd");
    clone->ceph_conf = g_strdup("/etc/ceph/ceph.conf");
    GuestDisk *other = add_disk(guest, "other", "vms/web_other", DISK_FORMAT_RAW, "virtio", "vdc");
    other->protocol = g_strdup("rbd");
    other->ceph_conf = g_strdup("/etc/ceph/ceph.conf");
    other->rbd_user = g_strdup("nova");
    other->rbd_secret = g_strdup("11111111-2222-3333-4444-555555555555");
    GuestDisk *volume = add_disk(guest, "volume", "/dev/vg0/web_volume", DISK_FORMAT_RAW, "virtio", "vdd");
    volume->block_device = true;
    assert_golden(guest, "own-disks");
}

static void a_paravirtual_console_is_virtios(void **state)
{
    g_autoptr(Guest) guest = guest_minimal("qemu");
    set_text(&guest->console, "pv");
    guest->serial_ports = 0;
    assert_golden(guest, "emulated-virtio-console");
}

static void a_guest_without_any_console_or_display(void **state)
{
    g_autoptr(Guest) guest = guest_minimal("qemu");
    set_text(&guest->console, NULL);
    set_text(&guest->cpu_mode, "none");
    guest->serial_ports = 0;
    guest->acpi = guest->apic = guest->pae = false;
    assert_golden(guest, "emulated-bare");
}

/* What libvirt would have to guess about, or drop, is refused by name. */
static void what_means_nothing_here_is_refused(void **state)
{
    g_autoptr(Guest) guest = guest_minimal("qemu");

    guest->mode = VM_MODE_PV;
    assert_refused(guest, "mode pv: KVM and QEMU run hvm guests only");
    guest->mode = VM_MODE_HVM;
    guest->boot = BOOT_PVGRUB;
    assert_refused(guest, "boot pvgrub: only Xen boots so");
    guest->boot = BOOT_FIRMWARE;
    guest->hyperv = true;
    assert_refused(guest, "hyperv yes: only KVM has Hyper-V's interface");
    guest->hyperv = false;
    guest->hide_hypervisor = true;
    assert_refused(guest, "hide-hypervisor yes: only KVM can be hidden");
    guest->hide_hypervisor = false;
    guest->pmu = true;
    assert_refused(guest, "pmu yes: emulation has no performance counters");
    guest->pmu = false;
    set_text(&guest->cpu_mode, "host-passthrough");
    assert_refused(guest, "cpu-mode host-passthrough: emulation has no host CPU");
    set_text(&guest->cpu_mode, "best");
    assert_refused(guest, "cpu-mode best: QEMU has no such thing here; use one of none, host-model, host-passthrough, custom");
    set_text(&guest->cpu_mode, "host-model");
    set_text(&guest->video, "xen");
    assert_refused(guest, "video xen: QEMU has no such thing here; use one of vga");
    set_text(&guest->video, NULL);
    set_text(&guest->boot_order, "cx");
    assert_refused(guest, "boot-order cx: use the letters");
    set_text(&guest->boot_order, "c");
    guest->serial_ports = 5;
    assert_refused(guest, "serial-ports 5: QEMU's machine has at most 4");
    guest->serial_ports = 1;
    guest->firmware = FIRMWARE_UEFI;
    assert_refused(guest, "firmware uefi: no UEFI firmware was found; install it with: apt-get install ovmf");
    guest->firmware = FIRMWARE_BIOS;
    guest->secure_boot = true;
    assert_refused(guest, "secure-boot yes: it needs UEFI");
    guest->secure_boot = false;
    GuestNic *nic = add_nic(guest, "lan", "00:16:3e:01:02:03", NULL, "netfront");
    assert_refused(guest, "nic lan.model netfront: ");
    set_text(&nic->model, "virtio");
    nic->queues = 2;
    assert_refused(guest, "nic lan.queues 2: QEMU's user network has one");
    nic->queues = 1;
    GuestDisk *disk = add_disk(guest, "root", "/srv/a.vhdx", DISK_FORMAT_VHDX, "virtio", "vda");
    assert_refused(guest, "disk root.format vhdx: libvirt cannot open it; convert it with: qemu-img convert -O qcow2 /srv/a.vhdx IMAGE.qcow2");
    disk->format = DISK_FORMAT_RAW;
    set_text(&disk->bus, "xen");
    assert_refused(guest, "disk root.bus xen: ");
    set_text(&disk->bus, "virtio");
    set_text(&disk->driver, "phy");
    assert_refused(guest, "disk root.driver phy: ");
}

/* Every field of a guest, changed to something else. Each change must be seen in the XML, or be refused by the
 * field's own name: nothing that was decided is dropped silently. */
#define DISK ((GuestDisk *)g->disks->pdata[0])
#define NIC ((GuestNic *)g->nics->pdata[0])
#define CHANGES(X)                                                                                                     \
    X("name", set_text(&g->name, "other"))                                                                             \
    X("uuid", set_text(&g->uuid, "00000000-6b1d-8e4f-9a0b-112233445566"))                                              \
    X("backend", set_text(&g->backend, "qemu"))                                                                        \
    X("arch", set_text(&g->arch, "i686"))                                                                              \
    X("mode", g->mode = VM_MODE_PV)                                                                                    \
    X("memory", g->memory_kib /= 2)                                                                                    \
    X("max-memory", g->max_memory_kib *= 2)                                                                            \
    X("vcpus", g->vcpus = 3)                                                                                           \
    X("max-vcpus", g->max_vcpus = 8)                                                                                   \
    X("cpu-mode", set_text(&g->cpu_mode, "host-model"))                                                                \
    X("cpu-model", set_text(&g->cpu_model, "IvyBridge"))                                                               \
    X("cpu-flags", set_text(&g->cpu_flags[0], "-pcid"))                                                                \
    X("cpu-sockets", g->cpu_sockets = 1)                                                                               \
    X("cpu-cores", g->cpu_cores = 1)                                                                                   \
    X("cpu-threads", g->cpu_threads = 2)                                                                               \
    X("boot", g->boot = BOOT_FIRMWARE)                                                                                 \
    X("firmware", g->firmware = FIRMWARE_BIOS)                                                                         \
    X("kernel", set_text(&g->kernel, "/other"))                                                                        \
    X("ramdisk", set_text(&g->ramdisk, "/other"))                                                                      \
    X("cmdline", set_text(&g->cmdline, "other"))                                                                       \
    X("loader", set_text(&g->loader, "/other"))                                                                        \
    X("nvram-template", set_text(&g->nvram_template, "/other"))                                                        \
    X("nvram", set_text(&g->nvram, "/other"))                                                                          \
    X("secure-boot", g->secure_boot = false)                                                                           \
    X("boot-menu", g->boot_menu = false)                                                                               \
    X("boot-order", set_text(&g->boot_order, "n"))                                                                     \
    X("machine", set_text(&g->machine, "pc-q35-7.2"))                                                                  \
    X("acpi", g->acpi = false)                                                                                         \
    X("apic", g->apic = false)                                                                                         \
    X("pae", g->pae = false)                                                                                           \
    X("hyperv", g->hyperv = false)                                                                                     \
    X("hide-hypervisor", g->hide_hypervisor = false)                                                                   \
    X("pmu", g->pmu = false)                                                                                           \
    X("hpet", g->hpet = false)                                                                                         \
    X("localtime", g->localtime = false)                                                                               \
    X("nested", g->nested = false)                                                                                     \
    X("video", set_text(&g->video, "vga"))                                                                             \
    X("video-ram-mib", g->video_ram_mib = 32)                                                                          \
    X("graphics", set_text(&g->graphics, NULL))                                                                        \
    X("console", set_text(&g->console, "pv"))                                                                          \
    X("serial-ports", g->serial_ports = 1)                                                                             \
    X("rng", set_text(&g->rng, NULL))                                                                                  \
    X("watchdog", set_text(&g->watchdog, "pause"))                                                                     \
    X("pointer", set_text(&g->pointer, NULL))                                                                          \
    X("scsi-model", set_text(&g->scsi_model, "lsilogic"))                                                              \
    X("sound", set_text(&g->sound, "ac97"))                                                                            \
    X("tpm", set_text(&g->tpm, "tpm-tis"))                                                                             \
    X("tpm-version", set_text(&g->tpm_version, "1.2"))                                                                 \
    X("guest-agent", g->guest_agent = false)                                                                           \
    X("on-poweroff", g->on_poweroff = ACTION_RESTART)                                                                  \
    X("on-reboot", g->on_reboot = ACTION_DESTROY)                                                                      \
    X("on-crash", g->on_crash = ACTION_PRESERVE)                                                                       \
    X("shutdown-timeout-s", g->shutdown_timeout_s = 5)                                                                 \
    X("disk root.path", set_text(&DISK->path, "/other"))                                                               \
    X("disk root.format", DISK->format = DISK_FORMAT_RAW)                                                              \
    X("disk root.device", DISK->device = DEVICE_CDROM)                                                                 \
    X("disk root.bus", set_text(&DISK->bus, "scsi"))                                                                   \
    X("disk root.target", set_text(&DISK->target, "vdb"))                                                              \
    X("disk root.driver", set_text(&DISK->driver, "phy"))                                                              \
    X("disk root.cache", set_text(&DISK->cache, "unsafe"))                                                             \
    X("disk root.read-only", DISK->read_only = true)                                                                   \
    X("disk root.discard", DISK->discard = false)                                                                      \
    X("disk root.block-device", DISK->block_device = true)                                                             \
    X("nic lan.mac", set_text(&NIC->mac, "00:16:3e:ff:ff:ff"))                                                         \
    X("nic lan.bridge", set_text(&NIC->bridge, "br9"))                                                                 \
    X("nic lan.model", set_text(&NIC->model, "xyz"))                                                                   \
    X("nic lan.queues", NIC->queues = 2)

static void change(Guest *g, unsigned number)
{
    unsigned i = 0;
#define CHANGE_ONE(field, code) \
    if (i++ == number)          \
        code;
    CHANGES(CHANGE_ONE)
}

static const char *const changed_fields[] = {
#define CHANGE_NAME(field, code) field,
    CHANGES(CHANGE_NAME) NULL};

static void no_change_is_dropped_silently(void **state)
{
    g_autoptr(Host) host = intel_host();
    g_autoptr(Guest) before = guest_full();
    g_autofree char *plain = xml_of(before);
    for (unsigned i = 0; changed_fields[i]; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = guest_full();
        change(guest, i);
        g_autofree char *xml = kvm_config_xml(guest, host, &error);
        if (xml && g_str_equal(xml, plain))
            fail_msg("a change of %s is not seen in the XML", changed_fields[i]);
        if (!xml)
            assert_int_equal(error->code, GUESTCTL_ERROR_UNSUPPORTED);
    }
}

static void count_field(const char *field, const char *value, void *data)
{
    bool of_others = g_str_has_prefix(field, "disk data.") || g_str_has_prefix(field, "disk cd.") || g_str_has_prefix(field, "nic dmz.") ||
                     g_str_has_prefix(field, "nic mgmt.");
    if (!of_others && !g_strv_contains(changed_fields, field))
        fail_msg("the field %s is not in CHANGES: show that it reaches libvirt", field);
}

static void every_field_is_among_the_changes(void **state)
{
    g_autoptr(Guest) guest = guest_full();
    guest_foreach_field(guest, count_field, NULL);
}

static void hostile_text_stays_text(void **state)
{
    static const char evil[] = "\"'/><x a=\"&amp;]]>--><!-- \xe2\x80\xae\xc3\xa9 ${HOME} %s";
    g_autoptr(Guest) guest = guest_minimal("qemu");
    guest->boot = BOOT_KERNEL;
    set_text(&guest->kernel, evil);
    set_text(&guest->cmdline, evil);
    set_text(&guest->image, evil);
    add_disk(guest, "root", evil, DISK_FORMAT_RAW, "virtio", "vda");
    g_autofree char *xml = xml_of(guest);
    assert_contains(xml, "<cmdline>&quot;&apos;/&gt;&lt;x a=&quot;&amp;amp;]]&gt;--&gt;&lt;!-- \xe2\x80\xae\xc3\xa9 ${HOME} %s</cmdline>");
    assert_contains(xml, "<source file=\"&quot;&apos;/&gt;&lt;x a=&quot;&amp;amp;");
    assert_null(strstr(xml, "<x"));
    assert_null(strstr(xml, "<!--"));
}

static void what_xml_cannot_hold_is_refused(void **state)
{
    static const char *const bad[] = {"a\nb", "a\tb", "a\x01z", "a\x7f", "\xff\xfe", "\xed\xa0\x80", "a\xc2\x85z", "\xef\xbf\xbf"};
    g_autoptr(Host) host = intel_host();
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = guest_minimal("qemu");
        guest->boot = BOOT_KERNEL;
        set_text(&guest->kernel, "/srv/vmlinuz");
        set_text(&guest->cmdline, bad[i]);
        assert_null(kvm_config_xml(guest, host, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "guest \"web\": the value for <cmdline> holds a control character or is not UTF-8");
    }
}

static void the_plan_looks_at_each_bridge_once_and_then_creates(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Host) host = intel_host();
    g_autoptr(Guest) guest = guest_full();
    g_autofree char *xml = xml_of(guest);
    g_autoptr(Plan) plan = kvm_backend.plan_create(guest, host, &error);
    assert_no_error(error);
    assert_string_equal(plan->backend, "kvm");
    assert_string_equal(plan->guest, "web");
    assert_false(plan->finish);
    assert_int_equal(plan->steps->len, 4);
    static const struct {
        StepKind kind;
        const char *target;
    } wanted[] = {{STEP_REQUIRE_BRIDGE, "xenbr0"}, {STEP_REQUIRE_BRIDGE, "br1"}, {STEP_CREATE, "web"}, {STEP_UNPAUSE, "web"}};
    for (guint i = 0; i < 4; i++) {
        const Step *step = plan->steps->pdata[i];
        assert_int_equal(step->kind, wanted[i].kind);
        assert_string_equal(step->target, wanted[i].target);
        assert_string_equal(step->native, step->kind == STEP_CREATE ? xml : "");
    }
}

static void a_reboot_is_one_step(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GuestState) guest = guest_state_new();
    guest->name = g_strdup("web");
    guest->backend = g_strdup("qemu");
    g_autoptr(Plan) plan = qemu_backend.plan_reboot(guest, &error);
    assert_no_error(error);
    assert_string_equal(plan->backend, "qemu");
    assert_int_equal(plan->steps->len, 1);
    assert_int_equal(((const Step *)plan->steps->pdata[0])->kind, STEP_REBOOT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guest_with_everything),
        cmocka_unit_test(an_emulated_guest_from_a_disk),
        cmocka_unit_test(an_emulated_guest_from_a_kernel),
        cmocka_unit_test(a_guest_of_kvm_with_the_hosts_cpu),
        cmocka_unit_test(windows_as_nova_makes_it),
        cmocka_unit_test(uefi_without_secure_boot),
        cmocka_unit_test(each_kind_of_disk),
        cmocka_unit_test(disks_of_the_guests_own),
        cmocka_unit_test(a_paravirtual_console_is_virtios),
        cmocka_unit_test(a_guest_without_any_console_or_display),
        cmocka_unit_test(what_means_nothing_here_is_refused),
        cmocka_unit_test(no_change_is_dropped_silently),
        cmocka_unit_test(every_field_is_among_the_changes),
        cmocka_unit_test(hostile_text_stays_text),
        cmocka_unit_test(what_xml_cannot_hold_is_refused),
        cmocka_unit_test(the_plan_looks_at_each_bridge_once_and_then_creates),
        cmocka_unit_test(a_reboot_is_one_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
