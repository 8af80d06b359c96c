/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/document.h"

#include <string.h>

/* Glance's own fields (glance api/v2/images.py get_base_properties; nova image_meta.py:58-76). They
 * are typed, may be null, and only some of them matter here; the others are checked and dropped. */

typedef enum { TEXT, WHOLE, YES_NO, TEXTS, ANY } FieldType;

static const struct {
    const char *name;
    FieldType type;
    gssize offset; /* in ImageMeta, -1: not kept */
} fields[] = {
    {"id", TEXT, G_STRUCT_OFFSET(ImageMeta, id)},
    {"name", TEXT, G_STRUCT_OFFSET(ImageMeta, name)},
    {"status", TEXT, G_STRUCT_OFFSET(ImageMeta, status)},
    {"disk_format", TEXT, G_STRUCT_OFFSET(ImageMeta, disk_format)},
    {"container_format", TEXT, G_STRUCT_OFFSET(ImageMeta, container_format)},
    {"size", WHOLE, G_STRUCT_OFFSET(ImageMeta, size)},
    {"virtual_size", WHOLE, G_STRUCT_OFFSET(ImageMeta, virtual_size)},
    {"min_ram", WHOLE, G_STRUCT_OFFSET(ImageMeta, min_ram_mib)},
    {"min_disk", WHOLE, G_STRUCT_OFFSET(ImageMeta, min_disk_gib)},
    {"visibility", TEXT, -1},
    {"protected", YES_NO, -1},
    {"checksum", TEXT, G_STRUCT_OFFSET(ImageMeta, checksum)},
    {"owner", TEXT, -1},
    {"created_at", TEXT, -1},
    {"updated_at", TEXT, -1},
    {"direct_url", TEXT, -1},
    {"tags", TEXTS, -1},
    {"self", TEXT, -1},
    {"file", TEXT, -1},
    {"schema", TEXT, -1},
    {"stores", TEXT, -1},
    {"os_hidden", YES_NO, -1},
    {"os_hash_algo", TEXT, G_STRUCT_OFFSET(ImageMeta, hash_algo)},
    {"os_hash_value", TEXT, G_STRUCT_OFFSET(ImageMeta, hash_value)},
    {"os_glance_failed_import", TEXT, -1},
    {"os_glance_importing_to_stores", TEXT, -1},
    {"locations", ANY, -1},
};

static gssize find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
        if (g_str_equal(fields[i].name, name))
            return (gssize)i;
    return -1;
}

static ImageFieldResult wrong(char **why, const char *text)
{
    *why = g_strdup(text);
    return IMAGE_FIELD_WRONG;
}

static ImageFieldResult keep_text(ImageMeta *meta, gssize offset, const char *value)
{
    if (offset < 0)
        return IMAGE_FIELD_DONE;
    char **kept = G_STRUCT_MEMBER_P(meta, offset);
    g_free(*kept);
    *kept = g_strdup(value);
    return IMAGE_FIELD_DONE;
}

static ImageFieldResult keep_whole(ImageMeta *meta, gssize offset, gint64 value, char **why)
{
    if (value < 0)
        return wrong(why, "a negative number where a size should be");
    if (offset >= 0)
        G_STRUCT_MEMBER(gint64, meta, offset) = value;
    return IMAGE_FIELD_DONE;
}

static bool holds_texts(JsonNode *node)
{
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return false;
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++)
        if (json_node_get_value_type(json_array_get_element(array, i)) != G_TYPE_STRING)
            return false;
    return true;
}

ImageFieldResult image_field_from_json(ImageMeta *meta, const char *name, JsonNode *node, char **why)
{
    gssize i = find(name);
    GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_NONE;
    if (i < 0)
        return IMAGE_FIELD_CUSTOM;
    if (JSON_NODE_HOLDS_NULL(node))
        return IMAGE_FIELD_DONE;

    switch (fields[i].type) {
    case TEXT:
        return type == G_TYPE_STRING ? keep_text(meta, fields[i].offset, json_node_get_string(node))
                                     : wrong(why, "a string or null should be here");
    case WHOLE:
        return type == G_TYPE_INT64 ? keep_whole(meta, fields[i].offset, json_node_get_int(node), why)
                                    : wrong(why, "a whole number or null should be here");
    case YES_NO:
        return type == G_TYPE_BOOLEAN ? IMAGE_FIELD_DONE : wrong(why, "true, false or null should be here");
    case TEXTS:
        return holds_texts(node) ? IMAGE_FIELD_DONE : wrong(why, "a list of strings should be here");
    case ANY:
        return IMAGE_FIELD_DONE;
    }
    g_return_val_if_reached(IMAGE_FIELD_WRONG);
}

ImageFieldResult image_field_from_text(ImageMeta *meta, const char *name, const char *value, char **why)
{
    gssize i = find(name);
    guint64 number;
    if (i < 0)
        return IMAGE_FIELD_CUSTOM;
    if (*value == '\0' || g_str_equal(value, "None"))
        return IMAGE_FIELD_DONE;

    switch (fields[i].type) {
    case TEXT:
        return keep_text(meta, fields[i].offset, value);
    case WHOLE:
        return g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64, &number, NULL)
                   ? keep_whole(meta, fields[i].offset, (gint64)number, why)
                   : wrong(why, "a whole number should be here");
    case YES_NO:
        return g_ascii_strcasecmp(value, "true") == 0 || g_ascii_strcasecmp(value, "false") == 0
                   ? IMAGE_FIELD_DONE
                   : wrong(why, "true or false should be here");
    case TEXTS:
    case ANY:
        return IMAGE_FIELD_DONE;
    }
    g_return_val_if_reached(IMAGE_FIELD_WRONG);
}
