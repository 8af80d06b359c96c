/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/json.h"
#include "common/storage/storage.h"

enum { DOCUMENT_MAX = 64 * 1024 };
#define FORMAT "guestctl-disk/1"

/* The members that are text. */
static const struct {
    const char *name;
    gsize at;
    bool needed;
} texts[] = {
    {"guest", offsetof(StorageDisk, guest), true}, {"disk", offsetof(StorageDisk, name), true},
    {"owner", offsetof(StorageDisk, owner), true}, {"storage", offsetof(StorageDisk, storage), true},
    {"kind", offsetof(StorageDisk, kind), true},   {"path", offsetof(StorageDisk, path), true},
    {"image", offsetof(StorageDisk, image), false}, {"base", offsetof(StorageDisk, base), false},
    {"volume_group", offsetof(StorageDisk, volume_group), false}, {"thin_pool", offsetof(StorageDisk, thin_pool), false},
    {"pool", offsetof(StorageDisk, pool), false}, {"ceph_conf", offsetof(StorageDisk, conf), false},
    {"rbd_user", offsetof(StorageDisk, user), false}, {"scratch", offsetof(StorageDisk, scratch), false},
    {"change", offsetof(StorageDisk, change), false}, {"snapshot", offsetof(StorageDisk, snapshot), false},
};

static void add_words(JsonBuilder *builder, const char *name, const GPtrArray *words)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (guint i = 0; i < words->len; i++)
        json_builder_add_string_value(builder, words->pdata[i]);
    json_builder_end_array(builder);
}

char *storage_disk_to_json(const StorageDisk *disk, const GPtrArray *words, const GPtrArray *share)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", FORMAT);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = G_STRUCT_MEMBER(char *, disk, texts[i].at);
        if (text)
            json_add_string(builder, texts[i].name, text);
    }
    if (disk->base) {
        json_add_string(builder, "base_format", disk_format_name(disk->base_format));
        json_add_bool(builder, "overlay", disk->overlay);
    }
    json_add_string(builder, "disk_format", disk_format_name(disk->format));
    json_add_int(builder, "size", (gint64)disk->size);
    if (disk->injected)
        json_add_bool(builder, "injected", true);
    if (disk->snapshots && *disk->snapshots)
        json_add_strings(builder, "snapshots", (const char *const *)disk->snapshots);
    if (share && share->len)
        add_words(builder, "run_share", share);
    add_words(builder, "run", words);
    json_builder_end_object(builder);
    return json_finish(builder, true);
}

static bool read_formats(JsonObject *object, StorageDisk *disk, GError **error)
{
    g_autofree char *format = NULL, *base_format = NULL;
    return json_get_string(object, "disk_format", &format, error) && json_get_string(object, "base_format", &base_format, error) &&
           disk_format_parse(format ? format : "none", &disk->format, error) &&
           (!disk->base || disk_format_parse(base_format ? base_format : "none", &disk->base_format, error));
}

static bool read_disk(JsonObject *object, StorageDisk *disk, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        char **text = &G_STRUCT_MEMBER(char *, disk, texts[i].at);
        if (!json_get_string(object, texts[i].name, text, error))
            return false;
        if (texts[i].needed && !*text) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is missing", texts[i].name);
            return false;
        }
    }
    if (!json_get_uint(object, "size", &disk->size, error) || !json_get_bool(object, "overlay", &disk->overlay, error) ||
        !json_get_bool(object, "injected", &disk->injected, error) ||
        !json_get_strings(object, "snapshots", &disk->snapshots, error) || !read_formats(object, disk, error))
        return false;
    const StorageDriver *driver = storage_driver(disk->storage);
    bool named = driver && (driver->protocol ? disk->pool && disk->conf && g_str_has_prefix(disk->path, disk->pool) && strchr(disk->path, '/')
                                             : g_path_is_absolute(disk->path));
    if (named && (!disk->overlay || disk->base) && (driver != &storage_lvm || disk->volume_group))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "storage \"%.40s\" with path \"%.200s\" is none that this guestctl has", disk->storage,
                disk->path);
    return false;
}

static bool read_words(JsonObject *object, const char *name, GPtrArray **words, GError **error)
{
    g_auto(GStrv) lines = NULL;
    if (!json_get_strings(object, name, &lines, error))
        return false;
    if (words) {
        *words = g_ptr_array_new_with_free_func(g_free);
        for (char **line = lines; line && *line; line++)
            g_ptr_array_add(*words, g_strdup(*line));
    }
    return true;
}

StorageDisk *storage_disk_parse(const char *text, gsize length, const char *source, GPtrArray **words, GPtrArray **share, GError **error)
{
    g_autoptr(JsonNode) root = json_open(text, length, DOCUMENT_MAX, source, FORMAT, error);
    if (!root)
        return NULL;
    JsonObject *object = json_node_get_object(root);
    g_autoptr(StorageDisk) disk = storage_disk_new();
    if (!read_disk(object, disk, error) || !read_words(object, "run", words, error) || !read_words(object, "run_share", share, error)) {
        g_prefix_error(error, "%s: ", source);
        return NULL;
    }
    return g_steal_pointer(&disk);
}

bool storage_check_place(const StorageDisk *disk, const char *record, GError **error)
{
    const StorageDriver *driver = storage_driver(disk->storage);
    g_autofree char *of_record = g_path_get_dirname(record), *of_disk = g_path_get_dirname(disk->path);
    if (driver->protocol || driver->block || g_str_equal(of_record, of_disk))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: its disk, %.200s, is not in the same folder, where guestctl makes disks; see who changed it",
                record, disk->path);
    return false;
}

/* What cannot be read is not guessed: the disk may be all that is left of somebody's data. */
static StorageDisk *load(const char *path, GError **error)
{
    gsize length = 0;
    g_autofree char *text = file_read(path, DOCUMENT_MAX, &length, error);
    g_autoptr(StorageDisk) disk = text ? storage_disk_parse(text, length, path, NULL, NULL, error) : NULL;
    if (text && !disk)
        g_prefix_error(error, "the record of a guest's disk is damaged; put it back, or move it and the disk beside it away: ");
    return disk && storage_check_place(disk, path, error) ? g_steal_pointer(&disk) : NULL;
}

StorageDisk *storage_record_load(const char *folder, const char *disk, GError **error)
{
    g_autofree char *path = storage_record_path(folder, disk);
    g_autoptr(GError) failed = NULL;
    StorageDisk *loaded = load(path, &failed);
    if (!loaded && !g_error_matches(failed, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        g_propagate_error(error, g_steal_pointer(&failed));
    return loaded;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp((*(StorageDisk *const *)a)->name, (*(StorageDisk *const *)b)->name);
}

GPtrArray *storage_records(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) disks = g_ptr_array_new_with_free_func((GDestroyNotify)storage_disk_free);
    g_autoptr(GError) failed = NULL;
    g_autoptr(GDir) open = g_dir_open(folder, 0, &failed);
    if (!open && !g_error_matches(failed, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return NULL;
    }
    for (const char *file; open && (file = g_dir_read_name(open));) {
        if (!g_str_has_suffix(file, ".disk.json"))
            continue;
        g_autofree char *path = g_build_filename(folder, file, NULL);
        StorageDisk *disk = load(path, error);
        if (!disk)
            return NULL;
        g_ptr_array_add(disks, disk);
    }
    g_ptr_array_sort(disks, by_name);
    return g_steal_pointer(&disks);
}
