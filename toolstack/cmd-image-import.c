/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "toolstack/command.h"
#include "toolstack/image-bring.h"
#include "toolstack/image-words.h"
#include "toolstack/output.h"

static bool read_options(const Options *options, ImageImport *import, char **document, GError **error)
{
    import->document_name = options->metadata;
    if (options->metadata && !(import->document = *document = file_read(options->metadata, IMAGE_META_MAX, NULL, error)))
        return false;
    import->convert = options->format != NULL;
    if (!options->format)
        return true;
    if (!g_str_equal(options->format, "raw") && !g_str_equal(options->format, "qcow2")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "--format: an image is kept as raw or qcow2, or as it is; for %s: guestctl image export",
                    options->format);
        return false;
    }
    return disk_format_parse(options->format, &import->format, error);
}

static void report(const Options *options, const ImageBrought *brought)
{
    const StoredImage *image = brought->image;
    g_autofree char *size = memory_text(image->file_size / 1024);
    const char *status = brought->result == IMPORT_THERE ? "there" : brought->result == IMPORT_SHARED ? "shared" : "imported";
    image_result(options, status, image, image->file_size, "image \"%s\" %s: %s%s%s, %s, id %s", image_label(image), image_brought_how(brought),
                 disk_format_name(image->format), image->converted ? " converted from " : "", image->converted ? image->converted : "", size, image->id);
}

bool cmd_image_import(Options *options, GError **error)
{
    const char *word = NULL;
    g_autofree char *document = NULL;
    g_auto(ImageBrought) brought = {0};
    g_autoptr(GPtrArray) changes = image_words(options, &word, error);
    ImageImport asked = {.name = options->name, .changes = changes};
    if (!changes || !read_options(options, &asked, &document, error) || !image_bring(options, word, &asked, &brought, error))
        return false;
    if (!options->dry_run)
        report(options, &brought);
    else
        image_result(options, "would-import", NULL, 0, brought.result == IMPORT_THERE ? "an image \"%s\" is in the store; %s would be compared with it"
                                                                                        : "image \"%s\" would be made of %s",
                     brought.planned, brought.source);
    return true;
}
