/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/storage/storage.h"

/* A qcow2 file over the stored image, which it never writes: nova's images_type qcow2, qcow in the documents. The format of
 * the base is always named, in the file too, so that nobody has to guess it. */

static bool place(StorageDisk *disk, const StoragePolicy *policy, const char *folder, GError **error)
{
    disk->format = DISK_FORMAT_QCOW2;
    disk->path = g_strdup_printf("%s/%s.qcow2", folder, disk->name);
    disk->overlay = disk->base != NULL;
    return true;
}

static void create(const StorageDisk *disk, const char *made, const char *size, GPtrArray *words)
{
    g_autofree char *options = disk->cluster ? g_strdup_printf("cluster_size=%u", disk->cluster) : NULL;
    const char *base_format = storage_qemu_format(disk->base_format);
    const char *preallocation = disk->preallocate && !disk->overlay ? "preallocation=falloc" : NULL;
    if (disk->overlay && options)
        storage_words(words, "qemu-img", "create", "-q", "-f", "qcow2", "-o", options, "-b", disk->base, "-F", base_format, made, size, NULL);
    else if (disk->overlay)
        storage_words(words, "qemu-img", "create", "-q", "-f", "qcow2", "-b", disk->base, "-F", base_format, made, size, NULL);
    else if (preallocation)
        storage_words(words, "qemu-img", "create", "-q", "-f", "qcow2", "-o", preallocation, made, size, NULL);
    else
        storage_words(words, "qemu-img", "create", "-q", "-f", "qcow2", made, size, NULL);
}

/* What the hypervisor does not open as a base is copied as a whole. */
static void copy(const StorageDisk *disk, const char *made, const char *size, GPtrArray *words)
{
    storage_words(words, "qemu-img", "convert", "-f", storage_qemu_format(disk->base_format), "-O", "qcow2", disk->base, made, NULL);
    storage_words(words, "qemu-img", "resize", "-q", "-f", "qcow2", made, size, NULL);
}

static void make(const StorageDisk *disk, GPtrArray *words)
{
    g_autofree char *made = storage_new_path(disk), *filled = g_strconcat(made, ".raw", NULL);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, disk->size);
    bool has_content = g_str_equal(disk->kind, "ephemeral") || g_str_equal(disk->kind, "swap");
    if (has_content) {
        storage_words(words, "truncate", "-s", size, filled, NULL);
        storage_words_fill(disk, filled, words);
        storage_words(words, "qemu-img", "convert", "-f", "raw", "-O", "qcow2", filled, made, NULL);
        storage_words(words, "rm", filled, NULL);
    } else if (disk->base && !disk->overlay) {
        copy(disk, made, size, words);
    } else {
        create(disk, made, size, words);
    }
    storage_words_finish(disk, words);
}

static void resize(const StorageDisk *disk, GPtrArray *words)
{
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT, disk->size);
    storage_words(words, "qemu-img", "resize", "-q", "-f", "qcow2", disk->path, size, NULL);
    storage_words(words, "sync", disk->path, NULL);
}

const StorageDriver storage_qcow2 = {
    .name = "qcow2",
    .place = place,
    .make = make,
    .resize = resize,
    .remove = storage_words_remove_file,
    .snapshot = storage_snapshot_file,
    .list_snapshots = storage_list_snapshots_file,
    .look = storage_look_file,
    .undo = storage_undo_files,
};
