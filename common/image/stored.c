/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/stored.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "common/json.h"

#define FORMAT "guestctl-stored-image/1"

enum { LOCAL_MAX = 1024 * 1024 };

char *stored_folder(const Paths *paths, const char *id)
{
    return g_build_filename(paths->images, id, NULL);
}

char *stored_name_link(const Paths *paths, const char *name)
{
    return g_build_filename(paths->images, ".names", name, NULL);
}

char *stored_blob(const Paths *paths, const char *sha512, DiskFormat format)
{
    g_autofree char *file = g_strdup_printf("%s.%s", sha512, disk_format_name(format));
    return g_build_filename(paths->images, ".blobs", file, NULL);
}

char *stored_incoming(const Paths *paths, const char *key)
{
    return g_build_filename(paths->images, ".incoming", key, NULL);
}

StoredImage *stored_new(void)
{
    StoredImage *image = g_new0(StoredImage, 1);
    image->changes = image_changes_new();
    return image;
}

void stored_image_free(StoredImage *image)
{
    if (!image)
        return;
    g_free(image->id);
    g_free(image->name);
    g_free(image->folder);
    g_free(image->disk);
    g_free(image->document);
    g_free(image->sha512);
    g_free(image->source);
    g_free(image->source_key);
    g_free(image->converted);
    g_free(image->source_sha512);
    passport_free(image->passport);
    g_ptr_array_unref(image->changes);
    g_free(image);
}

/* The document guestctl-passport/1 as it is. */
static void add_passport(JsonBuilder *builder, const Passport *passport)
{
    g_autofree char *text = passport ? passport_to_json(passport) : NULL;
    JsonNode *node = text ? json_from_string(text, NULL) : NULL;
    if (node)
        json_builder_add_value(builder, node);
    else
        json_builder_add_null_value(builder);
}

static bool parse_passport(StoredImage *image, JsonObject *object, const char *source, GError **error)
{
    JsonNode *node = json_object_get_member(object, "passport");
    if (!node || JSON_NODE_HOLDS_NULL(node))
        return true;
    g_autofree char *text = json_to_string(node, FALSE);
    image->passport = passport_parse(text, strlen(text), source, error);
    return image->passport != NULL;
}

char *stored_to_json(const StoredImage *image)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", FORMAT);
    json_add_string(builder, "name", image->name);
    json_add_string(builder, "disk_format", disk_format_name(image->format));
    json_add_int(builder, "size", (gint64)image->file_size);
    json_add_int(builder, "virtual_size", (gint64)image->virtual_size);
    json_add_string(builder, "sha512", image->sha512);
    json_add_string(builder, "source", image->source);
    json_add_string(builder, "source_key", image->source_key);
    json_add_string(builder, "converted", image->converted);
    json_add_string(builder, "source_sha512", image->source_sha512);
    json_add_int(builder, "imported", image->imported);
    json_builder_set_member_name(builder, "passport");
    add_passport(builder, image->passport);
    image_changes_add_json(builder, image->changes);
    json_builder_end_object(builder);
    return json_finish(builder, true);
}

static bool parse_changes(StoredImage *image, JsonObject *object, GError **error)
{
    JsonNode *node = json_object_get_member(object, "changes");
    if (!node || !JSON_NODE_HOLDS_OBJECT(node))
        return true;
    JsonObject *changes = json_node_get_object(node);
    g_autoptr(GList) names = json_object_get_members(changes);
    for (GList *name = names; name; name = name->next) {
        g_autofree char *value = NULL, *notice = NULL;
        if (!json_get_string(changes, name->data, &value, error) || !image_change_add(image->changes, name->data, value, &notice, error))
            return false;
    }
    return true;
}

bool stored_parse(StoredImage *image, const char *text, gsize length, const char *source, GError **error)
{
    g_autoptr(JsonNode) root = json_open(text, length, LOCAL_MAX, source, FORMAT, error);
    if (!root)
        return false;
    JsonObject *object = json_node_get_object(root);
    g_autofree char *format = NULL;
    guint64 imported = 0;
    if (!json_get_string(object, "name", &image->name, error) || !json_get_string(object, "disk_format", &format, error) ||
        !json_get_uint(object, "size", &image->file_size, error) || !json_get_uint(object, "virtual_size", &image->virtual_size, error) ||
        !json_get_string(object, "sha512", &image->sha512, error) || !json_get_string(object, "source", &image->source, error) ||
        !json_get_string(object, "source_key", &image->source_key, error) ||
        !json_get_string(object, "converted", &image->converted, error) || !json_get_string(object, "source_sha512", &image->source_sha512, error) || !json_get_uint(object, "imported", &imported, error) ||
        !disk_format_parse(format ? format : "", &image->format, error) || !parse_changes(image, object, error) ||
        !parse_passport(image, object, source, error)) {
        g_prefix_error(error, "%s: ", source);
        return false;
    }
    image->imported = (gint64)imported;
    return true;
}

/* What nobody wrote down is read from the disk itself. */
static bool look_at_disk(StoredImage *image, GError **error)
{
    DiskInfo info;
    if (!disk_info_read(image->disk, &info, error))
        return false;
    image->format = info.format;
    image->file_size = info.file_size;
    image->virtual_size = info.virtual_size;
    return true;
}

StoredImage *stored_load(const Paths *paths, const char *id, GError **error)
{
    g_autoptr(StoredImage) image = stored_new();
    image->id = g_strdup(id);
    image->folder = stored_folder(paths, id);
    image->disk = g_build_filename(image->folder, "disk", NULL);
    g_autofree char *document = g_build_filename(image->folder, "meta.json", NULL);
    g_autofree char *local = g_build_filename(image->folder, "local.json", NULL);
    if (!g_file_test(image->disk, G_FILE_TEST_EXISTS)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: there is no disk in this folder; remove it, or put the image's file there",
                    image->folder);
        return NULL;
    }
    if (g_file_test(document, G_FILE_TEST_EXISTS))
        image->document = g_steal_pointer(&document);
    if (!g_file_test(local, G_FILE_TEST_EXISTS))
        return look_at_disk(image, error) ? g_steal_pointer(&image) : NULL;
    gsize length = 0;
    g_autofree char *text = file_read(local, LOCAL_MAX, &length, error);
    if (!text || !stored_parse(image, text, length, local, error))
        return NULL;
    /* Who put it there by hand may put another one there. */
    return image->sha512 || look_at_disk(image, error) ? g_steal_pointer(&image) : NULL;
}

bool stored_is_sound(const char *path, const StoredImage *image)
{
    DiskInfo info;
    return disk_info_read(path, &info, NULL) && info.file_size == image->file_size && info.format == image->format;
}

bool stored_check_disk(const StoredImage *image, GError **error)
{
    const char *name = image->name ? image->name : image->id;
    if (stored_is_sound(image->disk, image))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "image \"%s\" of the store is damaged: %s is not the %s file of %" G_GUINT64_FORMAT " bytes any more that was imported; remove it with: "
                "guestctl image remove %s, then import it again",
                name, image->disk, disk_format_name(image->format), image->file_size, name);
    return false;
}

char *stored_id_of_name(const Paths *paths, const char *name)
{
    g_autofree char *link = stored_name_link(paths, name);
    g_autofree char *target = g_file_read_link(link, NULL);
    return target && g_str_has_prefix(target, "../") && !strchr(target + 3, '/') ? g_strdup(target + 3) : NULL;
}

bool stored_link_name(const Paths *paths, const char *name, const char *id, GError **error)
{
    g_autofree char *link = stored_name_link(paths, name);
    g_autofree char *folder = g_path_get_dirname(link);
    g_autofree char *temporary = g_build_filename(folder, ".new", NULL);
    g_autofree char *target = g_strconcat("../", id, NULL);
    if (!file_make_folder(folder, 0755, error))
        return false;
    if ((unlink(temporary) < 0 && errno != ENOENT) || symlink(target, temporary) < 0 || rename(temporary, link) < 0) {
        error_set_errno(error, errno, "%s: cannot be made", link);
        return false;
    }
    return file_sync_folder(folder, error);
}
