/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/boot-block.h"

#define FIRST "# BEGIN guestctl: written by guestctl grub; what stands here is replaced, all else in this file is kept\n"
#define LAST "# END guestctl\n"

static void all_else_in_the_file_stays_byte_for_byte(void **state)
{
    static const struct {
        const char *text, *inside, *wanted;
    } cases[] = {
        {"", "X=1\n", FIRST "X=1\n" LAST},
        {"A=1\n", "X=1\n", "A=1\n" FIRST "X=1\n" LAST},
        {"A=1", "X=1\n", "A=1\n" FIRST "X=1\n" LAST}, /* no newline at its end */
        {"A=1\r\nB=\"2\"\r\n", "X=1\n", "A=1\r\nB=\"2\"\r\n" FIRST "X=1\n" LAST},
        {"A=1\n" FIRST "X=1\n" LAST "B=2", "X=2\n", "A=1\n" FIRST "X=2\n" LAST "B=2"},
        {"A=1\n# BEGIN guestctl\nold\n# END guestctl", "X=2\n", "A=1\n" FIRST "X=2\n" LAST},
        {"A=1\n" FIRST "X=1\n" LAST "B=2\n", NULL, "A=1\nB=2\n"},
        {"A=\377\n", NULL, "A=\377\n"},
        {"# BEGIN guestctlx\nA=1\n", "X=1\n", "# BEGIN guestctlx\nA=1\n" FIRST "X=1\n" LAST}, /* not the mark */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = boot_block_set(cases[i].text, "/f", cases[i].inside, &error);
        assert_no_error(error);
        assert_string_equal(text, cases[i].wanted);
    }
}

static void what_stands_between_the_marks_is_given(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *inside = NULL, *none = (char *)1;
    assert_true(boot_block_get("A=1\n" FIRST "X=1\nY=2\n" LAST, "/f", &inside, &error));
    assert_string_equal(inside, "X=1\nY=2\n");
    assert_true(boot_block_get("A=1\n", "/f", &none, &error));
    assert_null(none);
}

static void a_damaged_part_is_refused_and_the_file_named(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {FIRST "X=1\n", "/f: \"# BEGIN guestctl\" has no end"},
        {"X=1\n" LAST, "/f: \"# END guestctl\" has no beginning"},
        {LAST FIRST, "/f: \"# BEGIN guestctl\" has no end"},
        {FIRST LAST FIRST LAST, "/f: there are two parts of guestctl's"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(boot_block_set(cases[i].text, "/f", "X=1\n", &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
        assert_contains(error->message, "put the two lines");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_else_in_the_file_stays_byte_for_byte),
        cmocka_unit_test(what_stands_between_the_marks_is_given),
        cmocka_unit_test(a_damaged_part_is_refused_and_the_file_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
