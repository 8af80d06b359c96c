/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/file.h"

static void a_file_is_replaced_as_a_whole(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    g_autofree char *path = g_build_filename(folder, "new/folder/file", NULL);
    assert_true(file_write(path, "one\n", 0640, &error));
    assert_true(file_write(path, "two\n", 0640, &error));
    assert_no_error(error);
    gsize length = 0;
    g_autofree char *text = file_read(path, 100, &length, &error);
    assert_string_equal(text, "two\n");
    assert_int_equal(length, 4);
    struct stat stat_buffer;
    assert_int_equal(stat(path, &stat_buffer), 0);
    assert_int_equal(stat_buffer.st_mode & 07777, 0640);
    g_autofree char *parent = g_path_get_dirname(path);
    g_autoptr(GDir) names = g_dir_open(parent, 0, NULL);
    assert_string_equal(g_dir_read_name(names), "file");
    assert_null(g_dir_read_name(names)); /* no temporary file is left */
    remove_folder(folder);
}

static void a_file_that_is_too_large_or_no_file_is_refused(void **state)
{
    g_autofree char *folder = make_folder();
    g_autofree char *path = g_build_filename(folder, "file", NULL), *fifo = g_build_filename(folder, "fifo", NULL);
    assert_true(g_file_set_contents(path, "12345", -1, NULL));
    assert_int_equal(mkfifo(fifo, 0600), 0);
    g_autoptr(GError) large = NULL, special = NULL, missing = NULL, good = NULL;
    assert_null(file_read(path, 4, NULL, &large));
    assert_error(large, GUESTCTL_ERROR_INVALID, "is larger than 4 bytes");
    g_autofree char *fits = file_read(path, 5, NULL, &good);
    assert_string_equal(fits, "12345");
    assert_null(file_read(fifo, 4, NULL, &special));
    assert_error(special, GUESTCTL_ERROR_INVALID, "is not a regular file");
    assert_null(file_read("/nonexistent", 4, NULL, &missing));
    assert_error(missing, GUESTCTL_ERROR_NOT_FOUND, "/nonexistent: No such file");
    remove_folder(folder);
}

static void what_is_no_regular_file_is_not_replaced(void **state)
{
    g_autofree char *folder = make_folder();
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL), *to_fifo = g_build_filename(folder, "to-fifo", NULL);
    g_autofree char *nowhere = g_build_filename(folder, "nowhere", NULL);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink("fifo", to_fifo), 0);
    assert_int_equal(symlink("missing", nowhere), 0);
    g_autoptr(GError) direct = NULL, linked = NULL, dangling = NULL, in_folder = NULL;
    assert_false(file_write(fifo, "x", 0644, &direct));
    assert_error(direct, GUESTCTL_ERROR_INVALID, "it is a FIFO");
    assert_false(file_write(to_fifo, "x", 0644, &linked));
    assert_error(linked, GUESTCTL_ERROR_INVALID, "it is a FIFO");
    assert_false(file_write(nowhere, "x", 0644, &dangling));
    assert_error(dangling, GUESTCTL_ERROR_NOT_FOUND, "leads nowhere");
    assert_false(file_write(folder, "x", 0644, &in_folder));
    assert_error(in_folder, GUESTCTL_ERROR_INVALID, "it is a folder");
    struct stat stat;
    assert_int_equal(lstat(fifo, &stat), 0);
    assert_true(S_ISFIFO(stat.st_mode));
    remove_folder(folder);
}

static void a_symbolic_link_stays_and_its_file_is_replaced(void **state)
{
    g_autofree char *folder = make_folder();
    g_autofree char *file = g_build_filename(folder, "file", NULL), *link = g_build_filename(folder, "link", NULL);
    g_autoptr(GError) error = NULL;
    assert_true(g_file_set_contents(file, "old", -1, NULL));
    assert_int_equal(symlink("file", link), 0);
    assert_true(file_write(link, "new", 0644, &error));
    assert_true(g_file_test(link, G_FILE_TEST_IS_SYMLINK));
    g_autofree char *text = file_read(file, 100, NULL, &error);
    assert_string_equal(text, "new");
    remove_folder(folder);
}

static void a_replaced_file_keeps_owner_group_and_attributes(void **state)
{
    g_autofree char *folder = make_folder();
    g_autofree char *file = g_build_filename(folder, "file", NULL);
    g_autoptr(GError) error = NULL;
    struct stat stat_buffer;
    char value[8] = "";
    assert_true(g_file_set_contents(file, "old", -1, NULL));
    uid_t uid = geteuid() == 0 ? 12 : geteuid();
    gid_t gid = geteuid() == 0 ? 34 : getegid();
    assert_int_equal(chown(file, uid, gid), 0);
    bool attributes = setxattr(file, "user.mine", "kept", 4, 0) == 0; /* not every file system has them */
    assert_true(file_write(file, "new", 0640, &error));
    assert_no_error(error);
    assert_int_equal(stat(file, &stat_buffer), 0);
    assert_int_equal(stat_buffer.st_uid, uid);
    assert_int_equal(stat_buffer.st_gid, gid);
    assert_int_equal(stat_buffer.st_mode & 07777, 0640);
    if (attributes) {
        assert_int_equal(getxattr(file, "user.mine", value, sizeof value), 4);
        assert_memory_equal(value, "kept", 4);
    }
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_regular_file_is_not_replaced),
        cmocka_unit_test(a_symbolic_link_stays_and_its_file_is_replaced),
        cmocka_unit_test(a_replaced_file_keeps_owner_group_and_attributes),
        cmocka_unit_test(a_file_is_replaced_as_a_whole),
        cmocka_unit_test(a_file_that_is_too_large_or_no_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
