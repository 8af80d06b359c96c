/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/decide.h"

/* One decision: a guest file, image metadata as key=value lines, a host fixture, a backend. The root disk's facts
 * are given here, so that nothing is read but the fixture. */
typedef struct Case {
    const char *file;    /* the guest file's text; NULL: "[guest]\nmemory = 256M\n[disk root]\npath = /srv/web.img\n" */
    const char *image;   /* metadata; NULL: none */
    const char *backend; /* also names the host fixture */
    DiskFormat format;   /* of every disk */
    bool strict;
    bool no_pvgrub;
} Case;

static Guest *run(const Case *c, GError **error)
{
    const char *fixture = g_str_equal(c->backend, "xen") ? "xen-4.17" : c->backend;
    g_autofree char *path = g_strdup_printf(FIXTURES "/hosts/%s.json", fixture);
    g_autoptr(GError) fault = NULL;
    g_autoptr(Host) host = host_load(path, &fault);
    assert_no_error(fault);
    /* The recorded hosts stand for one machine with another hypervisor each. */
    g_free(host->identity_seed);
    host->identity_seed = g_strdup("00112233445566778899aabbccddeeff");
    if (c->no_pvgrub)
        g_clear_pointer(&host->xen.pvgrub, g_free);
    const char *text = c->file ? c->file : "[guest]\nmemory = 256M\n[disk root]\npath = /srv/web.img\n";
    g_autoptr(Request) request = guest_file_parse(text, "/etc/web.guest", NULL, &fault);
    assert_no_error(fault);
    for (guint i = 0; i < request->disks->len; i++) {
        RequestDisk *disk = request->disks->pdata[i];
        disk->known = true;
        disk->is_image = i == 0;
        disk->direct_io = true;
        disk->info.format = c->format;
        disk->info.virtual_size = 2ULL << 30;
    }
    request->seed.path = g_strdup("/var/lib/guestctl/guests/web/seed.iso");
    g_autoptr(ImageMeta) image = c->image ? image_meta_parse(c->image, strlen(c->image), "web.meta", &fault) : NULL;
    assert_no_error(fault);
    g_autoptr(Policy) policy = policy_new();
    return decide(request, image, host, policy, c->backend, c->strict, error);
}

static Guest *decided_well(const Case *c)
{
    g_autoptr(GError) error = NULL;
    Guest *guest = run(c, &error);
    assert_no_error(error);
    return guest;
}

static const Reason *why(const Guest *guest, const char *field)
{
    const Reason *reason = reason_find(guest->reasons, field);
    if (!reason)
        fail_msg("no reason for %s", field);
    return reason;
}

static const char *value_of(const Guest *guest, const char *field)
{
    return why(guest, field)->value;
}

static const char *const backends[] = {"xen", "kvm", "qemu"};

/* Metadata that reaches every branch that sets a field. */
static const char *const images[] = {
    NULL,
    "vm_mode=xen\nos_type=linux\n",
    "vm_mode=hvm\nhw_firmware_type=uefi\nhw_video_model=vga\nhw_video_ram=16\nos_type=windows\nos_secure_boot=optional\n",
    "vm_mode=pvh\nhw_rng_model=virtio\nhw_watchdog_action=reset\nhw_pointer_model=usbtablet\nhw_serial_port_count=2\n",
    "vm_mode=hvm\nhw_disk_bus=scsi\nhw_scsi_model=virtio-scsi\nhw_vif_model=e1000\nhw_vif_multiqueue_enabled=yes\nhw_boot_menu=yes\n"
    "hw_qemu_guest_agent=yes\nimg_hide_hypervisor_id=true\nhw_machine_type=q35\nhw_tpm_model=tpm-crb\nhw_tpm_version=2.0\n"
    "hw_sound_model=ich9\nos_shutdown_timeout=30\nhw_cpu_cores=2\nhw_pmu=false\nhw_time_hpet=yes\nimg_root_device_name=/dev/vdb\n",
};

static const char *const files[] = {
    NULL,
    "[guest]\nkernel = /boot/vmlinuz\nramdisk = /boot/initrd\nmemory = 256M\nmax-memory = 512M\nvcpus = 4\ncpu-flags = pcid,-vmx\n"
    "on-crash = preserve\n[disk root]\npath = /srv/web.img\n[disk data]\npath = /srv/data.img\nread-only = yes\n"
    "[nic lan]\nbridge = xenbr0\n[nic wan]\nbridge = xenbr0\nmac = 00:16:3E:00:00:01\n",
    "[guest]\ngraphics = vnc\nfirmware = bios\n[disk root]\npath = /srv/a.img\n[disk cd]\npath = /srv/cd.iso\ndevice = cdrom\n",
    "[guest]\n[disk root]\npath = /srv/a.img\n[cloud-init]\nuser = admin\npassword-hash = $6$salt$hash\nhostname = www.example.org\n",
    "[guest]\n[disk root]\npath = /srv/a.img\n[cloud-init]\nseed = config-drive\nuser-data = /srv/user-data\nnetwork-config = /srv/net.json\n",
};

static void check_field(const char *field, const char *value, void *data)
{
    const Reason *reason = why(data, field);
    assert_string_equal(reason->value, value);
    assert_true(reason->because[0] != '\0');
}

static void every_field_of_every_guest_has_a_reason_with_its_value(void **state)
{
    unsigned guests = 0;
    for (gsize b = 0; b < G_N_ELEMENTS(backends); b++)
        for (gsize i = 0; i < G_N_ELEMENTS(images); i++)
            for (gsize f = 0; f < G_N_ELEMENTS(files); f++) {
                g_autoptr(Guest) guest = decided_well(&(Case){.backend = backends[b], .image = images[i], .file = files[f]});
                guest_foreach_field(guest, check_field, guest);
                guests++;
            }
    assert_int_equal(guests, G_N_ELEMENTS(backends) * G_N_ELEMENTS(images) * G_N_ELEMENTS(files));
}

/* One rule of nova's, or of this project where it says so: metadata, backend, and what a field becomes. */
typedef struct Rule {
    const char *rule; /* where it is written: the number in nova-rules, and its source */
    const char *image;
    const char *backend;
    const char *field;
    const char *value;
    Severity severity;
} Rule;

static const Rule rules[] = {
#include "tests/common/decide-rules.inc"
};

static void nova_rules_decide_as_the_table_says(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = run(&(Case){.backend = rules[i].backend, .image = rules[i].image}, &error);
        if (!guest)
            fail_msg("rule %s, %s on %s: %s", rules[i].rule, rules[i].image, rules[i].backend, error->message);
        const Reason *reason = reason_find(guest->reasons, rules[i].field);
        if (!reason || g_strcmp0(reason->value, rules[i].value) != 0 || reason->severity != rules[i].severity)
            fail_msg("rule %s, %s on %s: %s is %s (%s), wanted %s (%s)", rules[i].rule, rules[i].image, rules[i].backend, rules[i].field,
                     reason ? reason->value : "not there", reason ? severity_name(reason->severity) : "-", rules[i].value,
                     severity_name(rules[i].severity));
    }
}

/* What is refused: metadata, backend, exit status, part of the message. */
typedef struct Refusal {
    const char *rule, *image, *backend;
    int code;
    const char *message;
} Refusal;

static const Refusal refusals[] = {
#include "tests/common/decide-refusals.inc"
};

static void what_cannot_be_is_refused_with_both_sides_named(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = run(&(Case){.backend = refusals[i].backend, .image = refusals[i].image}, &error);
        if (guest)
            fail_msg("rule %s, %s on %s was not refused", refusals[i].rule, refusals[i].image, refusals[i].backend);
        assert_error(error, refusals[i].code, refusals[i].message);
        assert_contains(error->message, "guest \"web\": ");
    }
}

static void strict_refuses_every_translation_of_the_table(void **state)
{
    unsigned translations = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].severity == SEVERITY_INFO)
            continue;
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = run(&(Case){.backend = rules[i].backend, .image = rules[i].image, .strict = true}, &error);
        assert_null(guest);
        assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "--strict");
        translations++;
    }
    assert_true(translations > 20);
}

static void a_pv_guest_without_a_kernel_boots_by_pvgrub(void **state)
{
    g_autoptr(Guest) guest = decided_well(&(Case){.backend = "xen", .image = "vm_mode=xen\n"});
    assert_string_equal(value_of(guest, "boot"), "pvgrub");
    assert_string_equal(guest->kernel, "/usr/lib/grub-xen/grub-x86_64-xen.bin");
}

static void a_missing_pvgrub_names_its_package(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(run(&(Case){.backend = "xen", .image = "vm_mode=xen\n", .no_pvgrub = true}, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "apt-get install grub-xen-host");
}

static void formats_open_as_the_documents_say(void **state)
{
    static const struct {
        DiskFormat format;
        bool xen, kvm;
        const char *driver;
    } table[] = {
        {DISK_FORMAT_RAW, true, true, "phy"},     {DISK_FORMAT_QCOW2, true, true, "qdisk"}, {DISK_FORMAT_VHD, true, false, "qdisk"},
        {DISK_FORMAT_QED, false, true, NULL},     {DISK_FORMAT_VMDK, false, true, NULL},    {DISK_FORMAT_VDI, false, false, NULL},
        {DISK_FORMAT_VHDX, false, false, NULL},   {DISK_FORMAT_QCOW, false, false, NULL},   {DISK_FORMAT_PLOOP, false, false, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        for (gsize b = 0; b < G_N_ELEMENTS(backends); b++) {
            bool xen = b == 0, opens = xen ? table[i].xen : table[i].kvm;
            g_autoptr(GError) error = NULL;
            g_autoptr(Guest) guest = run(&(Case){.backend = backends[b], .format = table[i].format}, &error);
            if (!opens) {
                assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "convert it with: qemu-img convert -O qcow2 '/srv/web.img' '/srv/web.img.qcow2'");
                continue;
            }
            assert_no_error(error);
            assert_string_equal(value_of(guest, "disk root.format"), disk_format_name(table[i].format));
            assert_string_equal(value_of(guest, "disk root.driver"), xen ? table[i].driver : "qemu");
        }
}

static void a_declared_format_that_is_not_the_real_one_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(run(&(Case){.backend = "xen", .image = "disk_format=raw\nvm_mode=xen\n", .format = DISK_FORMAT_QCOW2}, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "/srv/web.img is really qcow2, but the image's disk_format says raw");
}

static void all_faults_are_told_at_once(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(run(&(Case){.backend = "xen", .image = "architecture=aarch64\nhypervisor_type=kvm\nvm_mode=hvm\n"}, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "hypervisor_type=kvm, but this machine runs Xen");
    assert_contains(error->message, "architecture=aarch64, but this machine is x86_64");
}

static void the_guest_file_overrides_the_image(void **state)
{
    g_autoptr(Guest) guest = decided_well(&(Case){
        .backend = "xen",
        .image = "vm_mode=xen\nhypervisor_type=kvm\nhw_disk_bus=xen\n",
        .file = "[guest]\nvm-mode = hvm\nhypervisor-type = any\n[disk root]\npath = /srv/web.img\nbus = ide\n",
    });
    assert_int_equal(guest->mode, VM_MODE_HVM);
    assert_string_equal(value_of(guest, "disk root.bus"), "ide");
    assert_string_equal(value_of(guest, "disk root.target"), "hda");
}

static void the_same_guest_has_the_same_identity_on_both_hypervisors(void **state)
{
    g_autoptr(Guest) xen = decided_well(&(Case){.backend = "xen", .file = files[1]});
    g_autoptr(Guest) kvm = decided_well(&(Case){.backend = "kvm", .file = files[1]});
    const GuestNic *a = xen->nics->pdata[0], *b = kvm->nics->pdata[0];
    assert_string_equal(xen->uuid, kvm->uuid);
    assert_string_equal(a->mac, b->mac);
    assert_true(g_str_has_prefix(a->mac, "00:16:3e:"));
}

static void memory_follows_min_ram_unless_said(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = decided_well(&(Case){.backend = "kvm", .image = "min_ram=1024\n", .file = "[guest]\n[disk root]\npath = /x\n"});
    assert_int_equal(guest->memory_kib, 1024 * 1024);
    assert_null(run(&(Case){.backend = "kvm", .image = "min_ram=1024\n"}, &error));
    assert_error(error, GUESTCTL_ERROR_RESOURCES, "memory 256M is too small for the image, whose min_ram is 1024M");
}

static void min_disk_is_held_against_the_disk(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(run(&(Case){.backend = "kvm", .image = "min_disk=3\n"}, &error));
    assert_error(error, GUESTCTL_ERROR_RESOURCES, "holds 2048 MiB, less than the image's min_disk of 3 GiB");
}

static void an_ide_bus_takes_four_disks(void **state)
{
    GString *file = g_string_new("[guest]\n");
    for (int i = 0; i < 5; i++)
        g_string_append_printf(file, "[disk d%d]\npath = /srv/%d\nbus = ide\n", i, i);
    g_autofree char *text = g_string_free(file, FALSE);
    g_autoptr(GError) error = NULL;
    assert_null(run(&(Case){.backend = "kvm", .file = text}, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "disk \"d4\": the bus ide has no room for more than 4 disks");
}

static void nothing_to_boot_is_said(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(run(&(Case){.backend = "xen", .file = "[guest]\nmemory = 64M\n"}, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "there is nothing to boot");
}

/* NAME0=VALUE, NAME1=VALUE, ... */
static char *many_lines(const char *name, const char *value, unsigned count)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(text, "%s%u=%s\n", name, i, value);
    return g_string_free(text, FALSE);
}

static void thousands_of_properties_make_no_thousands_of_reasons(void **state)
{
    g_autofree char *unknown = many_lines("mine", "x", 4000), *traits = many_lines("trait:T", "required", 3000);
    g_autofree char *remarks = many_lines("trait:T", "x", 3000);
    g_autoptr(Guest) plain = decided_well(&(Case){.backend = "kvm"});
    guint usual = plain->reasons->len;

    g_autoptr(Guest) guest = decided_well(&(Case){.backend = "kvm", .image = unknown});
    assert_int_equal(guest->reasons->len, usual + 32 + 1 + 33); /* the reasons, and the remarks on the metadata */
    const Reason *more = why(guest, "unknown image properties");
    assert_string_equal(more->because, "and 3968 more unknown properties, see guestctl image show");
    assert_int_equal(more->severity, SEVERITY_INFO);
    assert_non_null(why(guest, "image mine0"));

    g_autoptr(Guest) wishes = decided_well(&(Case){.backend = "kvm", .image = traits});
    assert_int_equal(wishes->reasons->len, usual + 128 + 1);
    more = why(wishes, "other image properties");
    assert_string_equal(more->because, "and 2872 more properties by which nothing is decided, see guestctl image show");
    assert_int_equal(more->severity, SEVERITY_WARNING);

    g_autoptr(Guest) words = decided_well(&(Case){.backend = "kvm", .image = remarks});
    assert_string_equal(why(words, "other image metadata")->because, "and 2936 more remarks about the image, see guestctl image show");
}

static void deciding_twice_gives_the_same(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(images); i++) {
        g_autoptr(Guest) first = decided_well(&(Case){.backend = "xen", .image = images[i]});
        g_autoptr(Guest) second = decided_well(&(Case){.backend = "xen", .image = images[i]});
        assert_int_equal(first->reasons->len, second->reasons->len);
        for (guint k = 0; k < first->reasons->len; k++) {
            const Reason *a = first->reasons->pdata[k], *b = second->reasons->pdata[k];
            assert_string_equal(a->field, b->field);
            assert_string_equal(a->value, b->value);
            assert_string_equal(a->because, b->because);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_every_guest_has_a_reason_with_its_value),
        cmocka_unit_test(nova_rules_decide_as_the_table_says),
        cmocka_unit_test(what_cannot_be_is_refused_with_both_sides_named),
        cmocka_unit_test(strict_refuses_every_translation_of_the_table),
        cmocka_unit_test(a_pv_guest_without_a_kernel_boots_by_pvgrub),
        cmocka_unit_test(a_missing_pvgrub_names_its_package),
        cmocka_unit_test(formats_open_as_the_documents_say),
        cmocka_unit_test(a_declared_format_that_is_not_the_real_one_is_refused),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(the_guest_file_overrides_the_image),
        cmocka_unit_test(the_same_guest_has_the_same_identity_on_both_hypervisors),
        cmocka_unit_test(memory_follows_min_ram_unless_said),
        cmocka_unit_test(min_disk_is_held_against_the_disk),
        cmocka_unit_test(an_ide_bus_takes_four_disks),
        cmocka_unit_test(nothing_to_boot_is_said),
        cmocka_unit_test(thousands_of_properties_make_no_thousands_of_reasons),
        cmocka_unit_test(deciding_twice_gives_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
