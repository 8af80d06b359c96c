/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/version.h"

static void versions_compare_number_by_number(void **state)
{
    static const struct {
        const char *version, *predicates;
        bool holds;
    } table[] = {
        {"4.17.7-pre", ">=4.17", true},   {"4.17.7-pre", "<4.17", false}, {"4.17.0", "==4.17", true},  {"4.17", "==4.17.0", true},
        {"4.9", "<4.17", true},           {"4.17", ">4.9", true},         {"10.0", ">9.9", true},      {"7.2.22", ">=2.6,<8", true},
        {"7.2.22", ">=2.6, <7", false},   {"7.2", "!=7.2", false},        {"7.2", "!=7.3", true},      {"7.2", "7.2", false},
        {"7.2", ">=", false},             {"7.2", ">=x", false},          {"7.2", "", false},          {"7.2.22+dfsg", "<=7.2.22", true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (version_satisfies(table[i].version, table[i].predicates) != table[i].holds)
            fail_msg("%s %s", table[i].version, table[i].predicates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(versions_compare_number_by_number)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
