/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/yaml-text.h"

static JsonNode *parse(const char *text, GError **error)
{
    return yaml_parse(text, strlen(text), "x.yaml", error);
}

static void mappings_lists_and_scalars_are_read(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) root = parse("# a comment\na:\n  b: 'x: y'\n  c: [1, true, ~]\nempty:\n", &error);
    assert_no_error(error);
    g_autofree char *json = json_to_string(root, FALSE);
    assert_string_equal(json, "{\"a\":{\"b\":\"x: y\",\"c\":[\"1\",\"true\",null]},\"empty\":null}");
}

static void nothing_is_null(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) root = parse("", &error);
    assert_no_error(error);
    assert_true(JSON_NODE_HOLDS_NULL(root));
}

static void what_is_not_taken_names_its_line(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a: &x 1\nb: *x\n", "x.yaml: line 1: anchors and aliases are not taken; write the value out"},
        {"a: 1\nb: *x\n", "x.yaml: line 2: anchors and aliases"},
        {"b:\n  <<: {a: 1}\n", "x.yaml: line 2: \"<<\" is not taken"},
        {"a: 1\na: 2\n", "x.yaml: line 2: \"a\" is there twice"},
        {"a: 1\n---\nb: 2\n", "x.yaml: line 2: a second document"},
        {"a: \"\\0\"\n", "x.yaml: line 1: a NUL character"},
        {"[a]: 1\n", "x.yaml: line 1: a key must be a plain word"},
        {"a: [1\nb: 2\n", "x.yaml: line 2: "},
        {"\xff\xfe", "x.yaml: line 1: "},
        {"a: \t- b\n  c", "x.yaml: line "},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(JsonNode) root = parse(cases[i].text, &error);
        assert_null(root);
        assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
    }
}

static void depth_and_size_are_bounded(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *deep = g_strnfill(2000, '[');
    assert_null(parse(deep, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "nested too deeply");
    g_clear_error(&error);
    g_autofree char *large = g_strnfill(YAML_MAX + 1, ' ');
    assert_null(parse(large, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "262145 bytes, more than the 262144");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mappings_lists_and_scalars_are_read),
        cmocka_unit_test(nothing_is_null),
        cmocka_unit_test(what_is_not_taken_names_its_line),
        cmocka_unit_test(depth_and_size_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
