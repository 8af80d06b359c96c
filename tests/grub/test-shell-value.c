/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/shell-value.h"

static void plain_values_are_read(void **state)
{
    static const struct {
        const char *text, *value;
    } cases[] = {
        {"x=a", "a"},
        {"x=\n", ""},
        {" export x=a=b # why\n", "a=b"},
        {"x='a b'\n", "a b"},
        {"x=\"a b\" # c\n", "a b"},
        {"x=a\"b c\"'$d'\n", "ab c$d"},
        {"x=a#b\n", "a#b"},
        {"x=a\nx=b\n", "b"},
        {"#x=a\n", NULL},
        {"xx=a\n", NULL},
        {"x =a\n", NULL},
        {"", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *value = shell_value_get(cases[i].text, "x", &error);
        assert_no_error(error);
        if (g_strcmp0(value, cases[i].value) != 0)
            fail_msg("%s: got %s", cases[i].text, value ? value : "nothing");
    }
}

static void what_a_shell_works_out_is_not_guessed(void **state)
{
    static const char *const cases[] = {"x=$y\n", "x=\"$y\"\n", "x=`y`\n", "x=a\\b\n", "x=a b\n", "x=a; y\n", "x=\"a\n b\"\n", "x='a\n", "x=\"a\\\"b\"\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(shell_value_get(cases[i], "x", &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "line 1: the value of x is not plain");
        g_clear_error(&error);
        assert_null(shell_value_set(cases[i], "x", "new", &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "line 1: the value of x is not plain");
    }
    g_autoptr(GError) error = NULL;
    assert_null(shell_value_get("#\r\nx=a\r\n", "x", &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "line 2: the value of x has a carriage return");
}

static void setting_changes_the_value_and_no_other_byte(void **state)
{
    static const struct {
        const char *text, *value, *made;
    } cases[] = {
        {"a=1\nx=b # why\nz=2", "c", "a=1\nx=c # why\nz=2"},
        {"x=b\n", "c d", "x=\"c d\"\n"},
        {"x='b'\n", "c", "x='c'\n"},
        {"x=\"b\"\n", "c", "x=\"c\"\n"},
        {"x=a\nx=b\n", "c", "x=a\nx=c\n"},
        {"a=1", "c", "a=1\nx=\"c\"\n"},
        {"", "c", "x=\"c\"\n"},
        {"a=1\r\n", "c", "a=1\r\nx=\"c\"\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *made = shell_value_set(cases[i].text, "x", cases[i].value, &error);
        assert_no_error(error);
        assert_string_equal(made, cases[i].made);
    }
}

static void a_value_that_is_set_twice_or_under_a_condition_is_found(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"# x=a\nx=b # x=c\ny_x=1\nz='#'\n", NULL},
        {"a=1\n", NULL},
        {"if a; then b; fi\nf() { c; }\nfor i in 1; do\n d\ndone\nx=b\n", NULL},
        {"x=a\nx=b\n", "lines 1, 2: x is set more than once"},
        {"x=a\nb && x=c\n", "lines 1, 2: x is set more than once"},
        {"x=a\nx+=b\n", "lines 1, 2: x is set more than once"},
        {"if a; then\n\tx=a\nfi\n", "line 2: x is set under a condition"},
        {"if a; then x=a; fi\n", "line 1: x is set under a condition"},
        {"case $a in\n1)\n x=a\n;;\nesac\n", "line 3: x is set under a condition"},
        {"f() {\nx=a\n}\n", "line 2: x is set under a condition"},
        {"f ()\n{\nx=a\n}\n", "line 3: x is set under a condition"},
        {"[ -e a ] &&\nif b\nthen x=a\nfi\n", "line 3: x is set under a condition"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        bool alone = shell_value_check_alone(cases[i].text, "x", &error);
        assert_int_equal(alone, !cases[i].message);
        if (cases[i].message)
            assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
    }
}

static void a_value_that_the_shell_would_interpret_is_refused(void **state)
{
    static const char *const cases[] = {"a\"b", "a'b", "a$b", "a`b", "a\\b", "a\nb", "a\rb"};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(shell_value_set("x=a\n", "x", cases[i], &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "the shell that reads the file would interpret");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_values_are_read),
        cmocka_unit_test(what_a_shell_works_out_is_not_guessed),
        cmocka_unit_test(setting_changes_the_value_and_no_other_byte),
        cmocka_unit_test(a_value_that_is_set_twice_or_under_a_condition_is_found),
        cmocka_unit_test(a_value_that_the_shell_would_interpret_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
