/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>

#include "kvm/embed-room.h"

/* A disk that is full, for whoever may mount none. */
static struct {
    int calls, result;
    off_t asked;
} disk;

int posix_fallocate(int fd, off_t offset, off_t length)
{
    disk.calls++;
    disk.asked = offset + length;
    return disk.result;
}

static int in_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    int count = 0;
    while (g_dir_read_name(dir))
        count++;
    return count;
}

static void make_file(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    assert_true(g_file_set_contents(path, "", -1, NULL));
}

static void without_guests_nothing_is_at_stake(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    make_file(folder, "driver.pid");
    make_file(folder, "web.xml.new");
    memset(&disk, 0, sizeof(disk));
    disk.result = ENOSPC;
    assert_true(embed_has_room(folder, &error));
    assert_true(embed_has_room("/nonexistent/qemu", &error));
    assert_no_error(error);
    assert_int_equal(disk.calls, 0);
    remove_folder(folder);
}

static void room_is_asked_for_by_guests_and_given_back(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    memset(&disk, 0, sizeof(disk));
    for (int i = 1; i <= 5; i++) {
        g_autofree char *name = g_strdup_printf("h%d.xml", i);
        make_file(folder, name);
        assert_true(embed_has_room(folder, &error));
        assert_no_error(error);
        assert_int_equal(disk.asked, (i < 5 ? 256 : 320) * 1024);
        assert_int_equal(in_folder(folder), i);
    }
    /* What a killed command has left does not stand in the way. */
    make_file(folder, "guestctl.room");
    assert_true(embed_has_room(folder, &error));
    assert_int_equal(in_folder(folder), 5);
    remove_folder(folder);
}

static void no_room_is_said_with_folder_cause_and_remedy(void **state)
{
    static const struct {
        int result, code;
    } rows[] = {{ENOSPC, GUESTCTL_ERROR_RESOURCES}, {EDQUOT, GUESTCTL_ERROR_RESOURCES}, {EIO, GUESTCTL_ERROR_HYPERVISOR}};
    g_autofree char *folder = make_folder();
    make_file(folder, "h1.xml");
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        memset(&disk, 0, sizeof(disk));
        disk.result = rows[i].result;
        assert_false(embed_has_room(folder, &error));
        assert_error(error, rows[i].code, folder);
        assert_error(error, rows[i].code, g_strerror(rows[i].result));
        assert_error(error, rows[i].code, "libvirt ends each guest that runs");
        assert_error(error, rows[i].code, "make room for 256 KiB");
        assert_int_equal(in_folder(folder), 1);
    }
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_guests_nothing_is_at_stake),
        cmocka_unit_test(room_is_asked_for_by_guests_and_given_back),
        cmocka_unit_test(no_room_is_said_with_folder_cause_and_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
