/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/decide.h"

/* [cloud-init] of a guest file, and what the image says. */
typedef struct Case {
    const char *group;
    const char *image; /* NULL: nothing */
    const char *host;  /* the recorded one; "kvm" when NULL */
    const char *user_data;
    bool strict;
    bool takes_it; /* the image has cloud-init */
} Case;

static Guest *decide_case(const Case *c, GError **error)
{
    g_autoptr(GError) fault = NULL;
    const char *recorded = c->host ? c->host : "kvm";
    g_autofree char *path = g_strdup_printf(FIXTURES "/hosts/%s.json", recorded);
    g_autoptr(Host) host = host_load(path, &fault);
    assert_no_error(fault);
    g_autofree char *text = g_strconcat("[guest]\n[disk root]\npath = /srv/web.img\n", c->group, NULL);
    g_autoptr(Request) request = guest_file_parse(text, "/etc/web.guest", NULL, &fault);
    assert_no_error(fault);
    RequestDisk *root = request->disks->pdata[0];
    root->known = root->is_image = true;
    root->info.file_size = root->info.virtual_size = 1 << 30;
    for (guint i = 1; i < request->disks->len; i++)
        ((RequestDisk *)request->disks->pdata[i])->known = true;
    request->seed.image_takes_it = c->takes_it;
    request->seed.path = g_strdup("/var/lib/guestctl/guests/web/seed.iso");
    if (c->user_data)
        request->seed.user_data_bytes = g_bytes_new_static(c->user_data, strlen(c->user_data));
    g_autoptr(ImageMeta) image = c->image ? image_meta_parse(c->image, strlen(c->image), "web.meta", &fault) : NULL;
    assert_no_error(fault);
    g_autoptr(Policy) policy = policy_new();
    return decide(request, image, host, policy, g_str_has_prefix(recorded, "xen") ? "xen" : recorded, c->strict, error);
}

static Guest *decided(const Case *c)
{
    g_autoptr(GError) error = NULL;
    Guest *guest = decide_case(c, &error);
    assert_no_error(error);
    return guest;
}

static void the_kind_follows_who_asks(void **state)
{
    static const struct {
        Case c;
        const char *seed;
        Severity severity;
        const char *because;
    } rows[] = {
        {{""}, "none", SEVERITY_INFO, "nothing is to be told"},
        {{"", "img_config_drive=optional\n"}, "none", SEVERITY_INFO, "image property img_config_drive=optional"},
        {{"", "img_config_drive=mandatory\n"}, "config-drive", SEVERITY_INFO, "image property img_config_drive=mandatory"},
        {{"", .takes_it = true}, "nocloud", SEVERITY_INFO, "the image has cloud-init"},
        {{"", "img_config_drive=mandatory\n", .takes_it = true}, "config-drive", SEVERITY_INFO, "img_config_drive=mandatory"},
        {{"[cloud-init]\nseed = none\n", .takes_it = true}, "none", SEVERITY_INFO, "the guest file or option seed"},
        {{"[cloud-init]\n"}, "nocloud", SEVERITY_INFO, "has something for cloud-init"},
        {{"[cloud-init]\nhostname = www\n"}, "nocloud", SEVERITY_INFO, "has something for cloud-init"},
        {{"[cloud-init]\nhostname = www\n", "img_config_drive=mandatory\n"}, "config-drive", SEVERITY_INFO, "img_config_drive=mandatory"},
        {{"[cloud-init]\nseed = config-drive\n"}, "config-drive", SEVERITY_INFO, "the guest file or option seed"},
        {{"[cloud-init]\nseed = none\nhostname = www\n"}, "none", SEVERITY_INFO, "the guest file or option seed"},
        {{"[cloud-init]\nseed = none\n", "img_config_drive=mandatory\n"}, "none", SEVERITY_WARNING, "wants none"},
        {{"[cloud-init]\nseed = nocloud\n", "img_config_drive=mandatory\n"}, "nocloud", SEVERITY_TRANSLATION, "wants the other kind"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Guest) guest = decided(&rows[i].c);
        const Reason *reason = reason_find(guest->reasons, "seed");
        assert_non_null(reason);
        assert_string_equal(reason->value, rows[i].seed);
        assert_int_equal(reason->severity, rows[i].severity);
        assert_contains(reason->because, rows[i].because);
        bool has = !g_str_equal(rows[i].seed, "none");
        assert_int_equal(guest->seed_text != NULL, has);
        assert_int_equal(guest->disks->len, has ? 2 : 1);
    }
}

static void the_disk_is_one_that_the_machine_has(void **state)
{
    static const struct {
        const char *host, *image;
        DeviceType device;
        const char *bus, *target;
    } rows[] = {
        {"kvm", NULL, DEVICE_CDROM, "ide", "hda"},
        {"kvm", "hw_disk_bus=ide\n", DEVICE_CDROM, "ide", "hdb"},
        {"kvm", "hw_machine_type=q35\n", DEVICE_CDROM, "sata", "sda"},
        {"kvm", "hw_machine_type=pc-q35-7.2\nhw_disk_bus=sata\n", DEVICE_CDROM, "sata", "sdb"},
        {"kvm", "hw_cdrom_bus=scsi\nhw_machine_type=q35\n", DEVICE_CDROM, "scsi", "sda"},
        {"qemu", NULL, DEVICE_CDROM, "ide", "hda"},
        {"xen-4.17", NULL, DEVICE_DISK, "xen", "xvdb"},
        {"xen-4.17", "vm_mode=pvh\n", DEVICE_DISK, "xen", "xvdb"},
        {"xen-4.17", "vm_mode=hvm\n", DEVICE_CDROM, "ide", "hdb"},
        /* xvda is hda too, for the QEMU of an HVM guest. */
        {"xen-4.17", "vm_mode=hvm\nhw_disk_bus=xen\n", DEVICE_CDROM, "ide", "hdb"},
        {"xen-4.17", "vm_mode=hvm\nhw_disk_bus=scsi\n", DEVICE_CDROM, "ide", "hda"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Guest) guest = decided(&(Case){"[cloud-init]\n", rows[i].image, rows[i].host, NULL, false});
        const GuestDisk *disk = guest->disks->pdata[1];
        assert_string_equal(disk->name, "seed");
        assert_string_equal(disk->path, "/var/lib/guestctl/guests/web/seed.iso");
        assert_int_equal(disk->device, rows[i].device);
        assert_string_equal(disk->bus, rows[i].bus);
        assert_string_equal(disk->target, rows[i].target);
        assert_true(disk->read_only);
        assert_int_equal(disk->format, DISK_FORMAT_RAW);
        for (guint r = 0; r < guest->reasons->len; r++) {
            const Reason *reason = guest->reasons->pdata[r];
            if (g_str_has_prefix(reason->field, "disk seed.") && g_str_equal(reason->because, "the guest file"))
                fail_msg("%s: nobody said that in a guest file", reason->field);
        }
    }
}

static void the_instance_is_the_guests_uuid_unless_it_is_said(void **state)
{
    g_autoptr(Guest) guest = decided(&(Case){.group = "[cloud-init]\n"});
    assert_string_equal(guest->seed_instance_id, guest->uuid);
    g_autoptr(Guest) changed = decided(&(Case){.group = "[cloud-init]\nhostname = other\n"});
    assert_string_equal(changed->seed_instance_id, guest->uuid);
    g_autoptr(Guest) said = decided(&(Case){.group = "[cloud-init]\ninstance-id = again-1\n"});
    assert_string_equal(said->seed_instance_id, "again-1");
    assert_contains(said->seed_text, "instance-id: \"again-1\"");
}

static void a_password_without_a_user_is_the_default_users_and_says_what_cloud_init_says(void **state)
{
    g_autoptr(Guest) alone = decided(&(Case){.group = "[cloud-init]\npassword-hash = $6$salt$hash\n"});
    assert_contains(alone->seed_text, "user:\n  lock_passwd: false\n  hashed_passwd: \"$6$salt$hash\"\n");
    assert_contains(reason_find(alone->reasons, "seed.password")->because, "set user to be rid of that");
    g_autoptr(Guest) named = decided(&(Case){.group = "[cloud-init]\nuser = admin\npassword-hash = $6$salt$hash\n"});
    assert_contains(named->seed_text, "user:\n  name: \"admin\"\n  lock_passwd: false\n");
    assert_string_equal(reason_find(named->reasons, "seed.password")->because, "the guest file's password-hash");
}

static void user_data_that_cloud_init_ignores_is_a_warning(void **state)
{
    g_autoptr(Guest) known = decided(&(Case){.group = "[cloud-init]\nuser-data = /srv/u\n", .user_data = "#!/bin/sh\n"});
    assert_int_equal(reason_find(known->reasons, "seed.user-data")->severity, SEVERITY_INFO);
    assert_string_equal(reason_find(known->reasons, "seed.user-data")->value, "/srv/u");
    g_autoptr(Guest) odd = decided(&(Case){.group = "[cloud-init]\nuser-data = /srv/u\n", .user_data = "users:\n"});
    assert_int_equal(reason_find(odd->reasons, "seed.user-data")->severity, SEVERITY_WARNING);
    assert_contains(odd->seed_text, "--- user-data 7\nusers:\n");
}

static void what_cannot_be_is_refused_with_a_remedy(void **state)
{
    static const struct {
        Case c;
        int code;
        const char *message;
    } rows[] = {
        {{"[cloud-init]\nseed = ec2\n"}, GUESTCTL_ERROR_INVALID, "seed \"ec2\" is not known (use nocloud, config-drive or none)"},
        {{"[cloud-init]\nhostname = a_b\n"}, GUESTCTL_ERROR_INVALID, "hostname: \"a_b\" is no host name; use letters"},
        {{"[cloud-init]\nuser = A\n"}, GUESTCTL_ERROR_INVALID, "user: \"A\" is no user's name; use small letters"},
        {{"[cloud-init]\npassword-hash = secret\n"}, GUESTCTL_ERROR_INVALID, "password-hash: that is no password hash"},
        {{"[cloud-init]\ninstance-id = a/b\n"}, GUESTCTL_ERROR_INVALID, "instance-id \"a/b\" is not of 1 to 64"},
        {{"[cloud-init]\nuser = a\nuser-data = /srv/u\n", .user_data = "#!"}, GUESTCTL_ERROR_INVALID, "so user has no place in it; write it into /srv/u"},
        {{"[disk seed]\npath = /srv/b\n[cloud-init]\n"}, GUESTCTL_ERROR_INVALID, "disk \"seed\": that is the name of cloud-init's disk"},
        {{"[cloud-init]\nseed = none\n", "img_config_drive=mandatory\n", .strict = true}, GUESTCTL_ERROR_UNSUPPORTED, "refused because of --strict"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = decide_case(&rows[i].c, &error);
        assert_null(guest);
        assert_error(error, rows[i].code, rows[i].message);
    }
}

static void a_config_drive_takes_only_json_for_the_network(void **state)
{
    static const struct {
        const char *kind, *text;
        bool good;
    } rows[] = {{"nocloud", "version: 2\n", true}, {"config-drive", "version: 2\n", false}, {"config-drive", "{\"links\": []}", true}, {"config-drive", "[]", false}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Host) host = host_load(FIXTURES "/hosts/kvm.json", &error);
        assert_no_error(error);
        g_autofree char *text = g_strdup_printf("[guest]\n[disk root]\npath = /a\n[cloud-init]\nseed = %s\nnetwork-config = /n\n", rows[i].kind);
        g_autoptr(Request) request = guest_file_parse(text, "/etc/web.guest", NULL, &error);
        assert_no_error(error);
        ((RequestDisk *)request->disks->pdata[0])->known = true;
        request->seed.path = g_strdup("/seed.iso");
        request->seed.network_config_bytes = g_bytes_new_static(rows[i].text, strlen(rows[i].text));
        g_autoptr(Policy) policy = policy_new();
        g_autoptr(Guest) guest = decide(request, NULL, host, policy, "kvm", false, &error);
        assert_int_equal(guest != NULL, rows[i].good);
        if (!rows[i].good)
            assert_error(error, GUESTCTL_ERROR_INVALID, "network-config: /n is not JSON");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_follows_who_asks),
        cmocka_unit_test(the_disk_is_one_that_the_machine_has),
        cmocka_unit_test(the_instance_is_the_guests_uuid_unless_it_is_said),
        cmocka_unit_test(a_password_without_a_user_is_the_default_users_and_says_what_cloud_init_says),
        cmocka_unit_test(user_data_that_cloud_init_ignores_is_a_warning),
        cmocka_unit_test(what_cannot_be_is_refused_with_a_remedy),
        cmocka_unit_test(a_config_drive_takes_only_json_for_the_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
