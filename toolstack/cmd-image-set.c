/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/image/property.h"
#include "common/suggest.h"
#include "toolstack/command.h"
#include "toolstack/image-remote.h"
#include "toolstack/image-words.h"
#include "toolstack/output.h"

static bool change(const Options *options, const char *word, const GPtrArray *changes, GError **error)
{
    if (options->remote)
        return image_remote_change(options, word, changes, error);
    g_autoptr(StoredImage) image = image_store_find(options->paths, word, error);
    if (!image)
        return false;
    if (options->dry_run) {
        for (guint i = 0; i < changes->len && !options->json; i++) {
            const ImageChange *at = changes->pdata[i];
            g_autofree char *text = at->value ? g_strdup_printf("%s=%s would be set", at->name, at->value) : g_strdup_printf("%s would be taken away", at->name);
            g_autofree char *clean = text_clean(text);
            output_line(options, "%s", clean);
        }
        image_result(options, "would-change", image, 0, "image \"%s\" would be changed", image_label(image));
        return true;
    }
    if (!image_store_set(options->paths, image->id, options->name, changes, options->cancel, error))
        return false;
    g_autoptr(StoredImage) now = image_store_find(options->paths, image->id, error);
    if (!now)
        return false;
    image_result(options, "changed", now, 0, "image \"%s\" is changed; see: guestctl image show %s", image_label(now), image_label(now));
    return true;
}

bool cmd_image_set(Options *options, GError **error)
{
    const char *word;
    g_autoptr(GPtrArray) changes = image_words(options, &word, error);
    if (!changes)
        return false;
    if (changes->len == 0 && !options->name) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "image set: nothing to set; give --property KEY=VALUE or --name NAME");
        return false;
    }
    return (!options->name || image_name_check(options->name, error)) && change(options, word, changes, error);
}

static bool check_has(const ImageMeta *meta, const char *label, const char *name, GError **error)
{
    const ImagePropertyRule *rule = image_property_find(name, NULL);
    bool core = (g_str_equal(name, "min_ram") && meta->min_ram_mib) || (g_str_equal(name, "min_disk") && meta->min_disk_gib);
    bool refused = rule && !image_meta_find(meta, rule->name) && meta->problems->len > 0; /* a value that nova refuses is one to take away */
    if (core || refused || image_meta_has(meta, name))
        return true;
    const char *nearest = suggest_nearest(name, image_property_names());
    bool other = nearest && !g_str_equal(nearest, name);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "image \"%s\" has no property \"%s\"%s%s%s", label, name,
                other ? "; did you mean \"" : "; see: guestctl image show ", other ? nearest : label, other ? "\"?" : "");
    return false;
}

bool cmd_image_unset(Options *options, GError **error)
{
    const char *word = options_argument(options, 0);
    g_autoptr(StoredImage) image = options->remote ? NULL : image_store_find(options->paths, word, error);
    g_autoptr(ImageMeta) meta = image ? image_store_metadata(image, error) : NULL;
    g_autoptr(GPtrArray) changes = image_changes_new();
    if (!meta && !options->remote)
        return false;
    for (guint i = 1; i < options->arguments->len; i++) {
        g_autofree char *notice = NULL;
        const char *name = options->arguments->pdata[i];
        if ((meta && !check_has(meta, image_label(image), name, error)) || !image_change_add(changes, name, NULL, &notice, error))
            return false;
    }
    return change(options, word, changes, error);
}

bool cmd_image_remove(Options *options, GError **error)
{
    g_autoptr(StoredImage) image = image_store_find(options->paths, options_argument(options, 0), error);
    if (!image || !image_store_remove(options->paths, image, options->force, options->dry_run, options->cancel, error))
        return false;
    image_result(options, options->dry_run ? "would-remove" : "removed", image, image->file_size, "image \"%s\" %s", image_label(image),
                 options->dry_run ? "would be removed" : "is removed");
    return true;
}
