/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/efi-config.h"

#define PLAIN "[global]\ndefault=xen\n\n[xen]\noptions=dom0_mem=1G loglvl=all\nkernel=vmlinuz root=/dev/vda2\n"

static char *set(const char *text, const char *section, const char *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cmdline) cmdline = cmdline_parse(options);
    char *made = efi_config_set_options(text, section, cmdline, &error);
    assert_no_error(error);
    return made;
}

static void values_are_found_as_xen_finds_them(void **state)
{
    static const struct {
        const char *text, *section, *key, *value;
    } cases[] = {
        {PLAIN, "xen", "options", "dom0_mem=1G loglvl=all"},
        {PLAIN, "global", "default", "xen"},
        {PLAIN, "xe", "options", NULL},
        {PLAIN, "xen2", "options", NULL},
        {PLAIN, "XEN", "options", NULL},
        {PLAIN, NULL, "options", "dom0_mem=1G loglvl=all"},
        {PLAIN, "", "kernel", "vmlinuz root=/dev/vda2"},
        {"[x]\r\noptions=a b\r\nkernel=k\r\n", "x", "options", "a b"},
        {"  [x]\n  options=  a \n", "x", "options", "a "},
        {"[x]\noptions =a\n", "x", "options", NULL},
        {"[x]\nOptions=a\n", "x", "options", NULL},
        {"[x]\noptions=a # b\n", "x", "options", "a "},
        {"[x]\noptions=a#b\n", "x", "options", "a"},
        {"[x]\noptions=a ; b\n", "x", "options", "a ; b"},
        {"[x]\n;options=a\n #options=b\noptions=c\n", "x", "options", "c"},
        {"[x]\noptions=a\tb\n", "x", "options", "a"},
        {"[x]\nb=c\toptions=a\n", "x", "options", "a"},
        {"[x] text\noptions=a\n", "x", "options", "a"},
        {"[x]\noptions=a\noptions=b\n", "x", "options", "a"},
        {"[x]\n[x]\noptions=a\n", "x", "options", NULL},
        {"[y]\noptions=a\n[x]\noptions=b\n", "x", "options", "b"},
        {"[x]\n[y]\noptions=a\n", "x", "options", NULL},
        {"[y]\noptions=a\n[x]\noptions=b\n", NULL, "options", "a"},
        {"[x]\noptions=a", "x", "options", NULL},
        {"[x]\noptions=\n", "x", "options", ""},
        {"", "x", "options", NULL},
        {"[", "x", "options", NULL},
        {"[x", "x", "options", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *value = efi_config_get(cases[i].text, cases[i].section, cases[i].key);
        if (g_strcmp0(value, cases[i].value) != 0)
            fail_msg("%zu: %s: got %s", i, cases[i].text, value ? value : "nothing");
    }
}

static void setting_changes_the_options_and_no_other_byte(void **state)
{
    static const struct {
        const char *text, *section, *options, *made;
    } cases[] = {
        {PLAIN, "xen", "dom0_mem=2G,max:2G",
         "[global]\ndefault=xen\n\n[xen]\noptions=dom0_mem=2G,max:2G loglvl=all\nkernel=vmlinuz root=/dev/vda2\n"},
        {"[x]\r\noptions=a\r\nkernel=k", "x", "b", "[x]\r\noptions=a b\r\nkernel=k"},
        {"[x]\r\nkernel=k\r\n", "x", "b", "[x]\r\noptions=b\r\nkernel=k\r\n"},
        {"[x]\n  options=  a   # why\nkernel=k\n", "x", "b", "[x]\n  options=  a b   # why\nkernel=k\n"},
        {"[x]\nkernel=k\noptions=a", "x", "b", "[x]\nkernel=k\noptions=a b\n"},
        {"[x]\nkernel=k\noptions=a #c", "x", "b", "[x]\nkernel=k\noptions=a b #c\n"},
        {"[y]\noptions=y\n[x]\nkernel=k\n", "x", "b", "[y]\noptions=y\n[x]\noptions=b\nkernel=k\n"},
        {"[x]\tkernel=k\n", "x", "b", "[x]\toptions=b\nkernel=k\n"},
        {"[x]\nkernel=k\noptions=a\noptions=c\n", "x", "b", "[x]\nkernel=k\noptions=a b\noptions=c\n"},
        {"[x]\nkernel=k\noptions=no-smt a\n", "x", "smt no-pv", "[x]\nkernel=k\noptions=smt a no-pv\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *made = set(cases[i].text, cases[i].section, cases[i].options);
        assert_string_equal(made, cases[i].made);
    }
}

static void what_xen_would_take_apart_is_refused(void **state)
{
    static const struct {
        const char *options, *message;
    } cases[] = {
        {"a=b\nkernel=evil", "only up to its control character"},
        {"a=b\tc", "only up to its control character"},
        {"a=b\x7f", "only up to its control character"},
        {"a=#b", "only up to its #"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Cmdline) cmdline = cmdline_parse(cases[i].options);
        assert_null(efi_config_set_options(PLAIN, "xen", cmdline, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
    }
}

static void a_section_without_a_kernel_gets_no_options(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cmdline) cmdline = cmdline_parse("a");
    assert_null(efi_config_set_options("[x]\n", "x", cmdline, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "section [x] has no kernel= line");
}

static void the_default_is_set_where_xen_looks_for_it(void **state)
{
    static const struct {
        const char *text, *made;
    } cases[] = {
        {"[global]\ndefault=x\n[y]\n", "[global]\ndefault=y\n[y]\n"},
        {"[global]\nvideo=v\n[y]\n", "[global]\ndefault=y\nvideo=v\n[y]\n"},
        {"[global]\r\n[y]\r\n", "[global]\r\ndefault=y\r\n[y]\r\n"},
        {"[y]\nkernel=k", "[y]\nkernel=k\n[global]\ndefault=y\n"},
        {"[global]\t[y]\n", "[global]\tdefault=y\n[y]\n"},
        {"[y]\n[global]", "[y]\n[global]\ndefault=y\n"},
        {"default=x\n[y]\n", "default=x\n[y]\n[global]\ndefault=y\n"},
        {"[global]\ndefault=x", "[global]\ndefault=y\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *made = efi_config_set_default(cases[i].text, "y");
        assert_string_equal(made, cases[i].made);
    }
}

static void headings_are_listed_and_found_from_below(void **state)
{
    const char *text = "a=b\n[x]\nkernel=k\n # [no]\n[y] text\nkernel=l\n[bad\n[x]\n";
    g_autoptr(GPtrArray) names = efi_config_sections(text);
    assert_int_equal(names->len, 3);
    assert_string_equal(names->pdata[1], "y");
    EfiValue kernel;
    assert_true(efi_config_find(text, "y", "kernel", &kernel));
    g_autofree char *section = efi_config_section_at(text, kernel.value.start);
    assert_string_equal(section, "y");
    assert_null(efi_config_section_at(text, 0));
    assert_int_equal(efi_config_count(text, NULL, "kernel"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_found_as_xen_finds_them),
        cmocka_unit_test(setting_changes_the_options_and_no_other_byte),
        cmocka_unit_test(what_xen_would_take_apart_is_refused),
        cmocka_unit_test(a_section_without_a_kernel_gets_no_options),
        cmocka_unit_test(the_default_is_set_where_xen_looks_for_it),
        cmocka_unit_test(headings_are_listed_and_found_from_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
