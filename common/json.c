/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json.h"

#include "common/error.h"
#include "common/json-strict.h"
#include "common/json-text.h"

void json_add_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    if (value)
        json_builder_add_string_value(builder, value);
    else
        json_builder_add_null_value(builder);
}

void json_add_bool(JsonBuilder *builder, const char *name, bool value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

void json_add_int(JsonBuilder *builder, const char *name, gint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

void json_add_strings(JsonBuilder *builder, const char *name, const char *const *values)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (; values && *values; values++)
        json_builder_add_string_value(builder, *values);
    json_builder_end_array(builder);
}

void json_add_reasons(JsonBuilder *builder, const GPtrArray *reasons)
{
    json_builder_set_member_name(builder, "reasons");
    json_builder_begin_array(builder);
    for (guint i = 0; i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        json_builder_begin_object(builder);
        json_add_string(builder, "field", reason->field);
        json_add_string(builder, "value", reason->value);
        json_add_string(builder, "because", reason->because);
        json_add_string(builder, "severity", severity_name(reason->severity));
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

char *json_finish(JsonBuilder *builder, bool pretty)
{
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autoptr(JsonGenerator) generator = json_generator_new();
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, pretty);
    g_autofree char *written = json_generator_to_data(generator, NULL);
    g_object_unref(builder);
    g_autofree char *text = json_text_printable(written);
    return pretty ? g_strconcat(text, "\n", NULL) : g_steal_pointer(&text);
}

JsonNode *json_open(const char *text, gsize length, gsize max, const char *source, const char *format, GError **error)
{
    JsonStrictLimits limits = {.max_bytes = max, .max_depth = 16};
    g_autoptr(JsonNode) root = json_strict_parse(text, length, &limits, error);
    if (!root) {
        g_prefix_error(error, "%s: ", source);
        return NULL;
    }
    if (!JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: not a JSON object", source);
        return NULL;
    }
    g_autofree char *found = NULL;
    if (!json_get_string(json_node_get_object(root), "format", &found, error)) {
        g_prefix_error(error, "%s: ", source);
        return NULL;
    }
    if (g_strcmp0(found, format) != 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: its format is \"%s\", not \"%s\"", source,
                    found ? found : "(none)", format);
        return NULL;
    }
    return g_steal_pointer(&root);
}

/* The node of a member, or NULL when absent or null. */
static JsonNode *member(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);
    return node && !JSON_NODE_HOLDS_NULL(node) ? node : NULL;
}

static bool wrong_type(const char *name, const char *wanted, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%s\" must be %s", name, wanted);
    return false;
}

bool json_get_string(JsonObject *object, const char *name, char **value, GError **error)
{
    JsonNode *node = member(object, name);
    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING)
        return wrong_type(name, "a string", error);
    g_free(*value);
    *value = g_strdup(json_node_get_string(node));
    return true;
}

bool json_get_bool(JsonObject *object, const char *name, bool *value, GError **error)
{
    JsonNode *node = member(object, name);
    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
        return wrong_type(name, "true or false", error);
    *value = json_node_get_boolean(node);
    return true;
}

bool json_get_uint(JsonObject *object, const char *name, guint64 *value, GError **error)
{
    JsonNode *node = member(object, name);
    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64 || json_node_get_int(node) < 0)
        return wrong_type(name, "a whole number, 0 or more", error);
    *value = (guint64)json_node_get_int(node);
    return true;
}

bool json_get_strings(JsonObject *object, const char *name, GStrv *value, GError **error)
{
    JsonNode *node = member(object, name);
    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return wrong_type(name, "an array of strings", error);
    JsonArray *array = json_node_get_array(node);
    g_autoptr(GPtrArray) strings = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);
        if (!JSON_NODE_HOLDS_VALUE(element) || json_node_get_value_type(element) != G_TYPE_STRING)
            return wrong_type(name, "an array of strings", error);
        g_ptr_array_add(strings, g_strdup(json_node_get_string(element)));
    }
    g_ptr_array_add(strings, NULL);
    g_strfreev(*value);
    *value = (GStrv)g_ptr_array_free(g_steal_pointer(&strings), FALSE);
    return true;
}

bool json_get_reasons(JsonObject *object, GPtrArray *reasons, GError **error)
{
    JsonNode *node = member(object, "reasons");
    if (!node)
        return true;
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return wrong_type("reasons", "an array", error);
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);
        if (!JSON_NODE_HOLDS_OBJECT(element))
            return wrong_type("reasons", "an array of objects", error);
        JsonObject *entry = json_node_get_object(element);
        g_autofree char *field = NULL, *value = NULL, *because = NULL, *severity_text = NULL;
        Severity severity;
        if (!json_get_string(entry, "field", &field, error) || !json_get_string(entry, "value", &value, error) ||
            !json_get_string(entry, "because", &because, error) || !json_get_string(entry, "severity", &severity_text, error))
            return false;
        if (!field || !value || !because || !severity_text || !severity_parse(severity_text, &severity))
            return wrong_type("reasons", "objects with field, value, because and severity", error);
        g_ptr_array_add(reasons, reason_new(field, value, severity, because));
    }
    return true;
}
