/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/image/import.h"
#include "toolstack/command.h"
#include "toolstack/image-words.h"
#include "toolstack/output.h"
#include "toolstack/work.h"

typedef struct Importing {
    const Options *options;
    const char *word;
    ImageImport import;
    ImportResult result;
    StoredImage *image; /* NULL with --dry-run */
    char *planned;      /* the name, with --dry-run */
    char *source;
    GPtrArray *reasons; /* Reason*: what was decided about the source; NULL: nothing */
} Importing;

static void importing_clear(Importing *importing)
{
    stored_image_free(importing->image);
    g_free(importing->planned);
    g_free(importing->source);
    g_clear_pointer(&importing->reasons, g_ptr_array_unref);
    g_free((char *)importing->import.document);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Importing, importing_clear)

static bool import_call(Work *work, void *data, GError **error)
{
    Importing *importing = data;
    const Options *options = importing->options;
    g_autofree char *folder = g_path_get_dirname(options->paths->config);
    g_autofree char *certs = g_build_filename(folder, "certs", NULL);
    const ImageSourceOptions from = {.certs = certs, .no_signature = options->no_signature};
    g_autoptr(ImageSource) source = image_source_open(importing->word, &from, options->cancel, error);
    if (!source)
        return false;
    importing->source = g_strdup(source->text);
    importing->reasons = source->reasons ? g_ptr_array_ref(source->reasons) : NULL;
    importing->import.progress = work_progress;
    importing->import.data = work;
    if (options->dry_run) {
        importing->planned = image_import_plan(options->paths, source, &importing->import, &importing->result, error);
        return importing->planned != NULL;
    }
    importing->image = image_import(options->paths, source, &importing->import, &importing->result, options->cancel, error);
    return importing->image != NULL;
}

static bool read_options(const Options *options, ImageImport *import, GError **error)
{
    import->name = options->name;
    import->document_name = options->metadata;
    if (options->metadata && !(import->document = file_read(options->metadata, IMAGE_META_MAX, NULL, error)))
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

/* Values that nova would refuse are no reason to leave the image out; a guest of it will be refused, so it is told now. */
static void tell_problems(const Options *options, const StoredImage *image)
{
    g_autoptr(ImageMeta) meta = image_store_metadata(image, NULL);
    for (guint i = 0; meta && i < meta->problems->len; i++)
        output_notice(options, "image \"%s\": %s; correct it with: guestctl image set", image_label(image), (const char *)meta->problems->pdata[i]);
}

static void tell_reasons(const Options *options, const GPtrArray *reasons)
{
    for (guint i = 0; reasons && i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        if (options->verbose || reason->severity != SEVERITY_INFO)
            output_notice(options, "%s is %s (%s: %s)", reason->field, reason->value, severity_name(reason->severity), reason->because);
    }
}

static void report(const Options *options, const Importing *importing)
{
    const StoredImage *image = importing->image;
    g_autofree char *size = memory_text(image->file_size / 1024);
    const char *how = importing->result == IMPORT_THERE    ? "is in the store already"
                      : importing->result == IMPORT_SHARED ? "is in the store, and shares its content with another image"
                                                           : "is in the store";
    const char *status = importing->result == IMPORT_THERE ? "there" : importing->result == IMPORT_SHARED ? "shared" : "imported";
    image_result(options, status, image, image->file_size, "image \"%s\" %s: %s%s%s, %s, id %s", image_label(image), how, disk_format_name(image->format),
                 image->converted ? " converted from " : "", image->converted ? image->converted : "", size, image->id);
    tell_problems(options, image);
}

bool cmd_image_import(Options *options, GError **error)
{
    g_auto(Importing) importing = {.options = options};
    g_autoptr(GPtrArray) changes = image_words(options, &importing.word, error);
    if (!changes || !read_options(options, &importing.import, error))
        return false;
    importing.import.changes = changes;
    bool done = work_run(options, import_call, &importing, error);
    tell_reasons(options, importing.reasons);
    if (!done)
        return false;
    if (!options->dry_run)
        report(options, &importing);
    else
        image_result(options, "would-import", NULL, 0, importing.result == IMPORT_THERE ? "an image \"%s\" is in the store; %s would be compared with it"
                                                                                          : "image \"%s\" would be made of %s",
                     importing.planned, importing.source);
    return true;
}
