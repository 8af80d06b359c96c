/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/storage/storage.h"

/* The pure part of each driver: what will be run, word for word. */
typedef struct Case {
    const char *storage, *kind;
    const char *base; /* NULL: none */
    DiskFormat base_format;
    bool keep_format; /* force-raw = no */
    bool preallocate;
    bool thin;
    bool copied; /* an overlay is not possible */
    const char *made; /* the words that make it, without those that are always the last */
} Case;

#define NEW "/g/web/root"
#define UUID ".8bf2e9c0-12ee-8cf6-9f58-0be39ba9b486"
#define RBD "rbd --conf /etc/ceph/c:1.conf --id nova "
#define RBD_END RBD "image-meta set vms/web_root" UUID " guestctl 8bf2e9c0-12ee-8cf6-9f58-0be39ba9b486\n" RBD "mv vms/web_root" UUID " vms/web_root\n"
static const Case cases[] = {
    {"qcow2", "image", "/i/a/disk", DISK_FORMAT_QCOW2,
     .made = "qemu-img create -q -f qcow2 -o cluster_size=65536 -b /i/a/disk -F qcow2 " NEW ".qcow2.new 4194304\n"},
    {"qcow2", "image", "/i/a/disk", DISK_FORMAT_RAW, .made = "qemu-img create -q -f qcow2 -b /i/a/disk -F raw " NEW ".qcow2.new 4194304\n"},
    {"qcow2", "image", "/i/a b/disk", DISK_FORMAT_VHD,
     .made = "qemu-img create -q -f qcow2 -b '/i/a b/disk' -F vpc " NEW ".qcow2.new 4194304\n"},
    {"qcow2", "image", "/i/a/disk", DISK_FORMAT_VMDK, .copied = true,
     .made = "qemu-img convert -f vmdk -O qcow2 /i/a/disk " NEW ".qcow2.new\nqemu-img resize -q -f qcow2 " NEW ".qcow2.new 4194304\n"},
    {"qcow2", "blank", .made = "qemu-img create -q -f qcow2 " NEW ".qcow2.new 4194304\n"},
    {"qcow2", "blank", .preallocate = true, .made = "qemu-img create -q -f qcow2 -o preallocation=falloc " NEW ".qcow2.new 4194304\n"},
    {"qcow2", "ephemeral",
     .made = "truncate -s 4194304 " NEW ".qcow2.new.raw\nmke2fs -q -F -t ext4 -L ephemeral1 " NEW ".qcow2.new.raw\n"
             "qemu-img convert -f raw -O qcow2 " NEW ".qcow2.new.raw " NEW ".qcow2.new\nrm " NEW ".qcow2.new.raw\n"},
    {"flat", "image", "/i/a/disk", DISK_FORMAT_QCOW2,
     .made = "qemu-img convert -f qcow2 -O raw /i/a/disk " NEW ".raw.new\ntruncate -s 4194304 " NEW ".raw.new\n"},
    {"flat", "image", "/i/a/disk", DISK_FORMAT_QCOW2, .keep_format = true,
     .made = "cp --reflink=auto --sparse=always --no-preserve=mode /i/a/disk " NEW ".qcow2.new\nqemu-img resize -q -f qcow2 " NEW ".qcow2.new 4194304\n"},
    {"flat", "image", "/i/a/disk", DISK_FORMAT_VMDK, .keep_format = true,
     .made = "qemu-img convert -f vmdk -O raw /i/a/disk " NEW ".raw.new\ntruncate -s 4194304 " NEW ".raw.new\n"},
    {"flat", "image", "/i/a/disk", DISK_FORMAT_RAW, .preallocate = true,
     .made = "cp --reflink=auto --sparse=always --no-preserve=mode /i/a/disk " NEW ".raw.new\ntruncate -s 4194304 " NEW ".raw.new\n"
             "fallocate -l 4194304 " NEW ".raw.new\n"},
    {"lvm", "image", "/i/a/disk", DISK_FORMAT_QCOW2,
     .made = "lvcreate -q --yes -n web_root -L 4194304b --addtag guestctl:8bf2e9c0-12ee-8cf6-9f58-0be39ba9b486 vg0\n"
             "qemu-img convert -n -f qcow2 -O raw /i/a/disk /dev/vg0/web_root\nsync /dev/vg0/web_root\n"},
    {"lvm", "swap", .thin = true,
     .made = "lvcreate -q --yes -n web_root -V 4194304b --thinpool thin --addtag guestctl:8bf2e9c0-12ee-8cf6-9f58-0be39ba9b486 vg0\n"
             "mkswap /dev/vg0/web_root\nsync /dev/vg0/web_root\n"},
    {"rbd", "image", "/i/a/disk", DISK_FORMAT_QCOW2,
     .made = RBD "clone vms/guestctl-a@base vms/web_root" UUID "\n" RBD "resize --no-progress --size 4194304B vms/web_root" UUID "\n" RBD_END},
    {"rbd", "blank", .made = RBD "create --size 4194304B vms/web_root" UUID "\n" RBD_END},
    {"rbd", "ephemeral",
     .made = "truncate -s 4194304 " NEW ".raw.new\nmke2fs -q -F -t ext4 -L ephemeral1 " NEW ".raw.new\n"
             "qemu-img convert -f raw -O raw " NEW ".raw.new 'rbd:vms/web_root" UUID ":conf=/etc/ceph/c\\:1.conf:id=nova'\nrm " NEW ".raw.new\n" RBD_END},
    {"flat", "swap", .made = "truncate -s 4194304 " NEW ".raw.new\nmkswap " NEW ".raw.new\n"},
    {"flat", "ephemeral", .made = "truncate -s 4194304 " NEW ".raw.new\nmke2fs -q -F -t ext4 -L ephemeral1 " NEW ".raw.new\n"},
};

static StorageDisk *disk_of(const Case *c)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(StoragePolicy) policy = storage_policy_new();
    policy->force_raw = !c->keep_format;
    policy->volume_group = g_strdup("vg0");
    policy->sparse = c->thin;
    policy->thin_pool = g_strdup("thin");
    policy->rbd_pool = g_strdup("vms");
    policy->ceph_conf = g_strdup("/etc/ceph/c:1.conf");
    policy->rbd_user = g_strdup("nova");
    policy->rbd_secret = g_strdup("11111111-2222-3333-4444-555555555555");
    StorageDisk *disk = storage_disk_new();
    disk->guest = g_strdup("web");
    disk->name = g_strdup("root");
    disk->owner = g_strdup("8bf2e9c0-12ee-8cf6-9f58-0be39ba9b486");
    disk->storage = g_strdup(c->storage);
    disk->kind = g_strdup(c->kind);
    disk->image = c->base ? g_strdup("debian-12") : NULL;
    disk->base = g_strdup(c->base);
    disk->base_format = c->base_format;
    disk->size = 4 << 20;
    disk->cluster = c->base_format == DISK_FORMAT_QCOW2 ? 65536 : 0;
    disk->preallocate = c->preallocate;
    disk->label = g_strdup("ephemeral1");
    assert_true(storage_driver(c->storage)->place(disk, policy, "/g/web", &error));
    disk->overlay = disk->overlay && !c->copied;
    return disk;
}

static char *lines(const GPtrArray *words)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s\n", (char *)words->pdata[i]);
    return g_string_free(text, FALSE);
}

static void each_driver_says_what_it_will_run(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(StorageDisk) disk = disk_of(&cases[i]);
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        storage_driver(cases[i].storage)->make(disk, words);
        g_autofree char *made = lines(words);
        bool is_file = g_str_has_prefix(disk->path, "/g/");
        g_autofree char *last = g_strdup_printf("chmod 600 %s.new\nsync %s.new\nmv -T %s.new %s\nsync /g/web\n", disk->path, disk->path, disk->path,
                                                disk->path);
        g_autofree char *wanted = g_strconcat(cases[i].made, is_file ? last : "", NULL);
        assert_string_equal(made, wanted);
    }
}

static void a_flat_disk_never_has_a_base(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(StorageDisk) disk = disk_of(&cases[i]);
        assert_int_equal(disk->overlay, g_str_equal(cases[i].storage, "qcow2") && cases[i].base && !cases[i].copied);
    }
}

static void the_document_says_all_that_the_record_keeps(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free), read = NULL;
        g_autoptr(StorageDisk) disk = disk_of(&cases[i]);
        storage_driver(cases[i].storage)->make(disk, words);
        g_autofree char *text = storage_disk_to_json(disk, words, NULL);
        g_autoptr(StorageDisk) again = storage_disk_parse(text, strlen(text), "root.disk.json", &read, NULL, &error);
        assert_no_error(error);
        g_autofree char *text_again = storage_disk_to_json(again, read, NULL);
        assert_string_equal(text_again, text);
    }
}

static void deleting_says_what_becomes_of_the_content(void **state)
{
    static const struct {
        const char *storage, *clear;
        guint64 clear_size;
        bool thin;
        const char *words;
    } rows[] = {
        {"flat", NULL, 0, false, "rm -f /g/web/root.raw\n"},
        {"lvm", NULL, 0, false, "shred -n0 -z /dev/vg0/web_root\nlvremove -q -f vg0/web_root\n"},
        {"lvm", "shred", 1 << 20, false, "shred -n3 -z -s1048576 /dev/vg0/web_root\nlvremove -q -f vg0/web_root\n"},
        {"lvm", "shred", 1 << 30, false, "shred -n3 -z -s4194304 /dev/vg0/web_root\nlvremove -q -f vg0/web_root\n"},
        {"lvm", "none", 0, false, "lvremove -q -f vg0/web_root\n"},
        {"lvm", "zero", 0, true, "lvremove -q -f vg0/web_root\n"},
        {"rbd", NULL, 0, false, RBD "snap purge --no-progress vms/web_root\n" RBD "rm --no-progress vms/web_root\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(StoragePolicy) policy = storage_policy_new();
        policy->clear = g_strdup(rows[i].clear);
        policy->clear_size = rows[i].clear_size;
        g_autoptr(StorageDisk) disk = disk_of(&(Case){rows[i].storage, "blank", .thin = rows[i].thin});
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        storage_driver(rows[i].storage)->remove(disk, policy, words);
        g_autofree char *text = lines(words);
        assert_string_equal(text, rows[i].words);
    }
}

static void snapshots_are_kept_in_the_record_and_made_by_the_storage(void **state)
{
    static const struct {
        const char *storage;
        const char *make, *revert, *forget; /* NULL: it has none */
        bool consumed;
    } rows[] = {
        {"qcow2", "qemu-img snapshot -q -c one " NEW ".qcow2", "qemu-img snapshot -q -a one " NEW ".qcow2", "qemu-img snapshot -q -d one " NEW ".qcow2"},
        {"lvm", "lvcreate -q --yes -s -L 4194304b -n web_root.one --addtag guestctl:8bf2e9c0-12ee-8cf6-9f58-0be39ba9b486 vg0/web_root",
         "lvconvert -q --merge vg0/web_root.one", "lvremove -q -f vg0/web_root.one", true},
        {"rbd", RBD "snap create --no-progress vms/web_root@one", RBD "snap rollback --no-progress vms/web_root@one",
         RBD "snap rm --no-progress vms/web_root@one"},
        {"flat"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(StorageDisk) disk = disk_of(&(Case){rows[i].storage, "blank"});
        g_autoptr(Plan) plan = plan_new("files", "web");
        bool made = storage_plan_snapshot(plan, disk, SNAPSHOT_MAKE, "one", "/g/web", &error);
        if (!rows[i].make) {
            assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "disk \"root\": a raw file has no snapshots; disks of storage qcow2, lvm and rbd have");
            continue;
        }
        assert_true(made);
        assert_false(storage_plan_snapshot(plan, disk, SNAPSHOT_MAKE, "one", "/g/web", &error));
        assert_error(error, GUESTCTL_ERROR_EXISTS, "has a snapshot \"one\" already");
        g_clear_error(&error);
        assert_true(storage_plan_snapshot(plan, disk, SNAPSHOT_REVERT, "one", "/g/web", &error));
        assert_int_equal(disk->snapshots[0] == NULL, rows[i].consumed);
        if (rows[i].consumed)
            assert_true(storage_plan_snapshot(plan, disk, SNAPSHOT_MAKE, "one", "/g/web", &error));
        assert_true(storage_plan_snapshot(plan, disk, SNAPSHOT_DELETE, "one", "/g/web", &error));
        assert_false(storage_plan_snapshot(plan, disk, SNAPSHOT_REVERT, "one", "/g/web", &error));
        assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "has no snapshot \"one\"; it has: none");
        g_clear_error(&error);
        assert_false(storage_plan_snapshot(plan, disk, SNAPSHOT_MAKE, "12", "/g/web", &error)); /* an id, to qemu-img */
        assert_error(error, GUESTCTL_ERROR_INVALID, "snapshot name \"12\" cannot be used");
        g_clear_error(&error);
        assert_false(storage_plan_snapshot(plan, disk, SNAPSHOT_MAKE, "-x", "/g/web", &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "snapshot name \"-x\" cannot be used");
        g_autofree char *all = plan_to_text(plan);
        assert_contains(all, rows[i].make);
        assert_contains(all, rows[i].revert);
        assert_contains(all, rows[i].forget);
    }
}

static void what_a_storage_lacks_is_named(void **state)
{
    static const struct {
        const char *storage, *conf, *message;
    } rows[] = {
        {"lvm", "", "storage lvm needs a volume group; name one in guestctl.conf: [storage] volume-group = VG"},
        {"lvm", "sparse", "sparse volumes need a thin pool (nova's own are lost once 64 MiB are written)"},
        {"rbd", "user", "rbd-user needs rbd-secret, the UUID of libvirt's secret"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(StoragePolicy) policy = storage_policy_new();
        g_autoptr(StorageDisk) disk = disk_of(&(Case){"flat", "blank"});
        policy->volume_group = *rows[i].conf ? g_strdup("vg0") : NULL;
        policy->sparse = true;
        policy->rbd_user = g_strdup("nova");
        assert_false(storage_driver(rows[i].storage)->place(disk, policy, "/g/web", &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, rows[i].message);
    }
}

static void ceph_without_its_configuration_is_said(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(StorageDisk) disk = disk_of(&(Case){"rbd", "blank"});
    StorageLook look = {0};
    g_free(disk->conf);
    disk->conf = g_strdup("/nowhere/ceph.conf");
    assert_false(storage_driver("rbd")->look(disk, &look, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "Ceph's configuration /nowhere/ceph.conf cannot be read; install it, or name another one as ceph-conf");
}

static void a_document_that_is_none_is_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } faults[] = {
        {"{", "root.disk.json"},
        {"{\"format\": \"guestctl-disk/1\"}", "root.disk.json: guest is missing"},
        {"{\"format\": \"guestctl-disk/1\", \"guest\": \"a\", \"disk\": \"b\", \"owner\": \"c\", \"storage\": \"tape\", \"kind\": \"blank\", "
         "\"path\": \"/x\", \"disk_format\": \"raw\", \"size\": 1}",
         "storage \"tape\" with path \"/x\" is none that this guestctl has"},
        {"{\"format\": \"guestctl-disk/1\", \"guest\": \"a\", \"disk\": \"b\", \"owner\": \"c\", \"storage\": \"flat\", \"kind\": \"blank\", "
         "\"path\": \"../x\", \"disk_format\": \"raw\", \"size\": 1}",
         "storage \"flat\" with path \"../x\" is none"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(storage_disk_parse(faults[i].text, strlen(faults[i].text), "root.disk.json", NULL, NULL, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, faults[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_driver_says_what_it_will_run),
        cmocka_unit_test(a_flat_disk_never_has_a_base),
        cmocka_unit_test(the_document_says_all_that_the_record_keeps),
        cmocka_unit_test(deleting_says_what_becomes_of_the_content),
        cmocka_unit_test(snapshots_are_kept_in_the_record_and_made_by_the_storage),
        cmocka_unit_test(what_a_storage_lacks_is_named),
        cmocka_unit_test(ceph_without_its_configuration_is_said),
        cmocka_unit_test(a_document_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
