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
    bool copied; /* an overlay is not possible */
    const char *made; /* the words that make it, without those that are always the last */
} Case;

#define NEW "/g/web/root"
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
    {"flat", "swap", .made = "truncate -s 4194304 " NEW ".raw.new\nmkswap " NEW ".raw.new\n"},
    {"flat", "ephemeral", .made = "truncate -s 4194304 " NEW ".raw.new\nmke2fs -q -F -t ext4 -L ephemeral1 " NEW ".raw.new\n"},
};

static StorageDisk *disk_of(const Case *c)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(StoragePolicy) policy = storage_policy_new();
    policy->force_raw = !c->keep_format;
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
        g_autofree char *wanted = g_strdup_printf("%schmod 600 %s.new\nsync %s.new\nmv -T %s.new %s\nsync /g/web\n", cases[i].made, disk->path,
                                                  disk->path, disk->path, disk->path);
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
        g_autofree char *text = storage_disk_to_json(disk, words);
        g_autoptr(StorageDisk) again = storage_disk_parse(text, strlen(text), "root.disk.json", &read, &error);
        assert_no_error(error);
        g_autofree char *text_again = storage_disk_to_json(again, read);
        assert_string_equal(text_again, text);
    }
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
        assert_null(storage_disk_parse(faults[i].text, strlen(faults[i].text), "root.disk.json", NULL, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, faults[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_driver_says_what_it_will_run),
        cmocka_unit_test(a_flat_disk_never_has_a_base),
        cmocka_unit_test(the_document_says_all_that_the_record_keeps),
        cmocka_unit_test(a_document_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
