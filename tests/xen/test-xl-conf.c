/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "xen/xen.h"

static char *folder, *path;

static int start(void **state)
{
    folder = make_folder();
    path = g_build_filename(folder, "xl.conf", NULL);
    return 0;
}

static int stop(void **state)
{
    remove_folder(folder);
    g_free(folder);
    g_free(path);
    return 0;
}

static void values_are_read_as_xl_reads_them(void **state)
{
    static const struct {
        const char *text, *value;
    } cases[] = {
        {"autoballoon=\"auto\"\n", "auto"},
        {"# autoballoon=\"off\"\nautoballoon = 'on' # why\n", "on"},
        {"autoballoon=0", "0"},
        {"lockfile=\"/x\"\n", NULL},
        {"", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *value = g_strdup("before");
        assert_true(g_file_set_contents(path, cases[i].text, -1, NULL));
        assert_true(xen_xl_conf_get(path, "autoballoon", &value, &error));
        assert_no_error(error);
        assert_true(g_strcmp0(value, cases[i].value) == 0);
    }
}

static void what_xl_cannot_read_is_an_error_with_its_words(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *value = NULL;
    assert_true(g_file_set_contents(path, "a=1\nautoballoon=off off\n", -1, NULL));
    assert_false(xen_xl_conf_get(path, "autoballoon", &value, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "xl.conf: xl cannot read it: ");
    assert_contains(error->message, "xl.conf:2: config parsing error");
    g_clear_error(&error);
    assert_true(g_file_set_contents(path, "autoballoon=[1]\n", -1, NULL));
    assert_false(xen_xl_conf_get(path, "autoballoon", &value, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "xl.conf: xl cannot use a value: ");
    g_clear_error(&error);
    g_unlink(path);
    assert_false(xen_xl_conf_get(path, "autoballoon", &value, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "xl.conf");
    assert_null(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_are_read_as_xl_reads_them, start, stop),
        cmocka_unit_test_setup_teardown(what_xl_cannot_read_is_an_error_with_its_words, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
