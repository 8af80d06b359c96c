/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/document.h"

#include "common/error.h"
#include "common/json-strict.h"
#include "common/json-text.h"

#include <string.h>

/* A Glance document is three levels deep (locations, mappings); more is not one. */
static const JsonStrictLimits limits = {IMAGE_META_MAX, 8};

enum { NAME_MAX_BYTES = 255 }; /* Glance's limit on a property's name */

/* Where a property is. Messages alone need it as text. */
typedef struct Place {
    gsize line;         /* of a key=value document, from 1; 0: it is JSON */
    const char *prefix; /* of a JSON key, a constant */
    bool listed;        /* in a list k='v', k='v' that is there */
} Place;

typedef struct Reader {
    ImageMeta *meta;
    GPtrArray *custom;
    GHashTable *places; /* name -> Place* where it was first; both owned */
} Reader;

ImageProperty *image_property_new(const char *name, const char *value, const char *given_name, const char *given_value)
{
    ImageProperty *property = g_new0(ImageProperty, 1);
    *property = (ImageProperty){g_strdup(name), g_strdup(value), g_strdup(given_name), g_strdup(given_value)};
    return property;
}

void image_property_free(ImageProperty *property)
{
    g_free(property->name);
    g_free(property->value);
    g_free(property->given_name);
    g_free(property->given_value);
    g_free(property);
}

static void free_property(gpointer property)
{
    image_property_free(property);
}

static char *place_text(const Place *place, const char *name)
{
    const char *key = place->listed ? "properties" : name;
    g_autofree char *shown = json_strict_shown(key, strlen(key));
    g_autofree char *here = place->line ? g_strdup_printf("line %" G_GSIZE_FORMAT, place->line)
                                        : g_strdup_printf("key \"%s%s\"", place->prefix, shown);
    return place->listed ? g_strconcat(here, ".", name, NULL) : g_steal_pointer(&here);
}

static bool refuse(GError **error, const char *place, const char *why)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s", place, why);
    return false;
}

static bool refuse_at(GError **error, const Place *place, const char *name, const char *why)
{
    g_autofree char *here = place_text(place, name);
    return refuse(error, here, why);
}

static bool note_place(Reader *reader, const char *name, const Place *place, GError **error)
{
    const Place *first = g_hash_table_lookup(reader->places, name);
    if (first) {
        g_autofree char *there = place_text(first, name);
        g_autofree char *why = g_strdup_printf("the same property is already at %s", there);
        return refuse_at(error, place, name, why);
    }
    if (*name == '\0' || strlen(name) > NAME_MAX_BYTES)
        return refuse_at(error, place, name, "a property's name has 1 to 255 bytes");
    g_hash_table_insert(reader->places, g_strdup(name), g_memdup2(place, sizeof *place));
    return true;
}

static void add_custom(Reader *reader, const char *name, const char *value)
{
    g_ptr_array_add(reader->custom, image_property_new(NULL, NULL, name, value));
}

static bool add_text(Reader *reader, const char *name, const char *value, const Place *place, GError **error)
{
    g_autofree char *why = NULL;
    if (!note_place(reader, name, place, error))
        return false;
    switch (image_field_from_text(reader->meta, name, value, &why)) {
    case IMAGE_FIELD_DONE: return true;
    case IMAGE_FIELD_WRONG: return refuse_at(error, place, name, why);
    case IMAGE_FIELD_CUSTOM: break;
    }
    add_custom(reader, name, value);
    return true;
}

static void not_a_string(Reader *reader, const Place *place, const char *name, const char *text)
{
    g_autofree char *here = place_text(place, name);
    g_ptr_array_add(reader->meta->warnings,
                    g_strdup_printf("%s: a custom property is a string in Glance; %s is taken as \"%s\"", here, text, text));
}

/* A custom property's value as text, or false when its type is wrong. */
static bool add_custom_json(Reader *reader, const char *name, JsonNode *node, const Place *place, GError **error)
{
    g_autofree char *text = NULL;
    GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_NONE;

    if (JSON_NODE_HOLDS_NULL(node))
        return refuse_at(error, place, name, "null is not a value; a custom property is a string");
    if (JSON_NODE_HOLDS_ARRAY(node) && (g_str_has_suffix(name, "mappings") || g_str_has_suffix(name, "block_device_mapping"))) {
        g_autofree char *list = json_to_string(node, FALSE);
        text = json_text_printable(list);
    } else if (type == G_TYPE_STRING) {
        text = g_strdup(json_node_get_string(node));
    } else if (type == G_TYPE_INT64 || type == G_TYPE_BOOLEAN) {
        text = json_to_string(node, FALSE);
        not_a_string(reader, place, name, text);
    } else if (type == G_TYPE_DOUBLE) {
        return refuse_at(error, place, name, "a fraction; a custom property is a string, and which digits were meant is lost: use quotes");
    } else {
        return refuse_at(error, place, name, "an object or a list; a custom property is a string");
    }
    add_custom(reader, name, text);
    return true;
}

static bool add_json(Reader *reader, const char *name, JsonNode *node, const Place *place, GError **error)
{
    g_autofree char *why = NULL;
    if (!note_place(reader, name, place, error))
        return false;
    switch (image_field_from_json(reader->meta, name, node, &why)) {
    case IMAGE_FIELD_DONE: return true;
    case IMAGE_FIELD_WRONG: return refuse_at(error, place, name, why);
    case IMAGE_FIELD_CUSTOM: break;
    }
    return add_custom_json(reader, name, node, place, error);
}

/* Old clients print the custom properties as one string: architecture='x86_64', vm_mode='hvm'.
 * Nothing in it is escaped, so a quote inside a value makes it ambiguous: then it is refused. */
static bool add_quoted_list(Reader *reader, const char *text, const Place *place, GError **error)
{
    static const char hint[] = "this form of properties (k='v', k='v') cannot be read safely here; use openstack image show -f json "
                               "of a newer client, or key=value lines";
    const Place inner = {place->line, place->prefix, true};
    while (*text) {
        const char *equals = strstr(text, "='");
        const char *end = equals ? strchr(equals + 2, '\'') : NULL;
        if (!end || (end[1] && !g_str_has_prefix(end + 1, ", ")))
            return refuse_at(error, place, "properties", hint);
        g_autofree char *name = g_strndup(text, (gsize)(equals - text));
        g_autofree char *value = g_strndup(equals + 2, (gsize)(end - equals - 2));
        if (strpbrk(name, " ,'\"{}"))
            return refuse_at(error, place, "properties", hint);
        if (!add_text(reader, name, value, &inner, error))
            return false;
        text = end[1] ? end + 3 : end + 1;
    }
    return true;
}

static bool read_object(Reader *reader, JsonObject *object, const char *prefix, GError **error);

static bool read_properties(Reader *reader, JsonNode *node, GError **error)
{
    const Place place = {.prefix = ""};
    if (JSON_NODE_HOLDS_OBJECT(node))
        return read_object(reader, json_node_get_object(node), "properties.", error);
    if (JSON_NODE_HOLDS_NULL(node))
        return true;
    if (json_node_get_value_type(node) == G_TYPE_STRING)
        return add_quoted_list(reader, json_node_get_string(node), &place, error);
    return refuse_at(error, &place, "properties", "an object should be here");
}

static bool read_object(Reader *reader, JsonObject *object, const char *prefix, GError **error)
{
    const Place place = {.prefix = prefix};
    g_autoptr(GList) names = json_object_get_members(object);
    for (GList *name = names; name; name = name->next) {
        JsonNode *node = json_object_get_member(object, name->data);
        if (*prefix == '\0' && g_str_equal(name->data, "properties")) {
            if (!read_properties(reader, node, error))
                return false;
            continue;
        }
        if (!add_json(reader, name->data, node, &place, error))
            return false;
    }
    return true;
}

static bool read_json(Reader *reader, const char *text, gsize length, GError **error)
{
    g_autoptr(JsonNode) root = json_strict_parse(text, length, &limits, error);
    if (!root)
        return false;
    if (!JSON_NODE_HOLDS_OBJECT(root))
        return refuse(error, "line 1", "a list where one image's object should be");
    return read_object(reader, json_node_get_object(root), "", error);
}

/* The value of a key=value line: as it is, or between a pair of quotes. NULL: the quotes do not pair. */
static char *unquote(const char *value)
{
    gsize length = strlen(value);
    char quote = *value;
    if (quote != '"' && quote != '\'')
        return g_strdup(value);
    if (length < 2 || value[length - 1] != quote || memchr(value + 1, quote, length - 2))
        return NULL;
    return g_strndup(value + 1, length - 2);
}

static bool read_line(Reader *reader, char *line, const Place *place, GError **error)
{
    g_strstrip(line);
    if (*line == '\0' || *line == '#')
        return true;
    char *equals = strchr(line, '=');
    if (!equals)
        return refuse_at(error, place, line, "no \"=\"; a line is key=value, or a comment that starts with #");
    *equals = '\0';
    g_strchomp(line);
    if (*line == '\0' || strpbrk(line, " \t\"'"))
        return refuse_at(error, place, line, "a name without spaces and quotes should be before the \"=\"");
    g_autofree char *value = unquote(g_strchug(equals + 1));
    if (!value)
        return refuse_at(error, place, line, "the value's quotes do not pair");
    if (g_str_equal(line, "properties"))
        return add_quoted_list(reader, value, place, error);
    return add_text(reader, line, value, place, error);
}

static bool read_lines(Reader *reader, const char *text, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (gsize i = 0; lines[i]; i++) {
        const Place place = {.line = i + 1};
        if (!read_line(reader, lines[i], &place, error))
            return false;
    }
    return true;
}

/* What json_strict_parse() sees to in JSON. */
static bool lines_are_clean(const char *text, gsize length, GError **error)
{
    const char *bad = NULL;
    if (length > IMAGE_META_MAX) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%" G_GSIZE_FORMAT " bytes, more than the %d that are read", length,
                    (int)IMAGE_META_MAX);
        return false;
    }
    if (g_utf8_validate_len(text, length, &bad))
        return true;
    g_autofree char *place = json_strict_place(text, (gsize)(bad - text));
    return refuse(error, place, *bad ? "not valid UTF-8" : "a NUL byte");
}

GPtrArray *image_document_read(const char *text, gsize length, ImageMeta *meta, GError **error)
{
    g_autoptr(GPtrArray) custom = g_ptr_array_new_with_free_func(free_property);
    g_autoptr(GHashTable) places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    Reader reader = {meta, custom, places};

    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark, from Windows */
        text += 3;
        length -= 3;
    }
    if (!lines_are_clean(text, length, error))
        return NULL;
    g_autofree char *copy = g_strndup(length ? text : "", length);
    gsize start = strspn(copy, " \t\r\n");
    if (copy[start] == '\0') {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the document is empty");
        return NULL;
    }
    bool is_json = copy[start] == '{' || copy[start] == '[';
    if (!(is_json ? read_json(&reader, copy, length, error) : read_lines(&reader, copy, error)))
        return NULL;
    return g_steal_pointer(&custom);
}
