/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* json-check SCHEMA < DOCUMENT: exit 0 when the document on standard input is one JSON document that the schema
 * describes, else say where it is not. The words of JSON Schema that docs/schemas/ uses, and no others:
 * type, properties, required, additionalProperties, items, enum, const, minimum. */
#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned faults;

static void fault(const char *where, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void fault(const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", *where ? where : "(document)");
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    faults++;
}

static const char *type_of(JsonNode *node)
{
    switch (json_node_get_node_type(node)) {
    case JSON_NODE_OBJECT:
        return "object";
    case JSON_NODE_ARRAY:
        return "array";
    case JSON_NODE_NULL:
        return "null";
    case JSON_NODE_VALUE:
        break;
    }
    GType type = json_node_get_value_type(node);
    return type == G_TYPE_STRING ? "string" : type == G_TYPE_INT64 ? "integer" : type == G_TYPE_BOOLEAN ? "boolean" : "number";
}

static void check_type(JsonNode *wanted, JsonNode *node, const char *where)
{
    const char *type = type_of(node);
    bool fits = false;
    if (JSON_NODE_HOLDS_ARRAY(wanted)) {
        JsonArray *types = json_node_get_array(wanted);
        for (guint i = 0; i < json_array_get_length(types); i++)
            fits |= g_str_equal(json_array_get_string_element(types, i), type);
    } else {
        fits = g_str_equal(json_node_get_string(wanted), type);
    }
    if (!fits)
        fault(where, "is of type %s", type);
}

static void check_enum(JsonArray *choices, JsonNode *node, const char *where)
{
    for (guint i = 0; i < json_array_get_length(choices); i++)
        if (json_node_equal(json_array_get_element(choices, i), node))
            return;
    g_autofree char *text = json_to_string(node, FALSE);
    fault(where, "%s is not one of the choices", text);
}

static void check(JsonObject *schema, JsonNode *node, const char *where);

static void check_object(JsonObject *schema, JsonObject *object, const char *where)
{
    JsonObject *properties = json_object_has_member(schema, "properties") ? json_object_get_object_member(schema, "properties") : NULL;
    JsonArray *required = json_object_has_member(schema, "required") ? json_object_get_array_member(schema, "required") : NULL;
    JsonNode *additional = json_object_get_member(schema, "additionalProperties");
    for (guint i = 0; required && i < json_array_get_length(required); i++)
        if (!json_object_has_member(object, json_array_get_string_element(required, i)))
            fault(where, "\"%s\" is missing", json_array_get_string_element(required, i));
    g_autoptr(GList) names = json_object_get_members(object);
    for (GList *at = names; at; at = at->next) {
        const char *name = at->data;
        g_autofree char *below = g_strdup_printf("%s/%s", where, name);
        JsonNode *member = json_object_get_member(object, name);
        if (properties && json_object_has_member(properties, name))
            check(json_object_get_object_member(properties, name), member, below);
        else if (additional && JSON_NODE_HOLDS_OBJECT(additional))
            check(json_node_get_object(additional), member, below);
        else if (additional && !json_node_get_boolean(additional))
            fault(where, "\"%s\" is not in the schema", name);
    }
}

static void check(JsonObject *schema, JsonNode *node, const char *where)
{
    static const char *const known[] = {"$schema", "$id",   "title", "type",    "properties", "required", "additionalProperties",
                                        "items",   "const", "enum",  "minimum", NULL};
    g_autoptr(GList) words = json_object_get_members(schema);
    for (GList *at = words; at; at = at->next)
        if (!g_strv_contains(known, at->data))
            fault(where, "the schema's word \"%s\" is not understood", (const char *)at->data);

    if (json_object_has_member(schema, "type"))
        check_type(json_object_get_member(schema, "type"), node, where);
    if (json_object_has_member(schema, "const") && !json_node_equal(json_object_get_member(schema, "const"), node))
        fault(where, "is not what the schema says");
    if (json_object_has_member(schema, "enum"))
        check_enum(json_object_get_array_member(schema, "enum"), node, where);
    if (json_object_has_member(schema, "minimum") && g_str_equal(type_of(node), "integer") &&
        json_node_get_int(node) < json_object_get_int_member(schema, "minimum"))
        fault(where, "is too small");
    if (JSON_NODE_HOLDS_OBJECT(node))
        check_object(schema, json_node_get_object(node), where);
    if (JSON_NODE_HOLDS_ARRAY(node) && json_object_has_member(schema, "items")) {
        JsonArray *array = json_node_get_array(node);
        for (guint i = 0; i < json_array_get_length(array); i++) {
            g_autofree char *below = g_strdup_printf("%s/%u", where, i);
            check(json_object_get_object_member(schema, "items"), json_array_get_element(array, i), below);
        }
    }
}

int main(int argc, char **argv)
{
    g_autoptr(JsonParser) schema = json_parser_new();
    g_autoptr(JsonParser) document = json_parser_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, stdin)) > 0;)
        g_string_append_len(text, chunk, (gssize)n);
    if (argc != 2 || !json_parser_load_from_file(schema, argv[1], &error) ||
        !json_parser_load_from_data(document, text->str, (gssize)text->len, &error)) {
        fprintf(stderr, "json-check: %s\n", error ? error->message : "usage: json-check SCHEMA < DOCUMENT");
        return 2;
    }
    if (!json_parser_get_root(document)) {
        fprintf(stderr, "json-check: the document is empty\n");
        return 1;
    }
    check(json_node_get_object(json_parser_get_root(schema)), json_parser_get_root(document), "");
    return faults ? 1 : 0;
}
