/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/storage/storage.h"

/* A file of the guest's own that needs no other: nova's images_type flat (raw is its old name). nova 18.1.0
 * imagebackend.py, class Flat: raw, or a copy of a qcow2 image where force_raw_images is not set. */

static bool place(StorageDisk *disk, const StoragePolicy *policy, const char *folder, GError **error)
{
    bool keeps = disk->base && disk->base_format == DISK_FORMAT_QCOW2 && !policy->force_raw;
    disk->format = keeps ? DISK_FORMAT_QCOW2 : DISK_FORMAT_RAW;
    disk->path = g_strdup_printf("%s/%s.%s", folder, disk->name, disk_format_name(disk->format));
    disk->overlay = false;
    return true;
}

/* at_least: ">", with which truncate makes no file smaller, or "" for a new one. */
static void resize_to(const char *path, const StorageDisk *disk, const char *at_least, GPtrArray *words)
{
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, disk->size), *wanted = g_strconcat(at_least, size, NULL);
    if (disk->format == DISK_FORMAT_RAW)
        storage_words(words, "truncate", "-s", wanted, path, NULL);
    else
        storage_words(words, "qemu-img", "resize", "-q", "-f", storage_qemu_format(disk->format), path, size, NULL);
}

static void make(const StorageDisk *disk, GPtrArray *words)
{
    g_autofree char *made = storage_new_path(disk);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, disk->size);
    /* Blocks are shared with the stored image where the file system can; holes stay holes. */
    if (disk->base && disk->base_format == disk->format)
        storage_words(words, "cp", "--reflink=auto", "--sparse=always", "--no-preserve=mode", disk->base, made, NULL);
    else if (disk->base)
        storage_words(words, "qemu-img", "convert", "-f", storage_qemu_format(disk->base_format), "-O", storage_qemu_format(disk->format),
                      disk->base, made, NULL);
    resize_to(made, disk, "", words);
    if (disk->preallocate && disk->format == DISK_FORMAT_RAW)
        storage_words(words, "fallocate", "-l", size, made, NULL);
    storage_words_fill(disk, made, words);
    storage_words_finish(disk, words);
}

static void resize(const StorageDisk *disk, GPtrArray *words)
{
    resize_to(disk->path, disk, ">", words);
    storage_words(words, "sync", disk->path, NULL);
}

const StorageDriver storage_flat = {
    .name = "flat",
    .place = place,
    .make = make,
    .resize = resize,
    .remove = storage_words_remove_file,
    .snapshot = storage_snapshot_file,
    .list_snapshots = storage_list_snapshots_file,
    .look = storage_look_file,
    .undo = storage_undo_files,
};
