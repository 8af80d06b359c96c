/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "common/error.h"
#include "common/json-strict.h"

static const JsonStrictLimits limits = {64 * 1024, 4};

static bool is_taken(const char *text, gsize length)
{
    g_autoptr(JsonNode) node = json_strict_parse(text, length, &limits, NULL);
    return node != NULL;
}

static void assert_refused(const char *text, gsize length, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_strict_parse(text, length, &limits, &error);
    if (node)
        fail_msg("taken: %s", text);
    assert_int_equal(error->code, GUESTCTL_ERROR_INVALID);
    assert_string_equal(error->message, message);
}

static void takes_what_the_grammar_takes(void **state)
{
    static const char *const good[] = {
        "{}", "[]", " {\t\r\n} ", "null", "true", "false", "0", "-0", "-1", "1.5", "1e3", "1E+3", "1e-3", "0.0", "12345678901234",
        "9223372036854775807", "-9223372036854775808", "\"\"", "\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "\"\\u00e9\"", "\"\\ud83d\\ude00\"",
        "\"Gr\xc3\xb6\xc3\x9f\145\"", "{\"a\":1,\"b\":[1,2,{\"a\":null}]}", "[[[[]]]]", "{\"\":1}", "{\"a\":{\"a\":{\"a\":1}}}", "\"\x7f\"",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(JsonNode) node = json_strict_parse(good[i], strlen(good[i]), &limits, &error);
        if (!node)
            fail_msg("%s: %s", good[i], error->message);
    }
}

static void names_the_place_of_a_fault(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "line 1, column 1: the text ends where a value should be"},
        {"{", "line 1, column 2: the text ends where a key in double quotes should be"},
        {"{\"a\"", "line 1, column 5: the text ends where \":\" should be"},
        {"{\"a\":", "line 1, column 6: the text ends where a value should be"},
        {"{\"a\":1", "line 1, column 7: the text ends where \",\" or \"}\" should be"},
        {"[1", "line 1, column 3: the text ends where \",\" or \"]\" should be"},
        {"{\"a\":1,}", "line 1, column 8: \"}\" where a key in double quotes should be"},
        {"[1,]", "line 1, column 4: \"]\" where a value should be"},
        {"[,1]", "line 1, column 2: \",\" where a value should be"},
        {"{'a':1}", "line 1, column 2: \"'\" where a key in double quotes should be"},
        {"{a:1}", "line 1, column 2: \"a\" where a key in double quotes should be"},
        {"// c\n{}", "line 1, column 1: \"/\" where a value should be"},
        {"{} {}", "line 1, column 4: \"{\" where the end of the document should be"},
        {"{\n}\n\nx", "line 4, column 1: \"x\" where the end of the document should be"},
        {"{\n  \"a\": 01\n}", "line 2, column 9: \"1\" where \",\" or \"}\" should be"},
        {"-", "line 1, column 2: the text ends where a digit should be"},
        {"1.", "line 1, column 3: the text ends where a digit should be"},
        {"1e", "line 1, column 3: the text ends where a digit should be"},
        {"+1", "line 1, column 1: \"+\" where a value should be"},
        {".5", "line 1, column 1: \".\" where a value should be"},
        {"NaN", "line 1, column 1: \"N\" where a value should be"},
        {"nul", "line 1, column 1: \"n\" where a value should be"},
        {"nulll", "line 1, column 5: \"l\" where the end of the document should be"},
        {"9223372036854775808", "line 1, column 1: the number 9223372036854775808 is too large"},
        {"1e999", "line 1, column 1: the number 1e999 is too large"},
        {"\"abc", "line 1, column 1: the string that begins here does not end"},
        {"\"a\nb\"", "line 1, column 3: a control character (0x0a) inside a string: write it as \\u000a"},
        {"\"\\x41\"", "line 1, column 2: an escape that JSON does not have"},
        {"\"\\u00g1\"", "line 1, column 2: \\u needs four hexadecimal digits"},
        {"\"\\u0000\"", "line 1, column 2: a NUL (\\u0000) is not allowed in a string"},
        {"\"\\ud83d\"", "line 1, column 2: half of a surrogate pair"},
        {"\"\\ud83dx\"", "line 1, column 2: half of a surrogate pair"},
        {"\"\\ud83d\\ud83d\"", "line 1, column 2: half of a surrogate pair"},
        {"\"\\ude00\"", "line 1, column 2: half of a surrogate pair"},
        {"[[[[[]]]]]", "line 1, column 5: nested more than 4 deep"},
        {"{\"a\":[{\"a\":[{}]}]}", "line 1, column 13: nested more than 4 deep"},
        {"\"\xff\"", "line 1, column 2: not valid UTF-8 (byte 0xff)"},
        {"\"\xc3\"", "line 1, column 2: not valid UTF-8 (byte 0xc3)"},
        {"\"\xed\xa0\x80\"", "line 1, column 2: not valid UTF-8 (byte 0xed)"},
        {"[\"ok\",\n \xc3\xb6]", "line 2, column 2: \"\xc3\xb6\" where a value should be"},
        {"\xef\xbb\xbf{}", "line 1, column 1: \"\\ufeff\" where a value should be"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(cases[i].text, strlen(cases[i].text), cases[i].message);
}

static void refuses_a_key_that_is_there_twice(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"a\":1,\"a\":1}", "line 1, column 8: the key \"a\" is there twice"},
        {"{\"vm_mode\":1,\n\"\\u0076m_mode\":2}", "line 2, column 1: the key \"vm_mode\" is there twice"},
        {"{\"/\":1,\"\\/\":2}", "line 1, column 8: the key \"/\" is there twice"},
        {"{\"\":1,\"\":2}", "line 1, column 7: the key \"\" is there twice"},
        {"[{\"a\":1,\"a\":1}]", "line 1, column 9: the key \"a\" is there twice"},
        {"{\"\xc3\xa9\":1,\"\\u00E9\":1}", "line 1, column 9: the key \"\xc3\xa9\" is there twice"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(cases[i].text, strlen(cases[i].text), cases[i].message);
}

static void the_same_key_in_two_objects_is_no_duplicate(void **state)
{
    static const char text[] = "[{\"a\":1},{\"a\":{\"a\":2}}]";
    assert_true(is_taken(text, strlen(text)));
}

static void refuses_a_nul_byte(void **state)
{
    assert_refused("{}\0", 3, "line 1, column 3: a NUL byte");
    assert_refused("{\"a\n\0\":1}", 9, "line 2, column 1: a NUL byte");
}

static void refuses_a_text_that_is_too_long(void **state)
{
    g_autofree char *text = g_strnfill(64 * 1024 + 1, ' ');
    memcpy(text, "{}", 2);
    assert_true(is_taken(text, 64 * 1024));
    assert_refused(text, 64 * 1024 + 1, "65537 bytes, more than the 65536 that are read");
}

static void depth_has_a_bound_of_its_own(void **state)
{
    static const JsonStrictLimits no_limits = {G_MAXSIZE, G_MAXUINT};
    g_autofree char *text = g_strnfill(60000, '[');
    g_autoptr(GError) error = NULL;
    assert_null(json_strict_parse(text, 60000, &no_limits, &error));
    assert_string_equal(error->message, "line 1, column 65: nested more than 64 deep");
}

static void gives_the_values_unchanged(void **state)
{
    static const char text[] = "{\"a\":\"x\\u0041\\ud83d\\ude00\",\"n\":-9223372036854775808,\"f\":2.5,\"l\":[true,null],\"e\":{}}";
    g_autoptr(JsonNode) node = json_strict_parse(text, strlen(text), &limits, NULL);
    JsonObject *object = json_node_get_object(node);
    assert_string_equal(json_object_get_string_member(object, "a"), "xA\xf0\x9f\x98\x80");
    assert_true(json_object_get_int_member(object, "n") == G_MININT64);
    assert_true(json_object_get_double_member(object, "f") > 2.4);
    JsonArray *list = json_object_get_array_member(object, "l");
    assert_int_equal(json_array_get_length(list), 2);
    assert_true(json_array_get_boolean_element(list, 0));
    assert_true(json_array_get_null_element(list, 1));
    assert_int_equal(json_object_get_size(json_object_get_object_member(object, "e")), 0);
    g_autoptr(GList) names = json_object_get_members(object);
    assert_string_equal(names->data, "a"); /* in the document's order */
}

static void what_is_shown_cannot_harm_a_terminal(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"plain", "plain"}, {"\x1b[31m", "\\u001b[31m"}, {"a\nb", "a\\u000ab"}, {"\"\\", "\\\"\\\\"},
        {"\xff\xc3", "\\xff\\xc3"}, {"Gr\xc3\xb6\xc3\x9f\145", "Gr\xc3\xb6\xc3\x9f\145"}, {"\xe2\x80\xae", "\\u202e"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *shown = json_strict_shown(cases[i].text, strlen(cases[i].text));
        assert_string_equal(shown, cases[i].shown);
    }
    g_autofree char *text = g_strnfill(1000, 'a');
    g_autofree char *shown = json_strict_shown(text, 1000);
    assert_int_equal(strlen(shown), 83);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_the_grammar_takes),
        cmocka_unit_test(names_the_place_of_a_fault),
        cmocka_unit_test(refuses_a_key_that_is_there_twice),
        cmocka_unit_test(the_same_key_in_two_objects_is_no_duplicate),
        cmocka_unit_test(refuses_a_nul_byte),
        cmocka_unit_test(refuses_a_text_that_is_too_long),
        cmocka_unit_test(depth_has_a_bound_of_its_own),
        cmocka_unit_test(gives_the_values_unchanged),
        cmocka_unit_test(what_is_shown_cannot_harm_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
