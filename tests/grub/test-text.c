/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/text.h"

static void lines_are_given_without_their_ends(void **state)
{
    static const char *const wanted[] = {"a", "", "b\rc", "d"};
    const char *text = "a\r\n\nb\rc\nd";
    gsize at = 0, i = 0;
    for (Span line; text_line(text, &at, &line); i++) {
        g_autofree char *got = text_span(text, line);
        assert_string_equal(got, wanted[i]);
    }
    assert_int_equal(i, 4);
}

static void a_line_is_added_in_the_way_of_the_file(void **state)
{
    static const char *const cases[][2] = {{"", "x\n"}, {"a\n", "a\nx\n"}, {"a", "a\nx\n"}, {"a\r\nb", "a\r\nb\r\nx\r\n"}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *made = text_append_line(cases[i][0], "x");
        assert_string_equal(made, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_given_without_their_ends),
        cmocka_unit_test(a_line_is_added_in_the_way_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
