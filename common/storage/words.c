/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/storage/report.h"
#include "common/storage/storage.h"

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+/:=,@%";

void storage_words(GPtrArray *words, const char *program, ...)
{
    GString *line = g_string_new(program);
    va_list args;
    va_start(args, program);
    for (const char *word; (word = va_arg(args, const char *));) {
        g_autofree char *quoted = *word && strspn(word, plain) == strlen(word) ? NULL : g_shell_quote(word);
        g_string_append_printf(line, " %s", quoted ? quoted : word);
    }
    va_end(args);
    g_ptr_array_add(words, g_string_free(line, FALSE));
}

char *storage_new_path(const StorageDisk *disk)
{
    return g_strconcat(disk->path, ".new", NULL);
}

void storage_words_finish(const StorageDisk *disk, GPtrArray *words)
{
    g_autofree char *made = storage_new_path(disk), *folder = g_path_get_dirname(disk->path);
    storage_words(words, "chmod", "600", made, NULL);
    storage_words(words, "sync", made, NULL);
    storage_words(words, "mv", "-T", made, disk->path, NULL);
    storage_words(words, "sync", folder, NULL);
}

void storage_words_remove_file(const StorageDisk *disk, const StoragePolicy *policy, GPtrArray *words)
{
    storage_words(words, "rm", "-f", disk->path, NULL);
}

/* nova 18.1.0 disk/api.py: ext4 for Linux, labelled ephemeral0 and so on; swap by mkswap. */
void storage_words_fill(const StorageDisk *disk, const char *path, GPtrArray *words)
{
    if (g_str_equal(disk->kind, "ephemeral"))
        storage_words(words, "mke2fs", "-q", "-F", "-t", "ext4", "-L", disk->label ? disk->label : "ephemeral0", path, NULL);
    else if (g_str_equal(disk->kind, "swap"))
        storage_words(words, "mkswap", path, NULL);
}

const char *storage_qemu_format(DiskFormat format)
{
    static const char *const names[] = {
        [DISK_FORMAT_RAW] = "raw", [DISK_FORMAT_QCOW] = "qcow", [DISK_FORMAT_QCOW2] = "qcow2", [DISK_FORMAT_QED] = "qed",
        [DISK_FORMAT_VHD] = "vpc", [DISK_FORMAT_VMDK] = "vmdk", [DISK_FORMAT_VDI] = "vdi",
    };
    return (gsize)format < G_N_ELEMENTS(names) ? names[format] : NULL;
}

bool storage_snapshot_file(const StorageDisk *disk, SnapshotVerb verb, const char *name, GPtrArray *words, bool *consumed, GError **error)
{
    static const char *const options[] = {[SNAPSHOT_MAKE] = "-c", [SNAPSHOT_REVERT] = "-a", [SNAPSHOT_DELETE] = "-d"};
    if (disk->format != DISK_FORMAT_QCOW2) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "guest \"%s\": disk \"%s\": a %s file has no snapshots; disks of storage qcow2, lvm and rbd have", disk->guest, disk->name,
                    disk_format_name(disk->format));
        return false;
    }
    storage_words(words, "qemu-img", "snapshot", "-q", options[verb], name, disk->path, NULL);
    storage_words(words, "sync", disk->path, NULL);
    return true;
}

bool storage_list_snapshots_file(const StorageDisk *disk, GPtrArray *names, GError **error)
{
    if (disk->format != DISK_FORMAT_QCOW2)
        return true;
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    storage_words(words, "qemu-img", "info", "--output=json", "-f", "qcow2", disk->path, NULL);
    g_autoptr(JsonNode) root = report_run(words->pdata[0], error);
    report_texts(root ? report_array(root, "snapshots") : NULL, "name", names);
    return root != NULL;
}

static bool gone(const char *path, GError **error)
{
    if (g_unlink(path) == 0 || errno == ENOENT)
        return true;
    error_set_errno(error, errno, "%s: cannot be removed", path);
    return false;
}

bool storage_undo_files(const StorageDisk *disk, GError **error)
{
    g_autofree char *made = storage_new_path(disk), *filled = g_strconcat(made, ".raw", NULL);
    return gone(filled, error) && gone(made, error) && gone(disk->path, error);
}

/* The folder is guestctl's and the guest's name is in it: whatever has the disk's name there is the disk. */
bool storage_look_file(const StorageDisk *disk, StorageLook *look, GError **error)
{
    GStatBuf buffer;
    look->there = look->ours = g_lstat(disk->path, &buffer) == 0;
    look->used = look->there ? (guint64)buffer.st_blocks * 512 : 0;
    DiskInfo info;
    if (look->there && look->in_detail && S_ISREG(buffer.st_mode))
        look->size = disk->format == DISK_FORMAT_RAW ? (guint64)buffer.st_size : disk_info_read(disk->path, &info, NULL) ? info.virtual_size : 0;
    if (look->there || errno == ENOENT || errno == ENOTDIR)
        return true;
    error_set_errno(error, errno, "%s", disk->path);
    return false;
}
