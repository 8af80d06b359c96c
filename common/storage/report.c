/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/storage/report.h"

#include <string.h>

#include "common/error.h"
#include "common/json-strict.h"
#include "common/run.h"

enum { REPORT_MAX = 16 * 1024 * 1024 };

/* From the first line that begins a document to the last end of one. */
static char *document_in(const char *said)
{
    const char *start = said;
    for (; start && *start; start = strchr(start, '\n') ? strchr(start, '\n') + 1 : NULL) {
        const char *first = start + strspn(start, " \t");
        if (*first == '{' || *first == '[')
            break;
    }
    const char *object_end = start ? strrchr(start, '}') : NULL, *array_end = start ? strrchr(start, ']') : NULL;
    const char *end = MAX(object_end, array_end);
    return end ? g_strndup(start, (gsize)(end - start) + 1) : NULL;
}

JsonNode *report_run(const char *words, GError **error)
{
    static const JsonStrictLimits limits = {.max_bytes = REPORT_MAX, .max_depth = 16};
    g_autofree char *said = NULL;
    if (!run_program(words, NULL, &said, error))
        return NULL;
    g_autofree char *document = document_in(said);
    if (!document) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: it printed no JSON", words);
        return NULL;
    }
    JsonNode *root = json_strict_parse(document, strlen(document), &limits, error);
    if (!root)
        g_prefix_error(error, "%s: what it printed: ", words);
    return root;
}

bool report_do(const GPtrArray *words, GError **error)
{
    for (guint i = 0; i < words->len; i++)
        if (!run_program(words->pdata[i], NULL, NULL, error))
            return false;
    return true;
}

static JsonNode *member_of(JsonNode *object, const char *member)
{
    return object && JSON_NODE_HOLDS_OBJECT(object) ? json_object_get_member(json_node_get_object(object), member) : NULL;
}

JsonArray *report_array(JsonNode *object, const char *member)
{
    JsonNode *node = member ? member_of(object, member) : object;
    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

JsonNode *report_first(JsonArray *array)
{
    return array && json_array_get_length(array) ? json_array_get_element(array, 0) : NULL;
}

static const char *text_of(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
}

const char *report_text(JsonNode *object, const char *member)
{
    return text_of(member_of(object, member));
}

void report_texts(JsonArray *array, const char *member, GPtrArray *texts)
{
    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        const char *text = report_text(json_array_get_element(array, i), member);
        if (text)
            g_ptr_array_add(texts, g_strdup(text));
    }
}

bool report_has_text(JsonArray *array, const char *text)
{
    for (guint i = 0; array && i < json_array_get_length(array); i++)
        if (g_strcmp0(text_of(json_array_get_element(array, i)), text) == 0)
            return true;
    return false;
}
