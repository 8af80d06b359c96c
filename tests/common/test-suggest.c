/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <glib.h>
#include <string.h>

#include "common/suggest.h"

static const char *const words[] = {"vm_mode", "hw_disk_bus", "hw_cdrom_bus", "architecture", "os_type", "pv", NULL};

static void finds_the_name_behind_a_slip(void **state)
{
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"vm_mode", "vm_mode"},        {"vm-mode", "vm_mode"},         {"VM_MODE", "vm_mode"},         {"vm.mode", "vm_mode"},
        {"vmmode", "vm_mode"},         {"vm_mdoe", "vm_mode"},         {"vm_modee", "vm_mode"},        {"hw_disk_buss", "hw_disk_bus"},
        {"hw_dsik_bus", "hw_disk_bus"}, {"hw_cdrm_bus", "hw_cdrom_bus"}, {"architekture", "architecture"}, {"ostype", "os_type"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_string_equal(suggest_nearest(cases[i].word, words), cases[i].nearest);
}

static void says_nothing_when_nothing_is_near(void **state)
{
    static const char *const far[] = {"", "x", "zz", "description", "checksum_of_it_all", "pxq", "vmvmvmvm"};
    for (gsize i = 0; i < G_N_ELEMENTS(far); i++)
        assert_null(suggest_nearest(far[i], words));
}

static void the_first_of_equally_near_names_wins(void **state)
{
    static const char *const twins[] = {"hw_bat", "hw_bad", NULL};
    assert_string_equal(suggest_nearest("hw_baz", twins), "hw_bat");
}

static void gives_back_the_candidate_itself(void **state)
{
    assert_ptr_equal(suggest_nearest("VM-MODE", words), words[0]);
}

static void a_long_word_has_no_neighbours(void **state)
{
    char longest[SUGGEST_MAX_LENGTH + 1], longer[SUGGEST_MAX_LENGTH + 2];
    memset(longest, 'a', sizeof longest);
    memset(longer, 'a', sizeof longer);
    longest[SUGGEST_MAX_LENGTH] = longer[SUGGEST_MAX_LENGTH + 1] = '\0';

    const char *const candidates[] = {longer, longest, NULL};
    assert_ptr_equal(suggest_nearest(longest, candidates), longest);
    assert_null(suggest_nearest(longer, candidates));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_name_behind_a_slip),
        cmocka_unit_test(says_nothing_when_nothing_is_near),
        cmocka_unit_test(the_first_of_equally_near_names_wins),
        cmocka_unit_test(gives_back_the_candidate_itself),
        cmocka_unit_test(a_long_word_has_no_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
