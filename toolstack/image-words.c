/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/image-words.h"

#include <string.h>

#include "common/error.h"
#include "common/json.h"
#include "toolstack/command.h"
#include "toolstack/image-bring.h"
#include "toolstack/output.h"

static bool add_change(const Options *options, GPtrArray *changes, const char *word, GError **error)
{
    const char *equals = strchr(word, '=');
    g_autofree char *notice = NULL;
    if (!equals || equals == word) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "--property: \"%s\" is not KEY=VALUE, such as vm_mode=hvm", word);
        return false;
    }
    g_autofree char *name = g_strndup(word, (gsize)(equals - word));
    if (!equals[1]) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "property \"%s\" has no value; to take it away: guestctl image unset IMAGE %s", name, name);
        return false;
    }
    if (image_changes_have(changes, name)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "property \"%s\" is given twice; give it once", name);
        return false;
    }
    if (!image_change_add(changes, name, equals + 1, &notice, error))
        return false;
    if (notice && options->strict) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s", notice);
        return false;
    }
    if (notice)
        output_notice(options, "%s", notice);
    return true;
}

/* No image and no file that is named so has a "=" in its name. */
static bool is_property(const char *word)
{
    return strchr(word, '=') && !strchr(word, '/') && !g_file_test(word, G_FILE_TEST_EXISTS);
}

GPtrArray *image_words(const Options *options, const char **subject, GError **error)
{
    g_autoptr(GPtrArray) changes = image_changes_new();
    *subject = NULL;
    for (guint i = 0; i < options->properties->len; i++)
        if (!add_change(options, changes, options->properties->pdata[i], error))
            return NULL;
    for (guint i = 0; i < options->arguments->len; i++) {
        const char *word = options->arguments->pdata[i];
        if (is_property(word)) {
            if (!add_change(options, changes, word, error))
                return NULL;
            output_notice(options, "%s is taken as a property too (openstack's own client wants --property before each)", word);
        } else if (*subject) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "%s: too many arguments: \"%s\" and \"%s\"; one image at a time", options->command->name,
                        *subject, word);
            return NULL;
        } else {
            *subject = word;
        }
    }
    if (*subject)
        return g_steal_pointer(&changes);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "%s: an argument is missing; usage: guestctl %s %s", options->command->name, options->command->name,
                options->command->synopsis);
    return NULL;
}

const char *image_label(const StoredImage *image)
{
    return image->name ? image->name : image->id;
}

void image_result(const Options *options, const char *status, const StoredImage *image, guint64 bytes, const char *format, ...)
{
    if (!options->json) {
        va_list args;
        va_start(args, format);
        g_autofree char *text = g_strdup_vprintf(format, args);
        va_end(args);
        g_autofree char *clean = text_clean(text);
        output_line(options, "%s", clean);
        return;
    }
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-image-result/1");
    json_add_string(builder, "command", options->command->name);
    json_add_string(builder, "status", status);
    json_add_string(builder, "id", image ? image->id : NULL);
    json_add_string(builder, "name", image ? image->name : NULL);
    json_add_string(builder, "disk", image ? image->disk : NULL);
    json_add_int(builder, "bytes", (gint64)bytes);
    json_builder_end_object(builder);
    output_json(options, builder);
}

void image_add_stored(JsonBuilder *builder, const StoredImage *image)
{
    json_builder_begin_object(builder);
    json_add_string(builder, "id", image->id);
    json_add_string(builder, "name", image->name);
    json_add_string(builder, "disk_format", disk_format_name(image->format));
    json_add_int(builder, "size", (gint64)image->file_size);
    json_add_int(builder, "virtual_size", (gint64)image->virtual_size);
    json_add_string(builder, "sha512", image->sha512);
    json_add_string(builder, "source", image->source);
    json_add_string(builder, "converted", image->converted);
    json_add_int(builder, "imported", image->imported);
    json_add_string(builder, "disk", image->disk);
    json_builder_end_object(builder);
}

void image_brought_clear(ImageBrought *brought)
{
    stored_image_free(brought->image);
    g_free(brought->planned);
    g_free(brought->source);
    g_clear_pointer(&brought->reasons, g_ptr_array_unref);
}

const char *image_brought_how(const ImageBrought *brought)
{
    return brought->result == IMPORT_THERE    ? "is in the store already"
           : brought->result == IMPORT_SHARED ? "is in the store, and shares its content with another image"
                                              : "is in the store";
}
