/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/loader-entry.h"

static void keys_are_read_as_the_loader_reads_them(void **state)
{
    static const struct {
        const char *text, *value;
    } cases[] = {
        {"default a\n", "a"},
        {" \tdefault\t a b \t\r\n", "a b"},
        {"default \"a b\"\n", "a b"},
        {"default \"\n", "\""},
        {"default a # b\n", "a # b"},
        {"#default a\n", NULL},
        {"default a\ndefault b", "b"},
        {"default\n", NULL},
        {"defaults a\n", NULL},
        {"default=a\n", NULL},
        {"", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *value = loader_get(cases[i].text, "default");
        if (g_strcmp0(value, cases[i].value) != 0)
            fail_msg("%s: got %s", cases[i].text, value ? value : "nothing");
    }
}

static void a_key_is_set_and_no_other_byte_changed(void **state)
{
    static const char *const cases[][2] = {
        {"timeout 3\r\ndefault  a\r\n# end", "timeout 3\r\ndefault x\r\n# end"},
        {"timeout 3", "timeout 3\ndefault x\n"},
        {"timeout 3\r\n", "timeout 3\r\ndefault x\r\n"},
        {"#default a\n", "#default a\ndefault x\n"},
        {"default a\ndefault b\n", "default a\ndefault x\n"},
        {"", "default x\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *made = loader_set(cases[i][0], "default", "x");
        assert_string_equal(made, cases[i][1]);
    }
}

static void an_entry_has_all_its_options_and_ramdisks(void **state)
{
    LoaderEntry *entry = loader_entry_parse("/efi", "/efi/loader/entries/a+3-1.conf",
                                            "title A\nlinux /a\nlinux /b\noptions one\n  options two\ninitrd /u\ninitrd /i\nversion 6.1\n");
    assert_string_equal(entry->id, "a.conf");
    assert_string_equal(entry->kernel, "/b");
    assert_string_equal(entry->options, "one two");
    assert_int_equal(entry->ramdisks->len, 2);
    assert_string_equal(entry->version, "6.1");
    assert_true(loader_matches(entry->id, "A.*"));
    assert_false(loader_matches(entry->id, "a"));
    loader_entry_free(entry);
    assert_null(loader_entry_parse("/efi", "/efi/x.conf", "title A\noptions one\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read_as_the_loader_reads_them),
        cmocka_unit_test(a_key_is_set_and_no_other_byte_changed),
        cmocka_unit_test(an_entry_has_all_its_options_and_ramdisks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
