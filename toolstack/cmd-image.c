/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>

#include "common/disk-format.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/image/meta.h"
#include "common/image/property.h"
#include "common/suggest.h"
#include "toolstack/command.h"
#include "toolstack/output.h"

/* Where the metadata is, and the disk that it describes when that was named. */
typedef struct Sources {
    char *document, *disk;
} Sources;

static void sources_clear(Sources *sources)
{
    g_free(sources->document);
    g_free(sources->disk);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sources, sources_clear)

/* A file that begins with text is the metadata itself, also when it is too large to be good metadata. A disk's first
 * sector has zeros or code. */
static bool looks_like_document(const char *path)
{
    char head[512];
    Fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd < 0 ? -1 : read(fd, head, sizeof head);
    const char *end = NULL;
    if (length == 0) /* an empty one too: it is then told so */
        return true;
    if (length < 0 || memchr(head, '\0', (size_t)length))
        return false;
    bool valid = g_utf8_validate(head, length, &end);
    return valid || head + length - end < 4; /* a character that is cut in two at the end */
}

static bool find_in_store(const char *argument, const Options *options, Sources *sources)
{
    if (strchr(argument, '/') || argument[0] == '.')
        return false;
    g_autofree char *disk = g_build_filename(options->paths->images, argument, "disk", NULL);
    g_autofree char *document = g_build_filename(options->paths->images, argument, "meta.json", NULL);
    if (!g_file_test(document, G_FILE_TEST_EXISTS))
        return false;
    sources->document = g_steal_pointer(&document);
    sources->disk = g_file_test(disk, G_FILE_TEST_EXISTS) ? g_steal_pointer(&disk) : NULL;
    return true;
}

static bool find_sources(const char *argument, const Options *options, Sources *sources, GError **error)
{
    if (options->metadata) {
        sources->document = g_strdup(options->metadata);
        sources->disk = g_strdup(argument);
        return true;
    }
    if (find_in_store(argument, options, sources))
        return true;
    if (!g_file_test(argument, G_FILE_TEST_EXISTS)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "%s: there is no such file, nor an image of that name in %s",
                    argument, options->paths->images);
        return false;
    }
    sources->document = image_meta_sidecar(argument);
    if (sources->document) {
        sources->disk = g_strdup(argument);
        return true;
    }
    if (looks_like_document(argument)) {
        sources->document = g_strdup(argument);
        return true;
    }
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

static void show_text(const ImageMeta *meta, const Sources *sources, const Options *options)
{
    static const char *const headings[] = {"PROPERTY", "VALUE", "NOTE", NULL};
    g_autoptr(Table) table = table_new(headings);
    add_core(table, meta);
    add_properties(table, meta);
    output_table(options, table);
    if (sources->disk)
        show_disk(sources->disk, meta, options);
    show_messages(options, "warning", meta->warnings);
    show_messages(options, "problem", meta->problems);
}

bool cmd_image_show(Options *options, GError **error)
{
    g_auto(Sources) sources = {0};
    g_autoptr(ImageMeta) meta = NULL;
    if (!find_sources(options_argument(options, 0), options, &sources, error) || !(meta = image_meta_load(sources.document, error)))
        return false;
    if (options->json) {
        g_autofree char *json = image_meta_to_json(meta, sources.document);
        output_text(options, json);
    } else {
        show_text(meta, &sources, options);
    }
    if (image_meta_check(meta, NULL))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %u value%s that nova would refuse; correct the image's properties",
                sources.document, meta->problems->len, meta->problems->len == 1 ? "" : "s");
    return false;
}
