/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/yaml-text.h"

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

#include "common/error.h"
#include "common/json-strict.h"

enum { YAML_DEPTH_MAX = 16 };

typedef struct Reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the one that was read; deleted before the next */
    const char *source;
} Reader;

static bool refuse(const Reader *reader, const yaml_mark_t *mark, const char *what, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: line %zu: %s", reader->source, mark->line + 1, what);
    return false;
}

static bool next(Reader *reader, GError **error)
{
    yaml_event_delete(&reader->event);
    if (yaml_parser_parse(&reader->parser, &reader->event))
        return true;
    const char *problem = reader->parser.problem ? reader->parser.problem : "not YAML";
    return refuse(reader, &reader->parser.problem_mark, problem, error);
}

static const char *anchor_of(const yaml_event_t *event)
{
    switch ((int)event->type) {
    case YAML_ALIAS_EVENT: return (const char *)event->data.alias.anchor;
    case YAML_SCALAR_EVENT: return (const char *)event->data.scalar.anchor;
    case YAML_MAPPING_START_EVENT: return (const char *)event->data.mapping_start.anchor;
    case YAML_SEQUENCE_START_EVENT: return (const char *)event->data.sequence_start.anchor;
    }
    return NULL;
}

/* The scalar that was read. */
static JsonNode *scalar(const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (plain && (*text == '\0' || g_str_equal(text, "~") || g_str_equal(text, "null")))
        return json_node_new(JSON_NODE_NULL);
    JsonNode *node = json_node_new(JSON_NODE_VALUE);
    json_node_set_string(node, text);
    return node;
}

static JsonNode *value(Reader *reader, unsigned depth, GError **error);

static JsonNode *mapping(Reader *reader, unsigned depth, GError **error)
{
    g_autoptr(JsonObject) object = json_object_new();
    for (;;) {
        if (!next(reader, error))
            return NULL;
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            break;
        const yaml_event_t *event = &reader->event;
        if (event->type != YAML_SCALAR_EVENT || anchor_of(event) || strlen((const char *)event->data.scalar.value) != event->data.scalar.length) {
            refuse(reader, &event->start_mark, "a key must be a plain word", error);
            return NULL;
        }
        g_autofree char *key = g_strdup((const char *)event->data.scalar.value);
        if (g_str_equal(key, "<<") || json_object_has_member(object, key)) {
            g_autofree char *shown = json_strict_shown(key, strlen(key));
            g_autofree char *what = g_str_equal(key, "<<") ? g_strdup("\"<<\" is not taken; write the keys out")
                                                           : g_strdup_printf("\"%s\" is there twice", shown);
            refuse(reader, &event->start_mark, what, error);
            return NULL;
        }
        JsonNode *child = next(reader, error) ? value(reader, depth + 1, error) : NULL;
        if (!child)
            return NULL;
        json_object_set_member(object, key, child);
    }
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);
    json_node_set_object(node, object);
    return node;
}

static JsonNode *sequence(Reader *reader, unsigned depth, GError **error)
{
    g_autoptr(JsonArray) array = json_array_new();
    for (;;) {
        if (!next(reader, error))
            return NULL;
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        JsonNode *child = value(reader, depth + 1, error);
        if (!child)
            return NULL;
        json_array_add_element(array, child);
    }
    JsonNode *node = json_node_new(JSON_NODE_ARRAY);
    json_node_set_array(node, array);
    return node;
}

/* The value that begins with the event that was read. */
static JsonNode *value(Reader *reader, unsigned depth, GError **error)
{
    const yaml_event_t *event = &reader->event;
    const char *fault = NULL;
    if (anchor_of(event))
        fault = "anchors and aliases are not taken; write the value out";
    else if (depth > YAML_DEPTH_MAX)
        fault = "nested too deeply";
    else if (event->type == YAML_SCALAR_EVENT && strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
        fault = "a NUL character";
    if (fault) {
        refuse(reader, &event->start_mark, fault, error);
        return NULL;
    }
    if (event->type == YAML_MAPPING_START_EVENT)
        return mapping(reader, depth, error);
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return sequence(reader, depth, error);
    return scalar(event);
}

static JsonNode *document(Reader *reader, GError **error)
{
    if (!next(reader, error) || !next(reader, error)) /* the stream's start, the document's */
        return NULL;
    if (reader->event.type == YAML_STREAM_END_EVENT)
        return json_node_new(JSON_NODE_NULL);
    g_autoptr(JsonNode) root = next(reader, error) ? value(reader, 1, error) : NULL;
    if (!root || !next(reader, error) || !next(reader, error)) /* the document's end, the stream's */
        return NULL;
    if (reader->event.type != YAML_STREAM_END_EVENT) {
        refuse(reader, &reader->event.start_mark, "a second document; only one is read", error);
        return NULL;
    }
    return g_steal_pointer(&root);
}

JsonNode *yaml_parse(const char *text, gsize length, const char *source, GError **error)
{
    if (length > YAML_MAX) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %" G_GSIZE_FORMAT " bytes, more than the %d that are read", source,
                    length, (int)YAML_MAX);
        return NULL;
    }
    Reader reader = {.source = source};
    if (!yaml_parser_initialize(&reader.parser))
        g_error("out of memory");
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
    JsonNode *root = document(&reader, error);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    return root;
}
