/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/export.h"
#include "toolstack/command.h"
#include "toolstack/image-words.h"
#include "toolstack/output.h"
#include "toolstack/work.h"

typedef struct Exporting {
    const Options *options;
    const StoredImage *image;
    ImageExport wish;
} Exporting;

static bool export_call(Work *work, void *data, GError **error)
{
    Exporting *exporting = data;
    exporting->wish.progress = work_progress;
    exporting->wish.data = work;
    return image_export(exporting->image, &exporting->wish, exporting->options->cancel, error);
}

bool cmd_image_export(Options *options, GError **error)
{
    const char *path = options_argument(options, 1);
    g_autoptr(StoredImage) image = image_store_find(options->paths, options_argument(options, 0), error);
    if (!image)
        return false;
    Exporting exporting = {.options = options, .image = image, .wish = {.paths = options->paths, .path = path, .convert = options->format != NULL, .force = options->force}};
    if (options->format && !disk_format_parse(options->format, &exporting.wish.format, error))
        return false;
    DiskFormat format = options->format ? exporting.wish.format : image->format;
    if (options->dry_run ? !image_export_check(&exporting.wish, error) : !work_run(options, export_call, &exporting, error))
        return false;
    image_result(options, options->dry_run ? "would-export" : "exported", image, image->file_size, "image \"%s\" %s %s as %s%s%s, its metadata %s.meta.json",
                 image_label(image), options->dry_run ? "would be written to" : "is in", path, disk_format_name(format),
                 format != image->format ? " converted from " : "", format != image->format ? disk_format_name(image->format) : "", path);
    return true;
}
