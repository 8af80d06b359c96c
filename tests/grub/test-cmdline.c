/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/cmdline.h"

static void printing_gives_back_what_was_parsed(void **state)
{
    static const char *const lines[] = {
        "", " ", "   ", "a", " a", "a ", "  a  b   c ", "dom0_mem=1G,max:1G", "x=\"a b\"", "\t", "a\tb", "a -- b", "-- a", " -- ", "a --",
        "a -- b -- c  ", "a=b=c", "=", "no-", "no-x=", "\xff\xfe \x01",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(Cmdline) cmdline = cmdline_parse(lines[i]);
        g_autofree char *text = cmdline_print(cmdline);
        assert_string_equal(text, lines[i]);
    }
}

static void what_follows_two_dashes_is_dom0s(void **state)
{
    static const struct {
        const char *line, *xen;
    } cases[] = {
        {"a b", "a b"},     {"a -- b", "a"},       {"a  --  b", "a "}, {"a -- b -- c", "a"}, {"-- a", "-- a"}, {"  -- a", "-- a"},
        {"a --", "a --"},   {"a -- ", "a"},        {"a --b c", "a --b c"}, {" a  b ", "a  b "},  {"", ""},         {"-- -- a", "--"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Cmdline) cmdline = cmdline_parse(cases[i].line);
        g_autofree char *xen = cmdline_of_xen(cmdline);
        assert_string_equal(xen, cases[i].xen);
    }
}

static void a_word_is_taken_apart_as_xen_does(void **state)
{
    static const struct {
        const char *word, *name, *value;
        bool has_value, negated;
    } cases[] = {
        {"dom0_mem=1G", "dom0_mem", "1G", true, false}, {"smt", "smt", "", false, false},   {"no-smt", "smt", "", false, true},
        {"noreboot", "noreboot", "", false, false},     {"smt=", "smt", "", true, false},   {"no-smt=1", "smt", "1", true, true},
        {"a=b=c", "a", "b=c", true, false},             {"=x", "", "x", true, false},       {"no-no-smt", "no-smt", "", false, true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cases[i].word, &option);
        assert_string_equal(option.name, cases[i].name);
        assert_string_equal(option.value, cases[i].value);
        assert_int_equal(option.has_value, cases[i].has_value);
        assert_int_equal(option.negated, cases[i].negated);
        assert_false(option.cut);
    }
}

static void a_long_word_is_cut(void **state)
{
    g_autofree char *filler = g_strnfill(200, 'x'), *word = g_strconcat("badpage=", filler, NULL);
    g_auto(CmdlineOption) option = {0};
    cmdline_option_read(word, &option);
    assert_true(option.cut);
    assert_int_equal(strlen(option.name) + 1 + strlen(option.value), CMDLINE_WORD_MAX);
}

static void the_last_word_of_a_name_is_its_value(void **state)
{
    g_autoptr(Cmdline) cmdline = cmdline_parse("sched=credit smt sched=credit2 -- sched=null");
    g_autofree char *sched = cmdline_get(cmdline, "sched"), *smt = cmdline_get(cmdline, "smt");
    assert_string_equal(sched, "credit2");
    assert_string_equal(smt, "");
    assert_null(cmdline_get(cmdline, "loglvl"));
}

static void set_changes_one_word_and_nothing_else(void **state)
{
    static const struct {
        const char *line, *name, *value, *after;
    } cases[] = {
        {"placeholder  loglvl=all", "dom0_mem", "1G,max:1G", "placeholder  loglvl=all dom0_mem=1G,max:1G"},
        {" a  dom0_mem=2G   b ", "dom0_mem", "1G", " a  dom0_mem=1G   b "},
        {"dom0_mem=2G x dom0_mem=max:3G y", "dom0_mem", "1G", "dom0_mem=1G x y"},
        {"no-smt x smt=1", "smt", NULL, "smt x"},
        {"", "smt", "0", "smt=0"},
        {"  ", "smt", "0", "smt=0  "},
        {"a -- quiet", "smt", "0", "a smt=0 -- quiet"},
        {"a -- dom0_mem=3G", "dom0_mem", "1G", "a dom0_mem=1G -- dom0_mem=3G"},
        {"a --", "b", NULL, "a b --"},
        {" --", "b", NULL, " b --"},
        {"dom0-mem=1G", "dom0_mem", "1G", "dom0-mem=1G dom0_mem=1G"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Cmdline) cmdline = cmdline_parse(cases[i].line);
        g_autoptr(GError) error = NULL;
        cmdline_set(cmdline, cases[i].name, cases[i].value, &error);
        assert_no_error(error);
        g_autofree char *text = cmdline_print(cmdline);
        assert_string_equal(text, cases[i].after);
    }
}

static void set_refuses_what_xen_could_not_read_back(void **state)
{
    g_autofree char *longest = g_strnfill(CMDLINE_WORD_MAX - 2, 'x'), *longer = g_strnfill(CMDLINE_WORD_MAX - 1, 'x');
    const struct {
        const char *name, *value;
    } cases[] = {{"a", "b c"}, {"a b", NULL}, {"a", longer}, {"", NULL}, {"no-smt", NULL}, {"a=b", "c"}, {"--", NULL}};
    g_autoptr(Cmdline) cmdline = cmdline_parse("a=1");
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(cmdline_set(cmdline, cases[i].name, cases[i].value, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "cannot be a word of Xen's command line");
    }
    g_autofree char *text = cmdline_print(cmdline);
    assert_string_equal(text, "a=1");
    assert_true(cmdline_set(cmdline, "a", longest, NULL));
}

static void remove_leaves_the_other_blanks(void **state)
{
    static const struct {
        const char *line, *name;
        guint count;
        const char *after;
    } cases[] = {
        {"  a  b   c ", "b", 1, "  a   c "}, {"  a  b", "a", 1, "  b"},           {"a", "a", 1, ""},     {"a b a no-a", "a", 3, "b"},
        {"b -- a", "a", 0, "b -- a"},        {"a -- b", "a", 1, "placeholder -- b"}, {"a=1 b", "b", 1, "a=1"}, {" a ", "a", 1, " "},
        {"placeholder -- b", "placeholder", 1, "placeholder -- b"}, {"a a -- b", "a", 2, "placeholder -- b"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Cmdline) cmdline = cmdline_parse(cases[i].line);
        assert_int_equal(cmdline_remove(cmdline, cases[i].name), cases[i].count);
        g_autofree char *text = cmdline_print(cmdline);
        assert_string_equal(text, cases[i].after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printing_gives_back_what_was_parsed),
        cmocka_unit_test(what_follows_two_dashes_is_dom0s),
        cmocka_unit_test(a_word_is_taken_apart_as_xen_does),
        cmocka_unit_test(a_long_word_is_cut),
        cmocka_unit_test(the_last_word_of_a_name_is_its_value),
        cmocka_unit_test(set_changes_one_word_and_nothing_else),
        cmocka_unit_test(set_refuses_what_xen_could_not_read_back),
        cmocka_unit_test(remove_leaves_the_other_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
