/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/storage/report.h"
#include "common/storage/storage.h"

/* A logical volume of a volume group that the administrator made: nova's images_type lvm. Whose it is says its tag, which
 * lvcreate sets as it makes the volume: a volume without it is never touched. */

#define TAG "guestctl:"

static char *name_of(const StorageDisk *disk)
{
    return g_strdup_printf("%s_%s", disk->guest, disk->name);
}

static bool place(StorageDisk *disk, const StoragePolicy *policy, const char *folder, GError **error)
{
    if (!policy->volume_group) {
        /* nova: "You should specify images_volume_group flag to use LVM images." */
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "storage lvm needs a volume group; name one in guestctl.conf: [storage] volume-group = VG");
        return false;
    }
    if (policy->sparse && !policy->thin_pool) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "sparse volumes need a thin pool (nova's own are lost once 64 MiB are written); name one in guestctl.conf: [storage] thin-pool = POOL");
        return false;
    }
    g_autofree char *name = name_of(disk);
    disk->volume_group = g_strdup(policy->volume_group);
    disk->thin_pool = policy->sparse ? g_strdup(policy->thin_pool) : NULL;
    disk->format = DISK_FORMAT_RAW;
    disk->path = g_strdup_printf("/dev/%s/%s", disk->volume_group, name);
    disk->overlay = false;
    return true;
}

static void make(const StorageDisk *disk, GPtrArray *words)
{
    g_autofree char *name = name_of(disk), *tag = g_strconcat(TAG, disk->owner, NULL);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "b", disk->size);
    if (disk->thin_pool)
        storage_words(words, "lvcreate", "-q", "--yes", "-n", name, "-V", size, "--thinpool", disk->thin_pool, "--addtag", tag, disk->volume_group, NULL);
    else
        storage_words(words, "lvcreate", "-q", "--yes", "-n", name, "-L", size, "--addtag", tag, disk->volume_group, NULL);
    if (disk->base)
        storage_words(words, "qemu-img", "convert", "-n", "-f", storage_qemu_format(disk->base_format), "-O", "raw", disk->base, disk->path, NULL);
    storage_words_fill(disk, disk->path, words);
    storage_words(words, "sync", disk->path, NULL);
}

static void resize(const StorageDisk *disk, GPtrArray *words)
{
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "b", disk->size);
    storage_words(words, "lvextend", "-q", "-L", size, disk->path, NULL);
}

/* nova 18.1.0 lvm.py clear_volume: what the guest wrote must not be the next one's to read. What a thin pool gives out anew
 * reads as zeros. */
static void clear(const StorageDisk *disk, const StoragePolicy *policy, GPtrArray *words)
{
    const char *how = policy->clear ? policy->clear : "zero";
    g_autofree char *size = policy->clear_size ? g_strdup_printf("-s%" G_GUINT64_FORMAT, MIN(policy->clear_size, disk->size)) : NULL;
    if (g_str_equal(how, "none") || disk->thin_pool)
        return;
    const char *rounds = g_str_equal(how, "shred") ? "-n3" : "-n0";
    if (size)
        storage_words(words, "shred", rounds, "-z", size, disk->path, NULL);
    else
        storage_words(words, "shred", rounds, "-z", disk->path, NULL);
}

static void remove_disk(const StorageDisk *disk, const StoragePolicy *policy, GPtrArray *words)
{
    g_autofree char *name = name_of(disk), *full = g_strdup_printf("%s/%s", disk->volume_group, name);
    clear(disk, policy, words);
    storage_words(words, "lvremove", "-q", "-f", full, NULL);
}

/* A volume WEB_ROOT.NAME as large as the disk, so that it cannot run full; merging it back ends it. */
static bool snapshot(const StorageDisk *disk, SnapshotVerb verb, const char *name, GPtrArray *words, bool *consumed, GError **error)
{
    g_autofree char *of = name_of(disk), *own = g_strdup_printf("%s.%s", of, name), *full = g_strdup_printf("%s/%s", disk->volume_group, own);
    g_autofree char *origin = g_strdup_printf("%s/%s", disk->volume_group, of), *tag = g_strconcat(TAG, disk->owner, NULL);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "b", disk->size);
    switch (verb) {
    case SNAPSHOT_MAKE:
        if (disk->thin_pool)
            storage_words(words, "lvcreate", "-q", "--yes", "-s", "-n", own, "--addtag", tag, origin, NULL);
        else
            storage_words(words, "lvcreate", "-q", "--yes", "-s", "-L", size, "-n", own, "--addtag", tag, origin, NULL);
        return true;
    case SNAPSHOT_REVERT:
        storage_words(words, "lvconvert", "-q", "--merge", full, NULL);
        *consumed = true;
        return true;
    case SNAPSHOT_DELETE:
        storage_words(words, "lvremove", "-q", "-f", full, NULL);
        return true;
    }
    return false;
}

static bool list_snapshots(const StorageDisk *disk, GPtrArray *names, GError **error)
{
    g_autofree char *of = name_of(disk), *which = g_strconcat("origin=", of, NULL), *start = g_strconcat(of, ".", NULL);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free), volumes = g_ptr_array_new_with_free_func(g_free);
    storage_words(words, "lvs", "--reportformat", "json", "-o", "lv_name", "-S", which, disk->volume_group, NULL);
    g_autoptr(JsonNode) root = report_run(words->pdata[0], error);
    report_texts(root ? report_array(report_first(report_array(root, "report")), "lv") : NULL, "lv_name", volumes);
    for (guint i = 0; i < volumes->len; i++) /* others are not ours */
        if (g_str_has_prefix(volumes->pdata[i], start))
            g_ptr_array_add(names, g_strdup((const char *)volumes->pdata[i] + strlen(start)));
    return root != NULL;
}

static bool has_tag(const char *tags, const char *owner)
{
    g_autofree char *tag = g_strconcat(TAG, owner, NULL);
    g_auto(GStrv) all = g_strsplit(tags ? tags : "", ",", -1);
    return g_strv_contains((const char *const *)all, tag);
}

static bool look(const StorageDisk *disk, StorageLook *look, GError **error)
{
    g_autofree char *name = name_of(disk), *which = g_strconcat("lv_name=", name, NULL);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    storage_words(words, "lvs", "--reportformat", "json", "--units", "b", "--nosuffix", "-o", "lv_name,lv_size,lv_tags,data_percent", "-S", which,
                  disk->volume_group, NULL);
    g_autoptr(JsonNode) root = report_run(words->pdata[0], error);
    JsonArray *volumes = root ? report_array(report_first(report_array(root, "report")), "lv") : NULL;
    if (!root)
        return false;
    JsonNode *volume = report_first(volumes);
    look->there = volume != NULL;
    if (!volume)
        return true;
    const char *size = report_text(volume, "lv_size"), *percent = report_text(volume, "data_percent");
    look->ours = has_tag(report_text(volume, "lv_tags"), disk->owner);
    look->size = size ? g_ascii_strtoull(size, NULL, 10) : 0;
    look->used = percent && *percent ? (guint64)(g_ascii_strtod(percent, NULL) / 100 * (double)look->size) : look->size;
    return true;
}

static bool undo(const StorageDisk *disk, GError **error)
{
    StorageLook found = {0};
    if (!look(disk, &found, error))
        return false;
    if (!found.there || !found.ours)
        return true;
    g_autofree char *name = name_of(disk), *full = g_strdup_printf("%s/%s", disk->volume_group, name);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    storage_words(words, "lvremove", "-q", "-f", full, NULL);
    return report_do(words, error);
}

const StorageDriver storage_lvm = {
    .name = "lvm",
    .block = true,
    .place = place,
    .make = make,
    .resize = resize,
    .remove = remove_disk,
    .snapshot = snapshot,
    .list_snapshots = list_snapshots,
    .look = look,
    .undo = undo,
};
