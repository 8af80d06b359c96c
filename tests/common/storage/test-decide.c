/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/decide.h"
#include "common/identity.h"

/* What of a guest's file, its stored image and guestctl.conf becomes which disk. Nothing is read but a host fixture. */
typedef struct Case {
    const char *disk;    /* lines of [disk root] */
    DiskFormat format;   /* of the stored image, which holds 2 GiB */
    const char *backend;
    const char *image;   /* metadata */
    const char *policy;  /* lines of [storage] */
    StorageDisk *there;  /* what its record says */
    bool blank;          /* no image */
    bool given;          /* the disk is a path */
} Case;

static Guest *run(const Case *c, GError **error)
{
    g_autofree char *path = g_strdup_printf(FIXTURES "/hosts/%s.json", g_str_equal(c->backend, "xen") ? "xen-4.17" : c->backend);
    g_autoptr(GError) fault = NULL;
    g_autoptr(Host) host = host_load(path, &fault);
    assert_no_error(fault);
    g_autofree char *text = g_strdup_printf("[guest]\n%s[disk root]\n%s", c->blank ? "" : "image = debian-12\n", c->disk ? c->disk : "");
    g_autoptr(Request) request = guest_file_parse(text, "/etc/web.guest", NULL, &fault);
    assert_no_error(fault);
    request->folder = g_strdup("/g/web");
    RequestDisk *disk = request->disks->pdata[0];
    disk->known = disk->direct_io = true;
    disk->own = !c->given;
    disk->is_image = !c->blank;
    disk->stored = c->blank || c->given ? NULL : g_strdup("/i/debian-12/disk");
    disk->path = c->given ? g_strdup("/srv/web.img") : NULL;
    disk->info.format = c->format;
    disk->info.virtual_size = c->blank ? 0 : 2ULL << 30;
    disk->info.cluster_size = c->format == DISK_FORMAT_QCOW2 ? 65536 : 0;
    disk->there = c->there;
    g_autoptr(ImageMeta) image = c->image ? image_meta_parse(c->image, strlen(c->image), "web.meta", &fault) : NULL;
    g_autofree char *conf = g_strdup_printf("[storage]\n%s", c->policy ? c->policy : "");
    g_autoptr(Policy) policy = policy_parse(conf, "guestctl.conf", &fault);
    assert_no_error(fault);
    if (c->there && !c->there->owner)
        c->there->owner = identity_uuid(host->identity_seed, "web");
    return decide(request, image, host, policy, c->backend, false, error);
}

static void decides_what_the_table_says(void **state)
{
    static const struct {
        Case c;
        const char *field, *value, *because;
        Severity severity;
    } rows[] = {
        {{NULL, DISK_FORMAT_QCOW2, "kvm"}, "storage", "qcow2", "guestctl's default"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm", .policy = "images_type = qcow\n"}, "storage", "qcow2", "guestctl.conf: images_type = qcow"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm", .policy = "use_cow_images = no\n"}, "storage", "flat", "guestctl.conf: use_cow_images = no"},
        {{"storage = raw\n", DISK_FORMAT_QCOW2, "kvm", .policy = "type = qcow2\n"}, "storage", "flat", "the guest file"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm"}, "path", "/g/web/root.qcow2", "where storage qcow2 keeps the disks of guests"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm"}, "base", "/i/debian-12/disk", "never written"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm"}, "size", "2G", "that of the image"},
        {{"size = 8G\n", DISK_FORMAT_QCOW2, "kvm"}, "size", "8G", "the guest file"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm", "min_disk=5\n"}, "size", "5G", "the image's min_disk"},
        {{NULL, DISK_FORMAT_RAW, "xen"}, "driver", "qdisk", "QEMU serves qcow2"},
        {{"storage = flat\n", DISK_FORMAT_QCOW2, "xen"}, "driver", "phy", "the kernel of dom0 serves it"},
        {{"storage = flat\n", DISK_FORMAT_QCOW2, "kvm"}, "format", "raw", "the image is qcow2, and is converted: storage flat makes raw (guestctl's default)"},
        {{"storage = flat\n", DISK_FORMAT_QCOW2, "kvm", .policy = "force-raw = no\n"}, "format", "qcow2", "that of the image, which is copied"},
        {{NULL, DISK_FORMAT_VMDK, "kvm"}, "format", "qcow2", "an overlay on the image, which is vmdk"},
        {{NULL, DISK_FORMAT_QED, "kvm"}, "format", "qcow2", "an overlay on the image, which is qed"},
        {{NULL, DISK_FORMAT_VHD, "xen"}, "format", "qcow2", "an overlay on the image, which is vhd"},
        {{NULL, DISK_FORMAT_VMDK, "xen"}, "format", "qcow2", "the image is vmdk, which Xen does not open: it is converted to qcow2", SEVERITY_TRANSLATION},
        {{NULL, DISK_FORMAT_VHD, "kvm"}, "format", "qcow2", "the image is vhd, which KVM does not open: it is converted to qcow2", SEVERITY_TRANSLATION},
        {{"storage = flat\n", DISK_FORMAT_VDI, "qemu"}, "format", "raw", "the image is vdi, which QEMU does not open", SEVERITY_TRANSLATION},
        {{"size = 4G\n", DISK_FORMAT_RAW, "kvm", .blank = true}, "format", "qcow2", "what storage qcow2 makes"},
        {{"size = 4G\nstorage = flat\nkind = swap\n", DISK_FORMAT_RAW, "kvm", .blank = true}, "path", "/g/web/root.raw", "where storage flat"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm", .policy = "images_type = lvm\nimages_volume_group = vg0\n"}, "block-device", "yes", "a block device"},
        {{NULL, DISK_FORMAT_QCOW2, "xen", .policy = "images_type = lvm\nimages_volume_group = vg0\n"}, "driver", "phy", "the kernel of dom0"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm", .policy = "type = rbd\nrbd-pool = vms\n"}, "path", "vms/web_root", "where storage rbd keeps"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm", .policy = "type = rbd\n"}, "ceph-conf", "/etc/ceph/ceph.conf", "guestctl's default"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm", .policy = "type = rbd\ncache = network=writeback\n"}, "cache", "writeback", "network=writeback"},
        {{NULL, DISK_FORMAT_RAW, "kvm", .policy = "disk_cachemodes = file=unsafe\n"}, "cache", "unsafe", "guestctl.conf: disk_cachemodes = file=unsafe"},
        {{NULL, DISK_FORMAT_RAW, "kvm", .policy = "hw_disk_discard = unmap\n"}, "discard", "yes", "guestctl.conf: hw_disk_discard = unmap"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = run(&rows[i].c, &error);
        assert_no_error(error);
        g_autofree char *field = g_strconcat("disk root.", rows[i].field, NULL);
        const Reason *reason = reason_find(guest->reasons, field);
        if (!reason || !g_str_equal(reason->value, rows[i].value) || !strstr(reason->because, rows[i].because) || reason->severity != rows[i].severity)
            fail_msg("row %zu: %s = %s (%s)", i, field, reason ? reason->value : "-", reason ? reason->because : "-");
        const GuestDisk *disk = guest->disks->pdata[0];
        assert_non_null(disk->create);
    }
}

static void refuses_with_the_object_the_rule_and_the_remedy(void **state)
{
    static const struct {
        Case c;
        int code;
        const char *message;
    } rows[] = {
        {{"size = 1G\n", DISK_FORMAT_QCOW2, "kvm"}, GUESTCTL_ERROR_RESOURCES, "disk \"root\": size 1G is less than the 2G of its image; make it at least so large"},
        {{"size = 4G\n", DISK_FORMAT_QCOW2, "kvm", "min_disk=5\n"}, GUESTCTL_ERROR_RESOURCES, "size 4G is less than the image's min_disk of 5 GiB"},
        {{"storage = qow2\n", DISK_FORMAT_QCOW2, "kvm"}, GUESTCTL_ERROR_INVALID, "disk \"root\": storage \"qow2\" is not known; did you mean \"qcow2\"?"},
        {{"storage = ploop\n", DISK_FORMAT_QCOW2, "kvm"}, GUESTCTL_ERROR_UNSUPPORTED, "storage ploop is Virtuozzo's"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm", .policy = "type = lvm\n"}, GUESTCTL_ERROR_INVALID, "storage lvm needs a volume group"},
        {{NULL, DISK_FORMAT_QCOW2, "xen", .policy = "type = rbd\n"}, GUESTCTL_ERROR_UNSUPPORTED, "QEMU serves Xen guests from files and devices only, not from rbd"},
        {{"kind = swap\n", DISK_FORMAT_QCOW2, "kvm"}, GUESTCTL_ERROR_INVALID, "kind = swap, but this disk is the guest's image; leave kind out"},
        {{"kind = swop\nsize = 1G\n", DISK_FORMAT_RAW, "kvm", .blank = true}, GUESTCTL_ERROR_INVALID, "kind \"swop\" is not known (use blank, ephemeral or swap)"},
        {{"kind = swap\n", DISK_FORMAT_RAW, "kvm", .blank = true}, GUESTCTL_ERROR_INVALID, "how large it shall be is not known; set size"},
        {{NULL, DISK_FORMAT_PLOOP, "kvm"}, GUESTCTL_ERROR_UNSUPPORTED, "/i/debian-12/disk is ploop, which KVM cannot open (it opens raw, qcow2, qed and vmdk)"},
        {{NULL, DISK_FORMAT_QCOW2, "kvm", "disk_format=raw\n"}, GUESTCTL_ERROR_INVALID, "/i/debian-12/disk is really qcow2"},
        {{"size = 4G\n", DISK_FORMAT_QCOW2, "kvm", .given = true}, GUESTCTL_ERROR_INVALID,
         "/srv/web.img is used as it is, and size is for a disk that guestctl makes; import the image"},
        {{"storage = flat\n", DISK_FORMAT_RAW, "kvm", .given = true, .blank = true}, GUESTCTL_ERROR_INVALID, "and storage is for a disk that guestctl makes; leave path out"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(run(&rows[i].c, &error));
        assert_error(error, rows[i].code, rows[i].message);
    }
}

static StorageDisk *there(const char *storage, const char *image, guint64 gib, bool of_another)
{
    StorageDisk *disk = storage_disk_new();
    disk->guest = g_strdup("web");
    disk->name = g_strdup("root");
    disk->storage = g_strdup(storage);
    disk->kind = g_strdup("image");
    disk->path = g_strdup("/g/web/root.qcow2");
    disk->format = DISK_FORMAT_QCOW2;
    disk->size = gib << 30;
    disk->image = g_strdup(image);
    disk->base = g_strdup("/i/old/disk");
    disk->base_format = DISK_FORMAT_RAW;
    disk->overlay = true;
    disk->owner = of_another ? g_strdup("f6b7a0d5-5c1c-8b1f-8d0a-3f1d8a3f6b55") : NULL; /* run() makes it this guest's */
    return disk;
}

static void a_disk_that_was_made_before_is_kept(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = run(&(Case){"size = 4G\n", DISK_FORMAT_QCOW2, "kvm", .policy = "type = flat\n", .there = there("qcow2", "debian-12", 8, false)}, &error);
    assert_no_error(error);
    const GuestDisk *disk = guest->disks->pdata[0];
    assert_null(disk->create);
    assert_string_equal(disk->path, "/g/web/root.qcow2");
    assert_string_equal(disk->base, "/i/old/disk");
    assert_string_equal(disk->storage, "qcow2");
    assert_int_equal(disk->base_format, DISK_FORMAT_RAW);
    assert_string_equal(reason_find(guest->reasons, "disk root.size")->value, "8G");
    assert_contains(reason_find(guest->reasons, "disk root.size")->because, "was enlarged since");
}

static void a_disk_that_does_not_fit_is_not_taken_over(void **state)
{
    static const struct {
        const char *disk, *storage, *image;
        guint64 gib;
        bool of_another;
        const char *message;
    } rows[] = {
        {"size = 4G\n", "qcow2", "debian-12", 2, false, "/g/web/root.qcow2 has 2G, not 4G; enlarge it with: guestctl disk resize web root 4G"},
        {NULL, "qcow2", "debian-11", 2, false, "was made of debian-11, not of debian-12; set it back, or have it made anew after: guestctl disk delete web root"},
        {"storage = flat\n", "qcow2", "debian-12", 2, false, "was made by storage qcow2, not by flat; set it back"},
        {NULL, "qcow2", "debian-12", 2, true, "was made for another guest of this name"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        StorageDisk *made = there(rows[i].storage, rows[i].image, rows[i].gib, rows[i].of_another);
        assert_null(run(&(Case){rows[i].disk, DISK_FORMAT_QCOW2, "kvm", .there = made}, &error));
        assert_error(error, GUESTCTL_ERROR_EXISTS, rows[i].message);
    }
}

static void the_plan_makes_the_disk_before_the_guest(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = run(&(Case){NULL, DISK_FORMAT_QCOW2, "kvm"}, &error);
    assert_no_error(error);
    g_autoptr(Plan) plan = plan_new_for_guest(guest);
    assert_int_equal(plan->steps->len, 1);
    const Step *step = plan->steps->pdata[0];
    assert_int_equal(step->kind, STEP_CREATE_DISK);
    assert_string_equal(step->target, "/g/web/root.disk.json");
    assert_contains(step->native, "qemu-img create -q -f qcow2 -o cluster_size=65536 -b /i/debian-12/disk -F qcow2 /g/web/root.qcow2.new 2147483648");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides_what_the_table_says),
        cmocka_unit_test(refuses_with_the_object_the_rule_and_the_remedy),
        cmocka_unit_test(a_disk_that_was_made_before_is_kept),
        cmocka_unit_test(a_disk_that_does_not_fit_is_not_taken_over),
        cmocka_unit_test(the_plan_makes_the_disk_before_the_guest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
