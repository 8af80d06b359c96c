/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "kvm/console-line.h"

static gsize feed(ConsoleLine *line, const char *text, bool *found)
{
    return console_line_feed(line, text, strlen(text), found);
}

static void a_line_is_found_however_it_arrives(void **state)
{
    static const char text[] = "noise\r\nguest READY now\r\nmore";
    g_autoptr(ConsoleLine) line = console_line_new("READY");
    bool found = false;
    gsize used = 0;
    for (gsize i = 0; i < strlen(text) && !found; i++)
        used += console_line_feed(line, text + i, 1, &found);
    assert_true(found);
    assert_string_equal(text + used, "more");
}

static void what_follows_the_line_is_not_used(void **state)
{
    g_autoptr(ConsoleLine) line = console_line_new("READY");
    bool found = false;
    assert_int_equal(feed(line, "READY\nrest", &found), 6);
    assert_true(found);
}

static void the_line_must_end_and_hold_the_text_by_itself(void **state)
{
    g_autoptr(ConsoleLine) line = console_line_new("READY");
    bool found = false;
    assert_int_equal(feed(line, "REA\nDY\nREADY", &found), 12);
    assert_false(found);
    feed(line, "\n", &found);
    assert_true(found);
}

static void without_a_text_nothing_is_found(void **state)
{
    g_autoptr(ConsoleLine) line = console_line_new(NULL);
    bool found = false;
    assert_int_equal(feed(line, "a\nb\n", &found), 4);
    assert_false(found);
}

static void zeros_hide_nothing(void **state)
{
    g_autoptr(ConsoleLine) line = console_line_new("READY");
    bool found = false;
    console_line_feed(line, "\0\0REA\0DY\n", 9, &found);
    assert_true(found);
}

static void an_endless_line_stays_small_and_its_end_counts(void **state)
{
    g_autoptr(ConsoleLine) line = console_line_new("READY");
    bool found = false;
    for (int i = 0; i < 100000; i++)
        feed(line, "xxxxxxxxxx", &found);
    feed(line, "READY\n", &found);
    assert_true(found);
    g_autofree char *last = console_line_last(line);
    assert_true(strlen(last) <= 200);
}

static void the_last_line_is_printable(void **state)
{
    g_autoptr(ConsoleLine) line = console_line_new(NULL);
    bool found = false;
    feed(line, "one\n\x1b[31mpanic\x07 \xff here\n\n", &found);
    g_autofree char *last = console_line_last(line);
    assert_string_equal(last, "[31mpanic \xef\xbf\xbd here");
    feed(line, "login: ", &found);
    g_autofree char *now = console_line_last(line);
    assert_string_equal(now, "login: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_found_however_it_arrives),
        cmocka_unit_test(what_follows_the_line_is_not_used),
        cmocka_unit_test(the_line_must_end_and_hold_the_text_by_itself),
        cmocka_unit_test(without_a_text_nothing_is_found),
        cmocka_unit_test(zeros_hide_nothing),
        cmocka_unit_test(an_endless_line_stays_small_and_its_end_counts),
        cmocka_unit_test(the_last_line_is_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
