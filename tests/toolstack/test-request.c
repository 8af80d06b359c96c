/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "toolstack/request.h"

typedef struct Setup {
    char *folder;
    Options *options;
} Setup;

static char *put(const Setup *setup, const char *name, const char *text)
{
    char *path = g_build_filename(setup->folder, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static int set_up(void **state)
{
    Setup *setup = g_new0(Setup, 1);
    setup->folder = make_folder();
    setup->options = options_new();
    setup->options->paths = paths_new(setup->folder);
    g_free(put(setup, "etc/guestctl/guests/web.guest", "[guest]\nmemory = 256M\n"));
    g_free(put(setup, "etc/guestctl/guests/two.guest", "[guest]\n[nic a]\nbridge = a\n[nic b]\nbridge = b\n"));
    g_free(put(setup, "etc/guestctl/guests/notes.txt", ""));
    *state = setup;
    return 0;
}

static int tear_down(void **state)
{
    Setup *setup = *state;
    options_free(setup->options);
    remove_folder(setup->folder);
    g_free(setup->folder);
    g_free(setup);
    return 0;
}

static void a_name_that_is_defined_is_that_guest(void **state)
{
    Setup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Request) request = request_make(setup->options, "web", &error);
    assert_no_error(error);
    assert_string_equal(request->name, "web");
    assert_int_equal(request->memory_kib, 256 * 1024);
}

static void options_win_over_the_file(void **state)
{
    Setup *setup = *state;
    g_autoptr(GError) error = NULL;
    setup->options->memory_kib = 1024 * 1024;
    setup->options->vcpus = 3;
    setup->options->mode = g_strdup("pvh");
    setup->options->bridge = g_strdup("br0");
    g_autoptr(Request) request = request_make(setup->options, "web", &error);
    assert_no_error(error);
    assert_int_equal(request->memory_kib, 1024 * 1024);
    assert_int_equal(request->vcpus, 3);
    assert_string_equal(request->mode, "pvh");
    assert_int_equal(request->nics->len, 1);
    assert_string_equal(((RequestNic *)request->nics->pdata[0])->bridge, "br0");
}

static void one_bridge_for_two_cards_is_refused(void **state)
{
    Setup *setup = *state;
    g_autoptr(GError) error = NULL;
    setup->options->bridge = g_strdup("br0");
    assert_null(request_make(setup->options, "two", &error));
    assert_error(error, GUESTCTL_ERROR_USAGE, "--bridge: guest \"two\" has 2 network cards; set their bridges in its file");
}

static void a_disk_gives_the_guest_its_name(void **state)
{
    Setup *setup = *state;
    const struct {
        const char *file, *name;
    } cases[] = {{"debian-12.qcow2", "debian-12"}, {"web-1.2.raw", "web-1.2"}, {"a.img.qcow2", "a"}, {"plain", "plain"}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = put(setup, cases[i].file, "");
        g_autoptr(Request) request = request_make(setup->options, path, &error);
        assert_no_error(error);
        assert_string_equal(request->name, cases[i].name);
        assert_string_equal(request->image, path);
    }
}

static void a_disk_that_looks_like_a_guest_file_is_still_a_disk(void **state)
{
    Setup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = put(setup, "evil.raw", "[guest]\nkernel = /etc/shadow\n");
    g_autoptr(Request) request = request_make(setup->options, path, &error);
    assert_no_error(error);
    assert_null(request->kernel);
    assert_string_equal(request->image, path);
}

static void a_disk_whose_name_is_no_guests_name_asks_for_one(void **state)
{
    Setup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = put(setup, "my disk.raw", "");
    assert_null(request_make(setup->options, path, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "its name cannot be the guest's, give one with --name");
    g_clear_error(&error);
    setup->options->name = g_strdup("mine");
    g_autoptr(Request) request = request_make(setup->options, path, &error);
    assert_no_error(error);
    assert_string_equal(request->name, "mine");
}

static void what_is_not_there_is_named_with_the_nearest(void **state)
{
    Setup *setup = *state;
    g_autoptr(GError) error = NULL;
    assert_null(request_make(setup->options, "wbe", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "\"wbe\" is no file here and no guest that is defined; did you mean: web");
    g_clear_error(&error);
    assert_null(request_make(setup->options, "/no/such/disk.raw", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "/no/such/disk.raw: there is no such file");
    g_clear_error(&error);
    assert_null(request_make(setup->options, setup->folder, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "is a folder");
}

static void nothing_at_all_is_wrong_usage(void **state)
{
    Setup *setup = *state;
    g_autoptr(GError) error = NULL;
    assert_null(request_make(setup->options, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_USAGE, "name a guest file, a defined guest or a disk image");
}

static void a_kernel_and_a_name_are_enough(void **state)
{
    Setup *setup = *state;
    g_autoptr(GError) error = NULL;
    setup->options->kernel = g_strdup("vmlinuz");
    setup->options->name = g_strdup("tiny");
    g_autoptr(Request) request = request_make(setup->options, NULL, &error);
    assert_no_error(error);
    assert_string_equal(request->name, "tiny");
    assert_true(g_path_is_absolute(request->kernel)); /* of the user's folder, whatever file there is */
}

static void only_guest_files_are_defined_guests(void **state)
{
    Setup *setup = *state;
    g_autoptr(GPtrArray) names = request_defined(setup->options->paths, NULL);
    assert_int_equal(names->len, 2);
    assert_string_equal(names->pdata[0], "two");
    assert_string_equal(names->pdata[1], "web");
    assert_true(request_is_defined(setup->options, "web"));
    assert_false(request_is_defined(setup->options, "../guests/web"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_that_is_defined_is_that_guest),
        TEST(options_win_over_the_file),
        TEST(one_bridge_for_two_cards_is_refused),
        TEST(a_disk_gives_the_guest_its_name),
        TEST(a_disk_that_looks_like_a_guest_file_is_still_a_disk),
        TEST(a_disk_whose_name_is_no_guests_name_asks_for_one),
        TEST(what_is_not_there_is_named_with_the_nearest),
        TEST(nothing_at_all_is_wrong_usage),
        TEST(a_kernel_and_a_name_are_enough),
        TEST(only_guest_files_are_defined_guests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
