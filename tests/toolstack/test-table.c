/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "toolstack/output.h"
#include "toolstack/table.h"

static const char *const headings[] = {"NAME", "ID", "WHY", NULL};

static void columns_are_aligned_and_lines_have_no_blanks_at_their_end(void **state)
{
    g_autoptr(Table) table = table_new(headings);
    table_align_right(table, 1);
    table_row(table, TINT_GOOD, "web", "7", "because");
    table_row(table, TINT_NONE, "database", NULL, "");
    g_autofree char *text = table_text(table, &(TableStyle){0});
    assert_string_equal(text, "NAME      ID  WHY\n"
                              "web        7  because\n"
                              "database   -\n");
}

static void colour_is_only_there_when_asked_for(void **state)
{
    g_autoptr(Table) table = table_new(NULL);
    table_row(table, TINT_BAD, "state", "crashed");
    g_autofree char *plain = table_text(table, &(TableStyle){0});
    g_autofree char *coloured = table_text(table, &(TableStyle){.colour = true});
    assert_string_equal(plain, "state  crashed\n");
    assert_string_equal(coloured, "\033[31mstate  crashed\033[0m\n");
}

static void the_last_column_is_wrapped_on_a_narrow_terminal(void **state)
{
    g_autoptr(Table) table = table_new(NULL);
    table_row(table, TINT_NONE, "mode", "the image says xen and this host has none of it");
    g_autofree char *text = table_text(table, &(TableStyle){.width = 32});
    assert_string_equal(text, "mode  the image says xen and\n"
                              "      this host has none of it\n");
}

static void wide_characters_keep_the_columns_straight(void **state)
{
    g_autoptr(Table) table = table_new(NULL);
    table_row(table, TINT_NONE, "東京", "a");
    table_row(table, TINT_NONE, "web1", "b");
    g_autofree char *text = table_text(table, &(TableStyle){0});
    assert_string_equal(text, "東京  a\nweb1  b\n");
}

static void text_of_strangers_cannot_steer_the_terminal(void **state)
{
    const struct {
        const char *given, *shown;
    } cases[] = {
        {"plain", "plain"},
        {"\033[2Jgone", "\\x1b[2Jgone"},
        {"two\nlines", "two\\x0alines"},
        {"bad \xff utf8", "bad \\xff utf8"},
        {"cut \xe6\x9d", "cut \\xe6\\x9d"},
        {"c1 \xc2\x9b", "c1 \\xc2\\x9b"},
        {"turned \xe2\x80\xae around", "turned \\xe2\\x80\\xae around"},
        {"grün", "grün"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *shown = text_clean(cases[i].given);
        assert_string_equal(shown, cases[i].shown);
    }
}

static void memory_is_rounded_for_people(void **state)
{
    const struct {
        guint64 kib;
        const char *text;
    } cases[] = {{0, "0K"}, {512, "512K"}, {524288, "512M"}, {524284, "512M"}, {1048576, "1G"}, {1572864, "1536M"}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = memory_text(cases[i].kib);
        assert_string_equal(text, cases[i].text);
    }
}

static void a_file_is_no_terminal(void **state)
{
    FILE *file = tmpfile();
    TableStyle style = output_style(file);
    assert_false(style.colour);
    assert_int_equal(style.width, 0);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_aligned_and_lines_have_no_blanks_at_their_end),
        cmocka_unit_test(colour_is_only_there_when_asked_for),
        cmocka_unit_test(the_last_column_is_wrapped_on_a_narrow_terminal),
        cmocka_unit_test(wide_characters_keep_the_columns_straight),
        cmocka_unit_test(text_of_strangers_cannot_steer_the_terminal),
        cmocka_unit_test(memory_is_rounded_for_people),
        cmocka_unit_test(a_file_is_no_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
