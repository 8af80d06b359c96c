/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/json.h"
#include "toolstack/command.h"
#include "toolstack/image-remote.h"
#include "toolstack/image-words.h"
#include "toolstack/output.h"

static char *day_of(const StoredImage *image)
{
    g_autoptr(GDateTime) time = image->imported ? g_date_time_new_from_unix_local(image->imported) : NULL;
    return time ? g_date_time_format(time, "%Y-%m-%d %H:%M") : NULL;
}

static void show_table(const GPtrArray *images, const Options *options)
{
    static const char *const headings[] = {"NAME", "ID", "FORMAT", "SIZE", "VIRTUAL", "IMPORTED", "SOURCE", NULL};
    g_autoptr(Table) table = table_new(headings);
    table_align_right(table, 3);
    table_align_right(table, 4);
    for (guint i = 0; i < images->len; i++) {
        const StoredImage *image = images->pdata[i];
        g_autofree char *size = memory_text(image->file_size / 1024);
        g_autofree char *virtual_size = image->virtual_size ? memory_text(image->virtual_size / 1024) : NULL;
        g_autofree char *day = day_of(image);
        table_row(table, TINT_NONE, image->name, image->id, disk_format_name(image->format), size, virtual_size, day, image->source);
    }
    output_table(options, table);
}

static void show_names(const GPtrArray *images, const Options *options)
{
    for (guint i = 0; i < images->len; i++) {
        g_autofree char *clean = text_clean(image_label(images->pdata[i]));
        output_line(options, "%s", clean);
    }
}

static void show_json(const GPtrArray *images, const Options *options)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-images/1");
    json_builder_set_member_name(builder, "images");
    json_builder_begin_array(builder);
    for (guint i = 0; i < images->len; i++)
        image_add_stored(builder, images->pdata[i]);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    output_json(options, builder);
}

bool cmd_image_list(Options *options, GError **error)
{
    if (options->remote)
        return image_remote_list(options, error);
    if (options->name || options->properties->len) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "image list: --name and --property are filters of the image service; add --remote");
        return false;
    }
    g_autoptr(GPtrArray) images = image_store_list(options->paths, error);
    if (!images)
        return false;
    if (options->json)
        show_json(images, options);
    else if (options->names)
        show_names(images, options);
    else
        show_table(images, options);
    return true;
}

bool cmd_image_gc(Options *options, GError **error)
{
    guint64 freed;
    guint things;
    if (!image_store_gc(options->paths, options->dry_run, &freed, &things, options->cancel, error))
        return false;
    g_autofree char *size = memory_text(freed / 1024);
    const char *verb = options->dry_run ? "would be removed" : things == 1 ? "was removed" : "were removed";
    image_result(options, options->dry_run ? "would-remove" : "removed", NULL, freed, "%u thing%s that nothing uses %s, %s", things, things == 1 ? "" : "s", verb, size);
    return true;
}
