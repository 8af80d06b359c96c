/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/meta.h"

#include "common/error.h"
#include "common/image/property.h"
#include "common/file.h"
#include "common/image/document.h"
#include "common/json.h"

#include <string.h>

static void free_property(gpointer property)
{
    image_property_free(property);
}

ImageMeta *image_meta_new(void)
{
    ImageMeta *meta = g_new0(ImageMeta, 1);
    meta->size = meta->virtual_size = -1;
    meta->properties = g_ptr_array_new_with_free_func(free_property);
    meta->unknown = g_ptr_array_new_with_free_func(free_property);
    meta->warnings = g_ptr_array_new_with_free_func(g_free);
    meta->problems = g_ptr_array_new_with_free_func(g_free);
    return meta;
}

void image_meta_free(ImageMeta *meta)
{
    if (!meta)
        return;
    g_free(meta->id);
    g_free(meta->name);
    g_free(meta->status);
    g_free(meta->disk_format);
    g_free(meta->container_format);
    g_free(meta->hash_algo);
    g_free(meta->hash_value);
    g_free(meta->checksum);
    g_ptr_array_unref(meta->properties);
    g_ptr_array_unref(meta->unknown);
    g_ptr_array_unref(meta->warnings);
    g_ptr_array_unref(meta->problems);
    g_free(meta);
}

ImageMeta *image_meta_parse(const char *text, gsize length, const char *source, GError **error)
{
    return image_meta_parse_changed(text, length, NULL, source, error);
}

ImageMeta *image_meta_parse_changed(const char *text, gsize length, const GPtrArray *changes, const char *source, GError **error)
{
    g_autoptr(ImageMeta) meta = image_meta_new();
    g_autoptr(GPtrArray) given = text ? image_document_read(text, length, meta, error) : g_ptr_array_new_with_free_func(free_property);
    if (!given) {
        g_prefix_error(error, "%s: ", source);
        return NULL;
    }
    if (changes)
        image_changes_apply(changes, meta, given);
    image_fold(meta, given);
    /* nova 18.1.0 compute/api.py:530-606: ImageNotActive */
    if (meta->status && !g_str_equal(meta->status, "active"))
        g_ptr_array_add(meta->problems, g_strdup_printf("the image's status is %s, not active; wait until it is, or fetch it again", meta->status));
    return g_steal_pointer(&meta);
}

ImageMeta *image_meta_load(const char *path, GError **error)
{
    gsize length;
    g_autofree char *text = file_read(path, IMAGE_META_MAX, &length, error);
    return text ? image_meta_parse(text, length, path, error) : NULL;
}

const ImageProperty *image_meta_find(const ImageMeta *meta, const char *current_name)
{
    for (guint i = 0; i < meta->properties->len; i++) {
        const ImageProperty *property = meta->properties->pdata[i];
        if (g_str_equal(property->name, current_name))
            return property;
    }
    return NULL;
}

bool image_meta_has(const ImageMeta *meta, const char *name)
{
    const ImagePropertyRule *rule = image_property_find(name, NULL);
    bool has = image_meta_find(meta, rule ? rule->name : name) != NULL;
    for (guint i = 0; i < meta->unknown->len && !has; i++)
        has = g_str_equal(((const ImageProperty *)meta->unknown->pdata[i])->name, name);
    return has;
}

const char *image_meta_get(const ImageMeta *meta, const char *current_name)
{
    const ImageProperty *property = image_meta_find(meta, current_name);
    return property ? property->value : NULL;
}

bool image_meta_get_bool(const ImageMeta *meta, const char *name, bool fallback)
{
    const char *value = image_meta_get(meta, name);
    return value ? g_str_equal(value, "true") : fallback;
}

gint64 image_meta_get_int(const ImageMeta *meta, const char *name, gint64 fallback)
{
    const char *value = image_meta_get(meta, name);
    return value ? g_ascii_strtoll(value, NULL, 10) : fallback;
}

bool image_meta_check(const ImageMeta *meta, GError **error)
{
    if (meta->problems->len == 0)
        return true;
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < meta->problems->len; i++)
        g_string_append_printf(all, "%s%s", i ? "\n" : "", (const char *)meta->problems->pdata[i]);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s", all->str);
    return false;
}

static bool is_store_name(const char *base)
{
    return g_str_equal(base, "disk") || g_str_has_prefix(base, "disk.") || g_str_has_prefix(base, "root.");
}

char *image_meta_sidecar(const char *disk_path)
{
    static const char *const endings[] = {".meta.json", ".json", ".meta"};
    g_autofree char *folder = g_path_get_dirname(disk_path);
    g_autofree char *base = g_path_get_basename(disk_path);
    g_autofree char *stem = g_strdup(base);
    char *dot = strrchr(stem, '.');
    if (dot && dot != stem)
        *dot = '\0';

    const char *const names[] = {base, stem};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        for (gsize j = 0; j < G_N_ELEMENTS(endings); j++) {
            g_autofree char *name = g_strconcat(names[i], endings[j], NULL);
            g_autofree char *path = g_build_filename(folder, name, NULL);
            if (!g_str_equal(name, base) && g_file_test(path, G_FILE_TEST_EXISTS))
                return g_steal_pointer(&path);
        }

    g_autofree char *common = g_build_filename(folder, "meta.json", NULL);
    return is_store_name(base) && g_file_test(common, G_FILE_TEST_EXISTS) ? g_steal_pointer(&common) : NULL;
}

static void add_text(JsonBuilder *builder, const char *name, const char *value)
{
    if (value)
        json_add_string(builder, name, value);
}

static void add_size(JsonBuilder *builder, const char *name, gint64 value, gint64 absent)
{
    if (value != absent)
        json_add_int(builder, name, value);
}

static void add_image(JsonBuilder *builder, const ImageMeta *meta)
{
    json_builder_set_member_name(builder, "image");
    json_builder_begin_object(builder);
    add_text(builder, "id", meta->id);
    add_text(builder, "name", meta->name);
    add_text(builder, "status", meta->status);
    add_text(builder, "disk_format", meta->disk_format);
    add_text(builder, "container_format", meta->container_format);
    add_size(builder, "size", meta->size, -1);
    add_size(builder, "virtual_size", meta->virtual_size, -1);
    add_size(builder, "min_ram", meta->min_ram_mib, 0);
    add_size(builder, "min_disk", meta->min_disk_gib, 0);
    json_builder_end_object(builder);
}

static void add_list(JsonBuilder *builder, const char *name, const GPtrArray *texts)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (guint i = 0; i < texts->len; i++)
        json_builder_add_string_value(builder, texts->pdata[i]);
    json_builder_end_array(builder);
}

void image_meta_add_json(JsonBuilder *builder, const ImageMeta *meta, const char *source)
{
    json_add_string(builder, "format", "guestctl-image/1");
    json_add_string(builder, "source", source);
    add_image(builder, meta);

    json_builder_set_member_name(builder, "properties");
    json_builder_begin_object(builder);
    for (guint i = 0; i < meta->properties->len; i++) {
        const ImageProperty *property = meta->properties->pdata[i];
        json_add_string(builder, property->name, property->value);
    }
    json_builder_end_object(builder);

    json_builder_set_member_name(builder, "unknown");
    json_builder_begin_array(builder);
    for (guint i = 0; i < meta->unknown->len; i++) {
        const ImageProperty *property = meta->unknown->pdata[i];
        json_builder_add_string_value(builder, property->name);
    }
    json_builder_end_array(builder);

    add_list(builder, "warnings", meta->warnings);
    add_list(builder, "problems", meta->problems);
}
