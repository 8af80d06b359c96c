/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/glance-json.h"

#include <string.h>

#include "common/error.h"
#include "common/image/http.h"
#include "common/image/meta.h"
#include "common/json-strict.h"
#include "common/json.h"

const char *glance_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);
    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : "";
}

JsonNode *glance_parse(const char *text, gsize length, gsize max, GError **error)
{
    const JsonStrictLimits limits = {.max_bytes = max, .max_depth = 16};
    g_autoptr(JsonNode) root = json_strict_parse(text, length, &limits, error);
    if (root && !JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "not a JSON object");
        return NULL;
    }
    return g_steal_pointer(&root);
}

/* Its id becomes the name of a folder. */
bool glance_has_good_id(JsonObject *image, GError **error)
{
    const char *id = glance_text(image, "id");
    if (g_uuid_string_is_valid(id))
        return true;
    g_autofree char *shown = json_strict_shown(id, strlen(id));
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "an image's id is \"%s\", which is no UUID; is it an image service?", shown);
    return false;
}

bool glance_page(const char *text, gsize length, GPtrArray *images, char **next, GError **error)
{
    g_autoptr(JsonNode) root = glance_parse(text, length, HTTP_TEXT_MAX, error);
    if (!root)
        return false;
    JsonNode *list = json_object_get_member(json_node_get_object(root), "images");
    if (!list || !JSON_NODE_HOLDS_ARRAY(list)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "no list of images is in the answer; is it an image service?");
        return false;
    }
    JsonArray *array = json_node_get_array(list);
    guint count = json_array_get_length(array);
    for (guint i = 0; i < count; i++) {
        JsonNode *image = json_array_get_element(array, i);
        if (!JSON_NODE_HOLDS_OBJECT(image)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "an image of the list is no object");
            return false;
        }
        if (!glance_has_good_id(json_node_get_object(image), error))
            return false;
        g_ptr_array_add(images, json_node_copy(image));
    }
    /* The next page is on the same server, below our own base URL: whatever else it says is not followed. */
    const char *said = glance_text(json_node_get_object(root), "next");
    if (*said && count && !g_str_has_prefix(said, "/v2/images?")) {
        g_autofree char *shown = json_strict_shown(said, strlen(said));
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the list's next page is \"%s\", not one of its own", shown);
        return false;
    }
    *next = *said && count ? g_strdup(said) : NULL;
    return true;
}

/* "key=value" into its two, which the caller owns. */
bool glance_split(const char *pair, char **key, char **value, GError **error)
{
    const char *equals = strchr(pair, '=');
    if (!equals || equals == pair) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "\"%s\": a property is written key=value", pair);
        return false;
    }
    *key = g_strndup(pair, (gsize)(equals - pair));
    *value = g_strdup(equals + 1);
    return true;
}

/* Core fields that are no text (api-ref, "Update image"). */
static JsonNode *value_node(const char *key, const char *value)
{
    static const char *const numbers[] = {"min_ram", "min_disk", NULL}, *const flags[] = {"protected", "os_hidden", NULL};
    guint64 number;
    JsonNode *node = json_node_new(JSON_NODE_VALUE);
    if (g_strv_contains(numbers, key) && g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT32, &number, NULL))
        json_node_set_int(node, (gint64)number);
    else if (g_strv_contains(flags, key) && (g_str_equal(value, "true") || g_str_equal(value, "false")))
        json_node_set_boolean(node, value[0] == 't');
    else
        json_node_set_string(node, value);
    return node;
}

/* A JSON pointer, RFC 6901. */
static char *pointer(const char *key)
{
    GString *path = g_string_new("/");
    for (; *key; key++) {
        if (*key == '~' || *key == '/')
            g_string_append(path, *key == '~' ? "~0" : "~1");
        else
            g_string_append_c(path, *key);
    }
    return g_string_free(path, FALSE);
}

static void add_operation(JsonBuilder *builder, const char *operation, const char *key, const char *value)
{
    g_autofree char *path = pointer(key);
    json_builder_begin_object(builder);
    json_add_string(builder, "op", operation);
    json_add_string(builder, "path", path);
    if (value) {
        json_builder_set_member_name(builder, "value");
        json_builder_add_value(builder, value_node(key, value));
    }
    json_builder_end_object(builder);
}

char *glance_patch(const char *document, const char *const *changes, GError **error)
{
    g_autoptr(JsonNode) root = glance_parse(document, strlen(document), IMAGE_META_MAX, error);
    if (!root)
        return NULL;
    JsonObject *image = json_node_get_object(root);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_array(builder);
    for (; *changes; changes++) {
        bool remove = !strchr(*changes, '=');
        g_autofree char *key = remove ? g_strdup(*changes) : NULL, *value = NULL;
        if (!remove && !glance_split(*changes, &key, &value, error))
            return NULL;
        bool there = json_object_has_member(image, key);
        if (remove && !there) {
            g_autofree char *shown = json_strict_shown(key, strlen(key));
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "it has no property \"%s\"", shown);
            return NULL;
        }
        add_operation(builder, remove ? "remove" : there ? "replace" : "add", key, value);
    }
    json_builder_end_array(builder);
    return json_finish(g_steal_pointer(&builder), false);
}
