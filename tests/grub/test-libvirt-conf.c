/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/libvirt-conf.h"

static void plain_values_are_read(void **state)
{
    static const struct {
        const char *text, *value;
        bool quoted;
    } cases[] = {
        {"autoballoon = 0\n", "0", false},
        {"autoballoon=1 # why\r\n", "1", false},
        {" autoballoon = \"on\"\n", "on", true},
        {"autoballoon = 'a#b' # why\n", "a#b", true},
        {"autoballoon = \"\"\n", "", true},
        {"autoballoon = 1\nautoballoon = 0\n", "1", false},
        {"#autoballoon = 1\n", NULL, false},
        {"autoballooning = 1\nlock_manager = [ \"x\" ]\n", NULL, false},
        {"", NULL, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        bool quoted = false;
        g_autofree char *value = libvirt_conf_get(cases[i].text, "autoballoon", &quoted, &error);
        assert_no_error(error);
        if (g_strcmp0(value, cases[i].value) != 0 || quoted != cases[i].quoted)
            fail_msg("%s: got %s", cases[i].text, value ? value : "nothing");
    }
}

static void another_value_is_an_error_that_names_its_line(void **state)
{
    static const char *const cases[] = {"#\nautoballoon = on\n", "#\nautoballoon = [ 1 ]\n", "#\nautoballoon = 1 2\n", "#\nautoballoon =\n", "#\nautoballoon = \"a\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        bool quoted;
        assert_null(libvirt_conf_get(cases[i], "autoballoon", &quoted, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "line 2 is not NAME = NUMBER or NAME = \"TEXT\"");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_values_are_read),
        cmocka_unit_test(another_value_is_an_error_that_names_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
