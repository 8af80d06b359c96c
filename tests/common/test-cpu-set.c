/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/cpu-set.h"

static void a_list_is_read_as_xl_reads_it_and_printed_short(void **state)
{
    static const struct {
        const char *text, *printed;
        unsigned count;
    } cases[] = {
        {"0", "0", 1},       {"0-3", "0-3", 4},           {"0-3,^2", "0-1,3", 3},         {"3,1,2", "1-3", 3}, {"0-7,^2-4,3", "0-1,3,5-7", 6},
        {"5-5", "5", 1},     {"4095", "4095", 1},         {"0-4095", "0-4095", 4096},     {"007", "7", 1},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        CpuSet set = {0};
        GError *error = NULL;
        assert_true(cpu_set_parse(cases[i].text, &set, &error));
        assert_no_error(error);
        g_autofree char *text = cpu_set_text(&set);
        assert_string_equal(text, cases[i].printed);
        assert_int_equal(cpu_set_count(&set), cases[i].count);
    }
}

static void a_wrong_list_is_refused_and_changes_nothing(void **state)
{
    g_autofree char *long_text = g_strnfill(2000, '1');
    const struct {
        const char *text, *why;
    } cases[] = {
        {"", "it is empty"},          {"0,,1", "a part is empty"},          {"0,", "a part is empty"},
        {"all", "a part is no number"}, {"0-", "a range has no end"},       {"-3", "a part is no number"},
        {"3-0", "a range ends before it begins"}, {"4096", "CPU numbers end at 4095"},
        {"99999999999999999999999", "CPU numbers end at 4095"}, {"0-99999999999", "CPU numbers end at 4095"},
        {"^0", "no CPU is left"},     {"0-3,^0-3", "no CPU is left"},       {"0 ,1", "a part is no number"},
        {"0x3", "a part is no number"}, {"^", "a part is no number"},       {long_text, "longer than 1024 characters"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        CpuSet set = {.words = {42}};
        g_autoptr(GError) error = NULL;
        assert_false(cpu_set_parse(cases[i].text, &set, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].why);
        assert_contains(error->message, "write numbers and ranges, such as 0-3,^2");
        assert_int_equal(set.words[0], 42);
    }
}

static void what_is_outside_is_named(void **state)
{
    CpuSet set = {0}, all = {0};
    assert_true(cpu_set_parse("0-3", &all, NULL) && cpu_set_parse("1,3-5", &set, NULL));
    assert_int_equal(cpu_set_first_outside(&set, &all), 4);
    assert_int_equal(cpu_set_first_outside(&all, &all), CPU_SET_MAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_read_as_xl_reads_it_and_printed_short),
        cmocka_unit_test(a_wrong_list_is_refused_and_changes_nothing),
        cmocka_unit_test(what_is_outside_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
