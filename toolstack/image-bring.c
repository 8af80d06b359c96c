/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/image-bring.h"

#include "toolstack/image-words.h"
#include "toolstack/output.h"
#include "toolstack/work.h"

/* What the working thread has. */
typedef struct Importing {
    const Options *options;
    const char *word;
    ImageImport *asked;
    ImageBrought *brought;
} Importing;

static bool import_call(Work *work, void *data, GError **error)
{
    const Importing *importing = data;
    const Options *options = importing->options;
    ImageBrought *brought = importing->brought;
    g_autofree char *folder = g_path_get_dirname(options->paths->config);
    g_autofree char *certs = g_build_filename(folder, "certs", NULL);
    const ImageSourceOptions from = {.certs = certs, .no_signature = options->no_signature};
    g_autoptr(ImageSource) source = image_source_open(importing->word, &from, options->cancel, error);
    if (!source)
        return false;
    brought->source = g_strdup(source->text);
    brought->reasons = source->reasons ? g_ptr_array_ref(source->reasons) : NULL;
    importing->asked->progress = work_progress;
    importing->asked->data = work;
    if (options->dry_run) {
        brought->planned = image_import_plan(options->paths, source, importing->asked, &brought->result, error);
        return brought->planned != NULL;
    }
    brought->image = image_import(options->paths, source, importing->asked, &brought->result, options->cancel, error);
    return brought->image != NULL;
}

/* Glance's words for what is no disk. */
static bool is_kernel(const ImageMeta *meta)
{
    static const char *const words[] = {"aki", "ari", NULL};
    return meta && meta->disk_format && g_strv_contains(words, meta->disk_format);
}

/* Values that nova would refuse, and a disk that looks like none, are no reason to leave the image out; a guest of it will be refused
 * or will not boot, so it is told now. */
static void tell_problems(const Options *options, const StoredImage *image)
{
    enum { SECTOR = 512 };
    const char *label = image_label(image);
    g_autoptr(ImageMeta) meta = image_store_metadata(image, NULL);
    for (guint i = 0; meta && i < meta->problems->len; i++)
        output_notice(options, "image \"%s\": %s; a guest of it will be refused; see: guestctl image show %s", label, (const char *)meta->problems->pdata[i], label);
    for (guint i = 0; image->passport && i < image->passport->notes->len; i++)
        output_notice(options, "image \"%s\": %s", label, (const char *)image->passport->notes->pdata[i]);
    guint64 size = image->virtual_size ? image->virtual_size : image->file_size;
    if (size % SECTOR != 0 && !is_kernel(meta))
        output_notice(options, "image \"%s\": %" G_GUINT64_FORMAT " bytes are no whole number of sectors: right for a kernel or a RAM disk, not for a disk", label, size);
}

static void tell_reasons(const Options *options, const GPtrArray *reasons)
{
    for (guint i = 0; reasons && i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        if (options->verbose || reason->severity != SEVERITY_INFO)
            output_notice(options, "%s is %s (%s: %s)", reason->field, reason->value, severity_name(reason->severity), reason->because);
    }
}

bool image_bring(const Options *options, const char *word, ImageImport *asked, ImageBrought *brought, GError **error)
{
    Importing importing = {.options = options, .word = word, .asked = asked, .brought = brought};
    bool done = work_run(options, import_call, &importing, error);
    tell_reasons(options, brought->reasons);
    if (brought->image)
        tell_problems(options, brought->image);
    return done;
}
