/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/json-strict.h"
#include "common/json-text.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_reads_back_as_it_was),
        cmocka_unit_test(invalid_utf8_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
