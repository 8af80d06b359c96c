/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <sys/stat.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_as_a_whole),
        cmocka_unit_test(a_file_that_is_too_large_or_no_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
