/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/disk-format.h"
#include "common/error.h"
#include "common/image/meta.h"
#include "common/image/property.h"
#include "common/suggest.h"
#include "toolstack/command.h"
#include "toolstack/image-find.h"
#include "toolstack/image-words.h"
#include "toolstack/output.h"

static bool no_metadata(const char *argument, GError **error)
{
    g_autofree char *base = g_path_get_basename(argument);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                "%s: there is no metadata beside this disk image; put it into %s.meta.json, or name it with --metadata", argument, base);
    return false;
}

static void add_core(Table *table, const ImageMeta *meta)
{
    static const char *const source = "image";
    g_autofree char *ram = g_strdup_printf("%" G_GINT64_FORMAT " MiB", meta->min_ram_mib);
    g_autofree char *disk = g_strdup_printf("%" G_GINT64_FORMAT " GiB", meta->min_disk_gib);
    const struct {
        const char *name, *value;
    } rows[] = {{"id", meta->id},
                {"name", meta->name},
                {"status", meta->status},
                {"disk_format", meta->disk_format},
                {"container_format", meta->container_format},
                {"min_ram", meta->min_ram_mib ? ram : NULL},
                {"min_disk", meta->min_disk_gib ? disk : NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].value)
            table_row(table, TINT_NONE, rows[i].name, rows[i].value, source);
}

/* What became of the text on its way: another name, another spelling. */
static char *change_of(const ImageProperty *property)
{
    bool renamed = g_strcmp0(property->name, property->given_name) != 0;
    bool changed = g_strcmp0(property->value, property->given_value) != 0;
    if (renamed && changed)
        return g_strdup_printf("from %s=%s", property->given_name, property->given_value);
    if (renamed)
        return g_strdup_printf("from %s", property->given_name);
    return changed ? g_strdup_printf("from \"%s\"", property->given_value) : g_strdup("");
}

static void add_properties(Table *table, const ImageMeta *meta)
{
    for (guint i = 0; i < meta->properties->len; i++) {
        const ImageProperty *property = meta->properties->pdata[i];
        g_autofree char *change = change_of(property);
        table_row(table, TINT_NONE, property->name, property->value, change);
    }
    for (guint i = 0; i < meta->unknown->len; i++) {
        const ImageProperty *property = meta->unknown->pdata[i];
        const char *nearest = suggest_nearest(property->name, image_property_names());
        g_autofree char *note = nearest ? g_strdup_printf("unknown; did they mean %s?", nearest) : g_strdup("unknown, not used");
        table_row(table, TINT_NOTICE, property->name, property->value, note);
    }
}

static void show_messages(const Options *options, const char *title, const GPtrArray *messages)
{
    for (guint i = 0; i < messages->len; i++) {
        g_autofree char *clean = text_clean(messages->pdata[i]);
        output_line(options, "%s: %s", title, clean);
    }
}

/* What the disk says for itself, against what the metadata says of it. */
static void show_disk(const char *path, const ImageMeta *meta, const Options *options)
{
    DiskInfo info;
    g_autoptr(GError) error = NULL;
    if (!disk_info_read(path, &info, &error)) {
        g_autofree char *clean = text_clean(error->message);
        output_line(options, "disk: %s", clean);
        return;
    }
    g_autofree char *size = memory_text((info.virtual_size ? info.virtual_size : info.file_size) / 1024);
    DiskFormat declared;
    bool disagrees = meta->disk_format && disk_format_parse(meta->disk_format, &declared, NULL) &&
                     !disk_format_agrees(declared, info.format);
    output_line(options, "disk: %s, %s%s%s%s", disk_format_name(info.format), size, info.has_backing_file ? ", with a backing file" : "",
                disagrees ? "; the metadata says disk_format=" : "", disagrees ? meta->disk_format : "");
}

static void show_stored(const StoredImage *image, const Options *options)
{
    output_line(options, "in the store: %s", image->folder);
    if (image->source)
        output_line(options, "came from: %s%s%s", image->source, image->converted ? ", converted from " : "", image->converted ? image->converted : "");
    if (image->sha512)
        output_line(options, "sha512: %s", image->sha512);
    for (guint i = 0; i < image->changes->len; i++) {
        const ImageChange *change = image->changes->pdata[i];
        g_autofree char *text = change->value ? g_strdup_printf("%s=%s", change->name, change->value) : g_strdup_printf("%s taken away", change->name);
        g_autofree char *clean = text_clean(text);
        output_line(options, "set here: %s", clean);
    }
}

static void show_text(const ImageMeta *meta, const ImageFound *sources, const Options *options)
{
    static const char *const headings[] = {"PROPERTY", "VALUE", "NOTE", NULL};
    g_autoptr(Table) table = table_new(headings);
    add_core(table, meta);
    add_properties(table, meta);
    output_table(options, table);
    if (sources->disk)
        show_disk(sources->disk, meta, options);
    if (sources->stored)
        show_stored(sources->stored, options);
    show_messages(options, "warning", meta->warnings);
    show_messages(options, "problem", meta->problems);
}

static void show_json(const ImageMeta *meta, const ImageFound *sources, const Options *options)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    image_meta_add_json(builder, meta, sources->document);
    if (sources->stored) {
        json_builder_set_member_name(builder, "stored");
        image_add_stored(builder, sources->stored);
        image_changes_add_json(builder, sources->stored->changes);
    }
    json_builder_end_object(builder);
    output_json(options, builder);
}

bool cmd_image_show(Options *options, GError **error)
{
    const char *argument = options_argument(options, 0);
    g_auto(ImageFound) sources = {0};
    if (!image_find(argument, options, &sources, error))
        return false;
    if (!sources.document && !sources.stored)
        return no_metadata(argument, error);
    g_autoptr(ImageMeta) meta = image_found_metadata(&sources, error);
    if (!meta)
        return false;
    if (options->json) {
        show_json(meta, &sources, options);
    } else {
        show_text(meta, &sources, options);
    }
    if (image_meta_check(meta, NULL))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %u value%s that nova would refuse; correct the image's properties",
                sources.document, meta->problems->len, meta->problems->len == 1 ? "" : "s");
    return false;
}
