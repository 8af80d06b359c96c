/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <sys/stat.h>

#include "common/seed/seed.h"

/* Reading back is by ECMA-119 itself, not by the library that wrote it: volume descriptors from sector 16 on, directory records
 * with extent at 2, size at 10, flags at 25, name at 33. */
#define SECTOR 2048

typedef struct Volume {
    const guint8 *data;
    gsize size;
    const guint8 *primary, *joliet;
} Volume;

static guint32 le32(const guint8 *at)
{
    return at[0] | (guint32)at[1] << 8 | (guint32)at[2] << 16 | (guint32)at[3] << 24;
}

static Volume open_volume(GBytes *bytes)
{
    Volume volume = {0};
    volume.data = g_bytes_get_data(bytes, &volume.size);
    assert_true(volume.size > 18 * SECTOR && volume.size < 1024 * 1024);
    for (gsize i = 16; volume.data[i * SECTOR] != 255; i++) {
        const guint8 *sector = volume.data + i * SECTOR;
        assert_memory_equal(sector + 1, "CD001", 5);
        if (sector[0] == 1)
            volume.primary = sector;
        if (sector[0] == 2)
            volume.joliet = sector;
    }
    assert_non_null(volume.primary);
    assert_non_null(volume.joliet);
    return volume;
}

/* Joliet's names are UCS-2, big end first. */
static bool has_name(const guint8 *record, const char *name)
{
    gsize length = strlen(name);
    if (record[32] != 2 * length)
        return false;
    for (gsize i = 0; i < length; i++)
        if (record[33 + 2 * i] != 0 || record[34 + 2 * i] != (guint8)name[i])
            return false;
    return true;
}

static const guint8 *find(const Volume *volume, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    const guint8 *record = volume->joliet + 156;
    for (char **part = parts; *part; part++) {
        const guint8 *at = volume->data + (gsize)le32(record + 2) * SECTOR, *end = at + le32(record + 10);
        assert_true(record[25] & 2);
        for (record = NULL; at < end && at[0] && !record; at += at[0])
            record = has_name(at, *part) ? at : NULL;
        if (!record)
            return NULL;
    }
    return record;
}

static void check_file(const Volume *volume, const char *path, const char *text)
{
    const guint8 *record = find(volume, path);
    if (!record)
        fail_msg("the volume has no %s", path);
    assert_int_equal(le32(record + 10), strlen(text));
    assert_memory_equal(volume->data + (gsize)le32(record + 2) * SECTOR, text, strlen(text));
}

static GBytes *iso_of(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Seed) seed = seed_parse(text, &error);
    assert_no_error(error);
    GBytes *bytes = seed_iso(seed, &error);
    assert_no_error(error);
    return bytes;
}

static void a_nocloud_seed_has_its_label_and_files(void **state)
{
    g_autoptr(GBytes) bytes = iso_of("cloud-init nocloud\n--- meta-data 4\na: b\n--- user-data 0\n--- network-config 3\nc:\n");
    Volume volume = open_volume(bytes);
    assert_memory_equal(volume.primary + 40, "cidata                          ", 32);
    check_file(&volume, "meta-data", "a: b");
    check_file(&volume, "user-data", "");
    check_file(&volume, "network-config", "c:\n");
}

static void a_config_drive_has_its_label_and_folders(void **state)
{
    g_autoptr(GBytes) bytes =
        iso_of("cloud-init config-drive\n--- openstack/latest/meta_data.json 3\n{}\n--- openstack/latest/user_data 2\n#!\n");
    Volume volume = open_volume(bytes);
    assert_memory_equal(volume.primary + 40, "config-2                        ", 32);
    assert_memory_equal(volume.joliet + 40, "\0c\0o\0n\0f\0i\0g\0-\0002", 16);
    check_file(&volume, "openstack/latest/meta_data.json", "{}\n");
    check_file(&volume, "openstack/latest/user_data", "#!");
    assert_null(find(&volume, "openstack/latest/network_data.json"));
}

/* The time of the day is nowhere in it. */
static void the_same_files_give_the_same_bytes(void **state)
{
    static const char text[] = "cloud-init nocloud\n--- meta-data 4\na: b\n--- user-data 0\n";
    g_autoptr(GBytes) one = iso_of(text), two = iso_of(text);
    assert_true(g_bytes_equal(one, two));
    Volume volume = open_volume(one);
    assert_memory_equal(volume.primary + 813, "1980010100000000", 16);
    assert_memory_equal(volume.primary + 156 + 18, "\x50\x01\x01\0\0\0\0", 7); /* the root folder's: 1900 + 0x50 */
    assert_memory_equal(find(&volume, "meta-data") + 18, "\x50\x01\x01\0\0\0\0", 7);
}

static void it_is_written_for_its_owner_alone_and_replaced(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    g_autofree char *path = g_build_filename(folder, "web", "seed.iso", NULL);
    for (int i = 0; i < 2; i++) {
        seed_write("cloud-init nocloud\n--- meta-data 4\na: b\n--- user-data 0\n", path, &error);
        assert_no_error(error);
        struct stat made;
        assert_int_equal(stat(path, &made), 0);
        assert_int_equal(made.st_mode & 07777, 0600);
        assert_true(made.st_size > 18 * SECTOR);
    }
    assert_false(seed_write("nonsense", path, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "the cloud-init seed cannot be made: the text of the cloud-init seed is damaged");
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nocloud_seed_has_its_label_and_files),
        cmocka_unit_test(a_config_drive_has_its_label_and_folders),
        cmocka_unit_test(the_same_files_give_the_same_bytes),
        cmocka_unit_test(it_is_written_for_its_owner_alone_and_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
