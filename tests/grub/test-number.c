/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/number.h"

static void reads_decimal_octal_and_hexadecimal(void **state)
{
    static const struct {
        const char *text;
        guint64 number;
        const char *rest;
    } cases[] = {
        {"0", 0, ""},        {"1024", 1024, ""},   {"010", 8, ""},      {"0x10", 16, ""},   {"0X1f,", 31, ","}, {"08", 0, "8"},
        {"0x", 0, "x"},      {"0xg", 0, "xg"},     {"12ab", 12, "ab"},  {"", 0, ""},        {"-1", 0, "-1"},    {"1.5", 1, ".5"},
        {"18446744073709551615", G_MAXUINT64, ""}, {"18446744073709551617", 1, ""},         {"0x1k", 1, "k"},   {" 1", 0, " 1"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *end;
        if (number_parse(cases[i].text, &end) != cases[i].number || strcmp(end, cases[i].rest) != 0)
            fail_msg("\"%s\" became %" G_GUINT64_FORMAT ", rest \"%s\"", cases[i].text, number_parse(cases[i].text, &end), end);
    }
}

static void a_minus_gives_the_complement(void **state)
{
    const char *end;
    assert_true(number_signed("-1,", &end) == G_MAXUINT64);
    assert_string_equal(end, ",");
    assert_true(number_signed("7", &end) == 7);
    assert_true(number_signed("-", &end) == 0);
}

static void a_size_without_a_letter_is_in_kib(void **state)
{
    static const struct {
        const char *text;
        guint64 bytes;
        const char *rest;
    } cases[] = {
        {"1024", 1 << 20, ""}, {"1024B", 1024, ""},   {"4k", 4096, ""},        {"512M", 512u << 20, ""}, {"512MB", 512u << 20, "B"},
        {"1g", 1u << 30, ""},  {"1T", 1ull << 40, ""}, {"10%", 10, "%"},        {"0x400M", 1u << 30, ""}, {"010G", 8ull << 30, ""},
        {"1.5G", 1024, ".5G"}, {"1P", 1024, "P"},      {"10M%", 10u << 20, "%"}, {"0x4B", 75 * 1024, ""}, {"5b,", 5, ","},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *end;
        if (number_size(cases[i].text, &end) != cases[i].bytes || strcmp(end, cases[i].rest) != 0)
            fail_msg("\"%s\" became %" G_GUINT64_FORMAT ", rest \"%s\"", cases[i].text, number_size(cases[i].text, &end), end);
    }
}

static void a_boolean_is_one_of_ten_words(void **state)
{
    static const char *const yes[] = {"1", "on", "yes", "true", "enable"}, *const no[] = {"0", "no", "off", "false", "disable"};
    static const char *const neither[] = {"", "2", "On", "YES", "y", "n", "enabled", "tru"};
    for (gsize i = 0; i < G_N_ELEMENTS(yes); i++) {
        assert_int_equal(number_bool(yes[i], strlen(yes[i])), 1);
        assert_int_equal(number_bool(no[i], strlen(no[i])), 0);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(neither); i++)
        assert_int_equal(number_bool(neither[i], strlen(neither[i])), -1);
    assert_int_equal(number_bool("on,", 2), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_decimal_octal_and_hexadecimal),
        cmocka_unit_test(a_minus_gives_the_complement),
        cmocka_unit_test(a_size_without_a_letter_is_in_kib),
        cmocka_unit_test(a_boolean_is_one_of_ten_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
