/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/cmdline-merge.h"

static void options_get_new_values_or_are_added(void **state)
{
    static const struct {
        const char *line, *options, *made;
    } cases[] = {
        {"a=1 b", "a=2 c=3", "a=2 b c=3"},
        {"no-a b", "a", "a b"},
        {"a b", "no-a", "b no-a"},
        {"b -- c", "a=1", "b a=1 -- c"},
        {"a=1 smt=0 b=2 -- quiet", "no-smt", "a=1 b=2 no-smt -- quiet"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Cmdline) line = cmdline_parse(cases[i].line);
        g_autoptr(Cmdline) options = cmdline_parse(cases[i].options);
        assert_true(cmdline_merge(line, options, &error));
        assert_no_error(error);
        g_autofree char *made = cmdline_print(line);
        assert_string_equal(made, cases[i].made);
    }
}

static void what_is_no_option_is_refused(void **state)
{
    static const char *const wrong[][2] = {
        {"", "the line is empty; name the options to set"},
        {"a=1 b a=2", "a is given twice (a=1 and a=2); give it once"},
        {"a -- quiet", "\"--\" begins what is for dom0's kernel"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Cmdline) line = cmdline_parse("x"), options = cmdline_parse(wrong[i][0]);
        assert_false(cmdline_merge(line, options, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, wrong[i][1]);
    }
}

static void a_word_that_xen_would_cut_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *digits = g_strnfill(130, '1');
    g_autoptr(Cmdline) line = cmdline_parse("a");
    g_autoptr(Cmdline) options = cmdline_parse(digits);
    assert_false(cmdline_merge(line, options, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "Xen reads at most 127 bytes of a word; make it shorter");
}

static void lines_are_the_same_by_their_words(void **state)
{
    assert_true(cmdline_same("a  b ", " a b"));
    assert_true(cmdline_same("", " "));
    assert_true(cmdline_same("a=1 b a=2", "b a=1 a=2"));
    assert_false(cmdline_same("a=1 b a=2", "b a=2 a=1"));
    assert_false(cmdline_same("a", "a b"));
    assert_false(cmdline_same("a\tb", "a b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_get_new_values_or_are_added),
        cmocka_unit_test(what_is_no_option_is_refused),
        cmocka_unit_test(a_word_that_xen_would_cut_is_refused),
        cmocka_unit_test(lines_are_the_same_by_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
