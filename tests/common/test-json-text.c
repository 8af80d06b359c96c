/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/json-strict.h"
#include "common/json-text.h"
#include "common/json.h"

static void every_text_reads_back_as_it_was(void **state)
{
    static const char *const texts[] = {"", "plain", "quote \" back \\ slash /", "\t\n\r\b\f\x01\x1f", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "</script>\x7f"};
    JsonStrictLimits limits = {.max_bytes = 4096, .max_depth = 4};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GString) out = g_string_new("{");
        json_text_member_string(out, "a", texts[i]);
        json_text_member_string(out, "b", NULL);
        g_string_append_c(out, '}');
        g_autoptr(GError) error = NULL;
        g_autoptr(JsonNode) root = json_strict_parse(out->str, out->len, &limits, &error);
        assert_no_error(error);
        assert_string_equal(json_object_get_string_member(json_node_get_object(root), "a"), texts[i]);
        assert_true(json_object_get_null_member(json_node_get_object(root), "b"));
    }
}

static void invalid_utf8_is_replaced(void **state)
{
    g_autoptr(GString) out = g_string_new(NULL);
    json_text_string(out, "a\xff" "b");
    assert_string_equal(out->str, "\"a\xef\xbf\xbd" "b\"");
}

/* A colour, an 8-bit one, a mark that turns the direction, a line separator, a tag beyond 16 bits. */
static const char unprintable[] = "\x1b[31m\x1f\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xf3\xa0\x80\x81 \xc3\xa4";
static const char escaped[] = "\"\\u001b[31m\\u001f\\u007f\\u009b\\u202e\\u2028\\udb40\\udc01 \xc3\xa4\"";

static void what_a_terminal_would_obey_is_escaped(void **state)
{
    g_autoptr(GString) out = g_string_new(NULL);
    json_text_string(out, unprintable);
    assert_string_equal(out->str, escaped);
}

static void json_glib_s_documents_are_as_safe(void **state)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "a", unprintable);
    json_add_string(builder, "b", "\" \\ \n");
    json_builder_end_object(builder);
    g_autofree char *text = json_finish(builder, true);
    g_autofree char *wanted = g_strdup_printf("{\n  \"a\" : %s,\n  \"b\" : \"\\\" \\\\ \\n\"\n}\n", escaped);
    assert_string_equal(text, wanted);

    JsonStrictLimits limits = {.max_bytes = 4096, .max_depth = 4};
    g_autoptr(JsonNode) root = json_strict_parse(text, strlen(text), &limits, NULL);
    assert_non_null(root);
    assert_string_equal(json_object_get_string_member(json_node_get_object(root), "a"), unprintable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_reads_back_as_it_was),
        cmocka_unit_test(invalid_utf8_is_replaced),
        cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
        cmocka_unit_test(json_glib_s_documents_are_as_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
