/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <stdlib.h>
#include <xenctrl.h>
#include <xenstore.h>

#include "tests/xen/guests.h"
#include "xen/api.h"
#include "xen/xen.h"

/* A real libxl context without Xen: these are all that libxl_ctx_alloc() opens. Reading a CPUID policy back
 * needs one (libxl 4.17 follows the null pointer). */
static int handle;
xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild_logger, unsigned flags)
{
    return (xc_interface *)&handle;
}
int xc_interface_close(xc_interface *xch)
{
    return 0;
}
struct xs_handle *xs_open(unsigned long flags)
{
    return (struct xs_handle *)&handle;
}
void xs_close(struct xs_handle *xsh)
{
}

static void nothing(Guest *guest)
{
}

static void with_devices(Guest *guest)
{
    guest->vcpus = 2;
    guest->max_vcpus = 10;
    guest->max_memory_kib = 1024 * 1024;
    with_disk(guest, "xen", "xvda", "phy", DISK_FORMAT_RAW)->block_device = true;
    with_disk(guest, "xen", "xvdb", "qdisk", DISK_FORMAT_QCOW2)->discard = true;
    with_disk(guest, "xen", "xvdc", "qdisk", DISK_FORMAT_VHD)->read_only = true;
    with_disk(guest, "xen", "xvdd", "phy", DISK_FORMAT_ISO)->device = DEVICE_CDROM;
    with_nic(guest, "netfront");
    set(&with_nic(guest, NULL)->bridge, "xenbr1");
}

static void with_pvgrub(Guest *guest)
{
    guest->boot = BOOT_PVGRUB;
    set(&guest->kernel, "/usr/lib/grub-xen/grub-x86_64-xen.bin");
    set(&guest->ramdisk, NULL);
    set(&guest->cmdline, NULL);
    with_disk(guest, "xen", "xvda", "qdisk", DISK_FORMAT_QCOW2);
}

static void with_framebuffer(Guest *guest)
{
    set(&guest->video, "xen");
    set(&guest->graphics, "vnc");
}

static void with_cpu_policy(Guest *guest)
{
    set(&guest->cpu_mode, "custom");
    set(&guest->cpu_model, "SandyBridge");
    g_strfreev(guest->cpu_flags);
    guest->cpu_flags = g_strsplit("+pcid,-vmx", ",", -1);
}

static void with_kernel(Guest *guest)
{
    guest->boot = BOOT_KERNEL;
    set(&guest->kernel, "/boot/vmlinuz");
    set(&guest->ramdisk, "/boot/initrd.img");
    set(&guest->cmdline, "console=ttyS0");
    set(&guest->boot_order, NULL);
}

static void with_emulated_devices(Guest *guest)
{
    with_disk(guest, "ide", "hda", "qdisk", DISK_FORMAT_QCOW2);
    with_disk(guest, "scsi", "sda", "qdisk", DISK_FORMAT_VHD);
    with_disk(guest, "ide", "hdc", "qdisk", DISK_FORMAT_RAW)->device = DEVICE_CDROM;
    with_nic(guest, "e1000");
    with_nic(guest, "netfront");
    with_nic(guest, NULL);
    set(&guest->boot_order, "cd");
    set(&guest->scsi_model, "lsilogic");
    set(&guest->video, "cirrus");
    guest->video_ram_mib = 16;
    set(&guest->graphics, "vnc");
    set(&guest->pointer, "usbtablet");
    set(&guest->sound, "ich6");
    guest->serial_ports = 2;
    set(&guest->watchdog, "reset");
    guest->on_crash = ACTION_PRESERVE;
}

static void with_sata(Guest *guest)
{
    with_disk(guest, "sata", "hda", "qdisk", DISK_FORMAT_QCOW2);
}

static void with_uefi(Guest *guest)
{
    guest->firmware = FIRMWARE_UEFI;
    set(&guest->loader, "/usr/share/ovmf/OVMF.fd");
    with_disk(guest, "xen", "xvda", "qdisk", DISK_FORMAT_QCOW2);
}

static void with_windows(Guest *guest)
{
    with_disk(guest, "ide", "hda", "qdisk", DISK_FORMAT_QCOW2);
    guest->hyperv = guest->localtime = guest->hpet = guest->nested = guest->pmu = true;
    set(&guest->video, "vga");
    set(&guest->graphics, "vnc");
}

static const struct {
    const char *golden;
    VmMode mode;
    void (*change)(Guest *guest);
} goldens[] = {
    {"pv-kernel", VM_MODE_PV, nothing},
    {"pv-devices", VM_MODE_PV, with_devices},
    {"pv-pvgrub", VM_MODE_PV, with_pvgrub},
    {"pv-framebuffer", VM_MODE_PV, with_framebuffer},
    {"pv-cpu", VM_MODE_PV, with_cpu_policy},
    {"pvh-kernel", VM_MODE_PVH, nothing},
    {"pvh-devices", VM_MODE_PVH, with_devices},
    {"pvh-pvgrub", VM_MODE_PVH, with_pvgrub},
    {"hvm-bios", VM_MODE_HVM, nothing},
    {"hvm-kernel", VM_MODE_HVM, with_kernel},
    {"hvm-devices", VM_MODE_HVM, with_emulated_devices},
    {"hvm-sata", VM_MODE_HVM, with_sata},
    {"hvm-uefi", VM_MODE_HVM, with_uefi},
    {"hvm-windows", VM_MODE_HVM, with_windows},
    {"hvm-cpu", VM_MODE_HVM, with_cpu_policy},
};

static char *json_of(gsize i)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = guest_of_mode(goldens[i].mode);
    goldens[i].change(guest);
    char *json = xen_config_json(guest, NULL, &error);
    assert_no_error(error);
    assert_non_null(json);
    return json;
}

static void what_libxl_is_given_is_what_the_golden_files_say(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(goldens); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *json = json_of(i);
        g_autofree char *path = g_strdup_printf(XEN_GOLDEN "/%s.json", goldens[i].golden);
        if (g_getenv("UPDATE_GOLDEN"))
            g_file_set_contents(path, json, -1, &error);
        assert_no_error(error);
        g_autofree char *golden = NULL;
        g_file_get_contents(path, &golden, NULL, &error);
        assert_no_error(error);
        if (!g_str_equal(json, golden))
            fail_msg("%s differs; if that is right: UPDATE_GOLDEN=1. Now it is:\n%s", path, json);
    }
}

static void libxl_reads_back_all_that_it_wrote(void **state)
{
    libxl_ctx *ctx = NULL;
    assert_int_equal(libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, NULL), 0);
    for (gsize i = 0; i < G_N_ELEMENTS(goldens); i++) {
        g_autofree char *json = json_of(i);
        g_auto(libxl_domain_config) config;
        libxl_domain_config_init(&config);
        assert_int_equal(libxl_domain_config_from_json(ctx, &config, json), 0);
        char *again = libxl_domain_config_to_json(ctx, &config);
        assert_string_equal(json, again);
        free(again);
    }
    libxl_ctx_free(ctx);
}

static void the_same_guest_gives_the_same_text(void **state)
{
    g_autofree char *once = json_of(1), *again = json_of(1);
    assert_string_equal(once, again);
}

/* Each field that decide() may set, set alone: it changes the text, or the error names it. */
static void no_field_is_dropped_in_silence(void **state)
{
#define TEXT(label, member, value) {label, offsetof(Guest, member), value, 0}
#define FLAG(label, member) {label, offsetof(Guest, member), NULL, sizeof(bool)}
#define COUNT(label, member) {label, offsetof(Guest, member), NULL, sizeof(unsigned)}
    static const struct {
        const char *field;
        gsize offset;
        const char *text;
        gsize size;
    } fields[] = {
        TEXT("name", name, "other"), TEXT("uuid", uuid, "11111111-89ab-4def-8123-456789abcdef"), TEXT("backend", backend, "kvm"),
        TEXT("arch", arch, "aarch64"), COUNT("vcpus", vcpus), COUNT("vcpus", max_vcpus), TEXT("cpu-model", cpu_model, "Nehalem"),
        COUNT("cpu-sockets", cpu_sockets), COUNT("cpu-cores", cpu_cores), COUNT("cpu-threads", cpu_threads),
        TEXT("kernel", kernel, "/k"), TEXT("ramdisk", ramdisk, "/r"), TEXT("cmdline", cmdline, "c"), TEXT("loader", loader, "/l"),
        TEXT("nvram-template", nvram_template, "/n"), TEXT("nvram", nvram, "/n"), FLAG("secure-boot", secure_boot),
        FLAG("boot-menu", boot_menu), TEXT("boot-order", boot_order, "dn"), TEXT("machine", machine, "q35"), FLAG("acpi", acpi),
        FLAG("apic", apic), FLAG("hyperv", hyperv), FLAG("hide-hypervisor", hide_hypervisor), FLAG("pmu", pmu), FLAG("hpet", hpet),
        FLAG("localtime", localtime), FLAG("nested", nested), TEXT("video", video, "qxl"), TEXT("graphics", graphics, "spice"),
        TEXT("console", console, "paper"), COUNT("serial-ports", serial_ports), TEXT("rng", rng, "virtio"),
        TEXT("watchdog", watchdog, "reset"), TEXT("pointer", pointer, "usbtablet"), TEXT("scsi-model", scsi_model, "vmpvscsi"),
        TEXT("sound", sound, "ac97"), TEXT("tpm", tpm, "tpm-tis"), TEXT("tpm-version", tpm_version, "2.0"),
        FLAG("guest-agent", guest_agent), COUNT("on-poweroff", on_poweroff), COUNT("on-reboot", on_reboot), COUNT("on-crash", on_crash),
    };
    for (VmMode mode = VM_MODE_PV; mode <= VM_MODE_HVM; mode++) {
        g_autoptr(Guest) plain = guest_of_mode(mode);
        g_autofree char *before = xen_config_json(plain, NULL, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(Guest) guest = guest_of_mode(mode);
            void *at = (char *)guest + fields[i].offset;
            if (fields[i].text)
                set(at, fields[i].text);
            else if (fields[i].size == sizeof(bool))
                *(bool *)at = !*(bool *)at;
            else
                *(unsigned *)at = 2;
            g_autofree char *after = xen_config_json(guest, NULL, &error);
            if (after ? g_str_equal(before, after) : !strstr(error->message, fields[i].field))
                fail_msg("%s of a %s guest: %s", fields[i].field, vm_mode_name(mode), error ? error->message : "the text is the same");
        }
    }
}

static void refused(void (*change)(Guest *guest), VmMode mode, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = guest_of_mode(mode);
    change(guest);
    g_autofree char *json = xen_config_json(guest, NULL, &error);
    assert_null(json);
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, message);
}

static void rng(Guest *guest) { set(&guest->rng, "virtio"); }
static void unknown_model(Guest *guest) { set(&guest->cpu_model, "Pentium"); }
static void unknown_flag(Guest *guest) { g_strfreev(guest->cpu_flags); guest->cpu_flags = g_strsplit("+warp", ",", -1); }
static void no_vcpus(Guest *guest) { guest->vcpus = guest->max_vcpus = 0; }
static void bad_uuid(Guest *guest) { set(&guest->uuid, "web"); }
static void no_kernel(Guest *guest) { set(&guest->kernel, NULL); }
static void vmdk(Guest *guest) { with_disk(guest, "xen", "xvda", "qdisk", DISK_FORMAT_VMDK); }
static void phy_qcow2(Guest *guest) { with_disk(guest, "xen", "xvda", "phy", DISK_FORMAT_QCOW2); }
static void virtio_disk(Guest *guest) { with_disk(guest, "virtio", "vda", "qdisk", DISK_FORMAT_RAW); }
static void ide_disk(Guest *guest) { with_disk(guest, "ide", "hda", "qdisk", DISK_FORMAT_RAW); }
static void wrong_target(Guest *guest) { with_disk(guest, "xen", "vda", "qdisk", DISK_FORMAT_RAW); }
static void cached_disk(Guest *guest) { set(&with_disk(guest, "xen", "xvda", "qdisk", DISK_FORMAT_RAW)->cache, "none"); }
static void floppy(Guest *guest) { with_disk(guest, "fdc", "fda", "qdisk", DISK_FORMAT_RAW)->device = DEVICE_FLOPPY; }
static void sata_and_scsi(Guest *guest) { with_sata(guest); with_disk(guest, "scsi", "sda", "qdisk", DISK_FORMAT_RAW); }
static void user_network(Guest *guest) { set(&with_nic(guest, NULL)->bridge, NULL); }
static void emulated_nic(Guest *guest) { with_nic(guest, "e1000"); }
static void virtio_nic(Guest *guest) { with_nic(guest, "virtio"); }
static void queues(Guest *guest) { with_nic(guest, "netfront")->queues = 4; }
static void bad_mac(Guest *guest) { set(&with_nic(guest, NULL)->mac, "card"); }
static void firmware_boot(Guest *guest) { guest->boot = BOOT_FIRMWARE; }
static void pvgrub_boot(Guest *guest) { guest->boot = BOOT_PVGRUB; }
static void five_ports(Guest *guest) { guest->serial_ports = 5; }
static void uefi_kernel(Guest *guest) { with_kernel(guest); guest->firmware = FIRMWARE_UEFI; }
static void small_video(Guest *guest) { set(&guest->video, "qxl"); guest->video_ram_mib = 16; }
static void blind_vnc(Guest *guest) { set(&guest->graphics, "vnc"); }

static void a_refusal_names_the_object_the_cause_and_the_remedy(void **state)
{
    static const struct {
        void (*change)(Guest *guest);
        VmMode mode;
        const char *message;
    } cases[] = {
        {rng, VM_MODE_PV, "guest \"web\": rng = virtio: libxl 4.17 offers no virtio devices"},
        {unknown_model, VM_MODE_PV, "guest \"web\": cpu-model = Pentium: no CPUID policy is known for it (use kvm64, qemu64,"},
        {unknown_flag, VM_MODE_PV, "guest \"web\": cpu-flags = warp=1: libxl does not know this CPU feature"},
        {no_vcpus, VM_MODE_PV, "guest \"web\": vcpus = 0: a Xen guest has 1 to 512 vcpus"},
        {bad_uuid, VM_MODE_PV, "guest \"web\": uuid = web: this is no UUID"},
        {no_kernel, VM_MODE_PV, "guest \"web\": boot = kernel: there is no kernel"},
        {vmdk, VM_MODE_PV, "guest \"web\": disk \"xvda\": format = vmdk: Xen opens raw, qcow2 and vhd; convert it with: qemu-img convert"},
        {phy_qcow2, VM_MODE_PV, "disk \"xvda\": driver = phy: only a raw disk is served by the kernel: use qdisk"},
        {virtio_disk, VM_MODE_PV, "disk \"vda\": bus = virtio: libxl offers xen, ide, scsi and sata disks"},
        {ide_disk, VM_MODE_PVH, "disk \"hda\": bus = ide: only an HVM guest has emulated disks: use xen"},
        {wrong_target, VM_MODE_PV, "disk \"vda\": target = vda: the name does not belong to the disk's bus"},
        {cached_disk, VM_MODE_PV, "disk \"xvda\": cache = none: libxl chooses the cache mode itself"},
        {floppy, VM_MODE_HVM, "disk \"fda\": device = floppy: libxl offers no floppy drive"},
        {sata_and_scsi, VM_MODE_HVM, "bus = sata: on Xen all emulated disks of a guest are SATA, or none is"},
        {user_network, VM_MODE_PV, "nic \"nic0\": bridge = none: a Xen guest needs a bridge; make one with: ip link add"},
        {emulated_nic, VM_MODE_PVH, "nic \"nic0\": model = e1000: only an HVM guest has emulated cards: use netfront"},
        {virtio_nic, VM_MODE_HVM, "nic \"nic0\": model = virtio: Xen offers netfront, e1000, rtl8139, ne2k_pci and pcnet"},
        {queues, VM_MODE_PV, "nic \"nic0\": queues = 4: libxl has no word for queues"},
        {bad_mac, VM_MODE_PV, "nic \"nic0\": mac = card: this is no MAC address"},
        {firmware_boot, VM_MODE_PV, "boot = firmware: only an HVM guest has firmware"},
        {pvgrub_boot, VM_MODE_HVM, "boot = pvgrub: an HVM guest boots by its firmware"},
        {five_ports, VM_MODE_HVM, "serial-ports = 5: QEMU has four"},
        {uefi_kernel, VM_MODE_HVM, "firmware = uefi: a kernel given to an HVM guest is started by its BIOS"},
        {small_video, VM_MODE_HVM, "video-ram-mib = 16: libxl wants 128 MiB or more for qxl"},
        {blind_vnc, VM_MODE_PV, "graphics = vnc: there is no video device to show"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        refused(cases[i].change, cases[i].mode, cases[i].message);
}

static void a_cpu_feature_that_the_host_lacks_is_refused_not_dropped(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = guest_of_mode(VM_MODE_PVH);
    g_autoptr(Host) host = host_new();
    host->xen.usable = true;
    g_strfreev(host->cpu_flags);
    host->cpu_flags = g_strsplit("pni sse4_1", " ", -1);
    g_strfreev(guest->cpu_flags);
    guest->cpu_flags = g_strsplit("+sse4.1,+avx512f,-avx2", ",", -1);
    g_autofree char *json = xen_config_json(guest, host, &error);
    assert_null(json);
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "guest \"web\": cpu-flags = +avx512f: this host's CPU does not have it: leave it out");
    g_free(guest->cpu_flags[1]);
    guest->cpu_flags[1] = g_strdup("-avx512f");
    g_autofree char *fine = xen_config_json(guest, host, NULL);
    assert_non_null(fine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_libxl_is_given_is_what_the_golden_files_say),
        cmocka_unit_test(libxl_reads_back_all_that_it_wrote),
        cmocka_unit_test(the_same_guest_gives_the_same_text),
        cmocka_unit_test(no_field_is_dropped_in_silence),
        cmocka_unit_test(a_cpu_feature_that_the_host_lacks_is_refused_not_dropped),
        cmocka_unit_test(a_refusal_names_the_object_the_cause_and_the_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
