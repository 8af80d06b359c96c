/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/storage/storage.h"

static bool has(const StorageDisk *disk, const char *snapshot)
{
    return snapshot && disk->snapshots && g_strv_contains((const char *const *)disk->snapshots, snapshot);
}

/* The record's order, for those that there are; then those that it does not know. */
static GStrv ordered(const StorageDisk *record, GPtrArray *names)
{
    GPtrArray *all = g_ptr_array_new();
    for (char **at = record->snapshots; at && *at; at++)
        if (g_ptr_array_find_with_equal_func(names, *at, g_str_equal, NULL))
            g_ptr_array_add(all, g_strdup(*at));
    for (guint i = 0; i < names->len; i++)
        if (!has(record, names->pdata[i]))
            g_ptr_array_add(all, g_strdup(names->pdata[i]));
    g_ptr_array_add(all, NULL);
    return (GStrv)g_ptr_array_free(all, FALSE);
}

bool storage_learn(StorageDisk *record, const StorageLook *look, bool *changed, GError **error)
{
    const StorageDriver *driver = storage_driver(record->storage);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!driver->list_snapshots(record, names, error))
        return false;
    g_auto(GStrv) known = g_steal_pointer(&record->snapshots);
    static char *none[] = {NULL};
    record->snapshots = known;
    record->snapshots = ordered(record, names);
    *changed = !g_strv_equal((const char *const *)(known ? known : none), (const char *const *)record->snapshots);
    /* A volume is rounded up to whole extents. */
    if (look->size && !driver->block && look->size != record->size) {
        record->size = look->size;
        *changed = true;
    }
    return true;
}

static bool refuse_size(const StorageDisk *disk, const StorageDisk *record, GError **error)
{
    g_autofree char *is = size_format_kib(record->size / 1024);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "guest \"%s\": disk \"%s\" has %s already, and a disk is never made smaller: what lies behind the new end would be lost; name a larger size",
                disk->guest, disk->name, is);
    return false;
}

static bool refuse_stale(const StorageDisk *disk, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                "guest \"%s\": disk \"%s\" was changed since this command looked at it; see: guestctl disk list %s, and try again", disk->guest,
                disk->name, disk->guest);
    return false;
}

/* With what the storage has: whether the change may be made, and whether it is made already. */
static bool judge(const StorageDisk *disk, const StorageDisk *record, const StorageLook *look, bool *done, GError **error)
{
    if (g_strcmp0(disk->change, "resize") == 0) {
        *done = look->size >= disk->size;
        if (record->size > disk->size)
            return refuse_size(disk, record, error);
        return !record->snapshots[0] || *done || refuse_stale(disk, error);
    }
    bool there = has(record, disk->snapshot);
    bool consumed = g_strcmp0(disk->change, "revert") == 0 && !has(disk, disk->snapshot);
    *done = g_strcmp0(disk->change, "snapshot") == 0 ? there : (g_strcmp0(disk->change, "forget") == 0 || consumed) && !there;
    if (record->size != disk->size || (!*done && g_strcmp0(disk->change, "revert") == 0 && !there))
        return refuse_stale(disk, error);
    return true;
}

static bool check_there(const StorageDisk *disk, const StorageLook *look, GError **error)
{
    if (!look->there)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                    "guest \"%s\": disk \"%s\": %s is gone; bring it back, or give it up with: guestctl disk delete %s %s", disk->guest, disk->name,
                    disk->path, disk->guest, disk->name);
    return look->there;
}

/* Before a program opens a file of ours to change it: it is the one that was made, as before a hypervisor opens it. */
static bool check_file(const StorageDisk *disk, GError **error)
{
    const StorageDriver *driver = storage_driver(disk->storage);
    return driver->protocol || driver->block ||
           (storage_check_no_link(disk, error) && storage_check_planned(disk->path, disk->format, error));
}

static bool write_record(StorageDisk *record, const Step *step, const GPtrArray *words, GError **error)
{
    g_clear_pointer(&record->change, g_free); /* of the change before */
    g_clear_pointer(&record->snapshot, g_free);
    g_autofree char *text = storage_disk_to_json(record, words, NULL);
    return file_write(step->target, text, 0644, error);
}

/* What the storage has now goes into the record, which is written when it says something else. */
static bool settle(StorageDisk *record, const Step *step, const GPtrArray *words, bool must, StorageLook *look, GError **error)
{
    bool changed = false;
    *look = (StorageLook){.in_detail = true};
    return storage_driver(record->storage)->look(record, look, error) && storage_learn(record, look, &changed, error) &&
           ((!changed && !must) || write_record(record, step, words, error));
}

bool storage_change(const StorageDisk *disk, const StorageLook *look, const Step *step, const GPtrArray *words, GCancellable *cancel,
                    GError **error)
{
    g_autofree char *folder = g_path_get_dirname(step->target);
    g_autoptr(StorageDisk) record = storage_record_load(folder, disk->name, error);
    if (!record)
        return !*error && (g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "%s: it is gone", step->target), false);
    bool changed = false, done = false;
    if (!check_there(disk, look, error) || !check_file(disk, error) || !storage_learn(record, look, &changed, error) ||
        (changed && !write_record(record, step, words, error)) || !judge(disk, record, look, &done, error))
        return false;
    /* To go back is not cut off in the middle, where nobody could tell what the disk holds; the rest ends at once. */
    g_autoptr(GCancellable) never = g_cancellable_new();
    g_autoptr(GError) failed = NULL;
    StorageLook after;
    if (!done)
        done = storage_run_words(disk, words, g_strcmp0(disk->change, "revert") == 0 ? never : cancel, &failed);
    if (done && g_strcmp0(disk->change, "resize") == 0)
        record->size = disk->size;
    bool settled = settle(record, step, words, done, &after, failed ? NULL : error);
    if (!failed)
        return settled;
    /* A signal that came when it was done already has changed nothing. */
    bool interrupted = g_error_matches(failed, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED);
    if (interrupted && settled && judge(disk, record, &after, &done, NULL) && done)
        return true;
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}
