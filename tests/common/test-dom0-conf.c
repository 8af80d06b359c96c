/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/dom0-conf.h"

static void words_become_a_wish(void **state)
{
    static const char *const words[] = {"memory=2G", "vcpus=4", "pin=0-3,^2", "weight=512", "cap=0"};
    static const char *const values[] = {"2048M", "4", "0-1,3", "512", "0"};
    g_autoptr(Dom0Wish) wish = dom0_wish_new();
    assert_true(dom0_wish_is_empty(wish));
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        GError *error = NULL;
        assert_true(dom0_wish_add_word(wish, words[i], &error));
        assert_no_error(error);
        g_autofree char *value = dom0_wish_value(wish, dom0_wish_keys[i]);
        assert_string_equal(value, values[i]);
    }
    assert_false(dom0_wish_is_empty(wish));
}

static void a_wrong_word_says_what_is_wrong(void **state)
{
    static const struct {
        const char *word, *message;
    } cases[] = {
        {"memroy=2G", "key \"memroy\" is not known; did you mean \"memory\"?"},
        {"disk=2G", "key \"disk\" is not known (use memory, vcpus, pin, weight, cap)"},
        {"memory", "memory has no value; write memory=VALUE"},
        {"=4", "key \"\" is not known"},
        {"memory=2048", "memory: size \"2048\" is not understood: write a whole number and one of K, M, G, T, such as 512M"},
        {"memory=512MB", "memory: size \"512MB\" is not understood"},
        {"memory=1.5G", "memory: size \"1.5G\" is not understood"},
        {"memory=-1G", "memory: size \"-1G\" is not understood"},
        {"memory=0M", "memory: size \"0M\" is zero"},
        {"memory=1025K", "memory: \"1025K\" is no whole number of MiB"},
        {"vcpus=0", "vcpus: \"0\" is not a whole number from 1 to 4096"},
        {"vcpus=two", "vcpus: \"two\" is not a whole number"},
        {"pin=maybe", "pin: \"maybe\" is none of yes, no and a CPU list such as 0-3,^2"},
        {"pin=", "pin: \"\" is none of yes, no"},
        {"pin=3-0", "pin: CPU list \"3-0\": a range ends before it begins"},
        {"weight=0", "weight: \"0\" is not a whole number from 1 to 65535"},
        {"weight=65536", "weight: \"65536\" is not a whole number from 1 to 65535"},
        {"cap=-1", "cap: \"-1\" is not a whole number from 0 to"},
        {"cap=50%", "cap: \"50%\" is not a whole number"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0Wish) wish = dom0_wish_new();
        g_autoptr(GError) error = NULL;
        assert_false(dom0_wish_add_word(wish, cases[i].word, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
        assert_true(dom0_wish_is_empty(wish));
    }
    g_autoptr(Dom0Wish) wish = dom0_wish_new();
    g_autoptr(GError) error = NULL;
    assert_true(dom0_wish_add_word(wish, "cap=0", NULL));
    assert_false(dom0_wish_add_word(wish, "cap=50", &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "cap is given twice");
    assert_int_equal(wish->cap, 0);
}

static void the_file_is_strict(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[dom0]\nmemroy = 2G\n", "dom0.conf:2: key \"memroy\" is not known; did you mean \"memory\"?"},
        {"[dom0]\nmemory = 2\n", "dom0.conf:2: memory: size \"2\" is not understood"},
        {"[domain]\nmemory = 2G\n", "dom0.conf:1: group [domain] is not known (use [dom0])"},
        {"[dom0 x]\nmemory = 2G\n", "dom0.conf:1: group [dom0] is not known"},
        {"memory = 2G\n", "dom0.conf:1:"},
        {"[dom0]\nmemory = 2G\nmemory = 3G\n", "dom0.conf:3:"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(dom0_conf_parse(cases[i].text, "dom0.conf", &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
    }
    GError *error = NULL;
    g_autoptr(Dom0Wish) none = dom0_conf_load("/nonexistent/dom0.conf", &error);
    assert_no_error(error);
    assert_true(dom0_wish_is_empty(none));
}

static void an_edit_keeps_comments_and_order(void **state)
{
    static const struct {
        const char *before, *after;
    } cases[] = {
        {NULL, "[dom0]\nmemory = 768M\npin = yes\n"},
        {"", "[dom0]\nmemory = 768M\npin = yes\n"},
        {"# mine\n", "# mine\n[dom0]\nmemory = 768M\npin = yes\n"},
        {"[dom0]\n# why\npin=no\n\nvcpus = 2\nmemory   =   1G   # tested\n# end",
         "[dom0]\n# why\npin=yes\n\nvcpus = 2\nmemory   =   768M  # tested\n# end\n"},
        {"[dom0]\n# memory = 5G\nweight = 3\n", "[dom0]\n# memory = 5G\nweight = 3\nmemory = 768M\npin = yes\n"},
        {"[dom0]\nmemory = \"1G\"\n", "[dom0]\nmemory = 768M\npin = yes\n"},
    };
    g_autoptr(Dom0Wish) wish = dom0_wish_new();
    assert_true(dom0_wish_add_word(wish, "memory=768M", NULL) && dom0_wish_add_word(wish, "pin=yes", NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *after = dom0_conf_edit(cases[i].before, wish);
        assert_string_equal(after, cases[i].after);
        GError *error = NULL;
        g_autoptr(Dom0Wish) read = dom0_conf_parse(after, "dom0.conf", &error);
        assert_no_error(error);
        assert_int_equal(read->memory_kib, 768 * 1024);
        g_autofree char *again = dom0_conf_edit(after, wish);
        assert_string_equal(again, after);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_a_wish),
        cmocka_unit_test(a_wrong_word_says_what_is_wrong),
        cmocka_unit_test(the_file_is_strict),
        cmocka_unit_test(an_edit_keeps_comments_and_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
