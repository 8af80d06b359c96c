/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/guest-file.h"

static void a_guests_file_is_read_as_written(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Request) request = guest_file_parse("[guest]\n"
                                                  "image = debian-12           # name or id in the image store\n"
                                                  "memory = 512M\nmax-memory = 1G\nvcpus = 2\non-crash = restart\nautostart = yes\nstart-order = 10\n"
                                                  "cpu-flags = pcid, -vmx\n"
                                                  "[disk root]\nread-only = no\n[nic lan]\nbridge = xenbr0\n[nic wan]\nnetwork = user\n",
                                                  "/etc/guestctl/guests/web.guest", NULL, &error);
    assert_no_error(error);
    assert_string_equal(request->name, "web");
    assert_string_equal(request->image, "debian-12");
    assert_int_equal(request->memory_kib, 512 * 1024);
    assert_int_equal(request->max_memory_kib, 1024 * 1024);
    assert_int_equal(request->vcpus, 2);
    assert_int_equal(request->autostart, 1);
    assert_int_equal(request->start_order, 10);
    assert_int_equal(request->boot_menu, -1);
    assert_string_equal(request->cpu_flags[1], "-vmx");
    assert_int_equal(request->disks->len, 1);
    assert_int_equal(((RequestDisk *)request->disks->pdata[0])->read_only, 0);
    assert_string_equal(((RequestNic *)request->nics->pdata[0])->bridge, "xenbr0");
    assert_true(((RequestNic *)request->nics->pdata[1])->user);
}

static void every_fault_names_its_line_and_a_remedy(void **state)
{
    static const struct {
        const char *text, *message;
    } faults[] = {
        {"[guest]\nmemroy = 1G\n", "web.guest:2: key \"memroy\" is not known; did you mean \"memory\"?"},
        {"[guest]\n[dsik root]\n", "web.guest:2: group \"dsik\" is not known; did you mean \"disk\"?"},
        {"[guest]\n[xyzzyplugh]\n", "group \"xyzzyplugh\" is not known (use guest, disk, nic, cloud-init, inject)"},
        {"[guest]\nmemory = 512\n", "web.guest:2: memory: size \"512\" is not understood: write a whole number and one of K, M, G, T"},
        {"[guest]\nmemory = 512MB\n", "size \"512MB\" is not understood"},
        {"[guest]\nmemory = 1.5G\n", "size \"1.5G\" is not understood"},
        {"[guest]\nmemory = -1G\n", "size \"-1G\" is not understood"},
        {"[guest]\nmemory = 0G\n", "size \"0G\" is zero"},
        {"[guest]\nmemory = 99999999999T\n", "is too large"},
        {"[guest]\nmemory =\n", "memory: the value is empty"},
        {"[guest]\nvcpus = 0\n", "\"0\" is not a whole number from 1"},
        {"[guest]\nvcpus = two\n", "\"two\" is not a whole number"},
        {"[guest]\nautostart = maybe\n", "autostart: \"maybe\" is neither yes nor no"},
        {"[guest]\ncpu-flags = a,,b\n", "has an empty element"},
        {"[guest]\n[disk]\n", "web.guest:2: write [disk NAME]"},
        {"[guest x]\n", "web.guest:1: write [guest]"},
        {"[guest]\n[nic a]\nnetwork = nat\n", "network \"nat\" is not known (use user"},
        {"[disk root]\npath = /x\n", "it has no [guest] group"},
        {"", "it has no [guest] group"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(guest_file_parse(faults[i].text, "web.guest", NULL, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, faults[i].message);
    }
}

static void names_that_are_unsafe_are_refused(void **state)
{
    static const char *const bad[] = {"", ".", "..", "a/b", "-a", "a b", "a\n", "ä", "0123456789012345678901234567890123456789012345678901234567890123"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(guest_file_parse("[guest]\n", "x.guest", bad[i], &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "cannot be used");
    }
}

static void sizes_print_as_they_are_read(void **state)
{
    static const char *const sizes[] = {"1K", "512M", "1G", "3T", "1025K", "1023M"};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        guint64 kib = 0;
        g_autoptr(GError) error = NULL;
        assert_true(size_parse_kib(sizes[i], &kib, &error));
        g_autofree char *text = size_format_kib(kib);
        assert_string_equal(text, sizes[i]);
    }
}

static void a_file_that_is_no_guests_file_is_refused(void **state)
{
    g_autofree char *folder = make_folder();
    g_autofree char *path = g_build_filename(folder, "disk.guest", NULL);
    g_autoptr(GError) error = NULL, missing = NULL, is_folder = NULL;
    assert_true(g_file_set_contents(path, "[guest]\n\0\0", 10, NULL));
    assert_null(guest_file_load(path, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "holds a NUL byte");
    assert_null(guest_file_load("/nonexistent/x.guest", NULL, &missing));
    assert_error(missing, GUESTCTL_ERROR_NOT_FOUND, "/nonexistent/x.guest: No such file");
    assert_null(guest_file_load(folder, NULL, &is_folder));
    assert_error(is_folder, GUESTCTL_ERROR_INVALID, "is not a regular file");
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guests_file_is_read_as_written),     cmocka_unit_test(every_fault_names_its_line_and_a_remedy),
        cmocka_unit_test(names_that_are_unsafe_are_refused),    cmocka_unit_test(sizes_print_as_they_are_read),
        cmocka_unit_test(a_file_that_is_no_guests_file_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
