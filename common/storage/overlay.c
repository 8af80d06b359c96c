/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/disk-bytes.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/storage/storage.h"

/* QEMU's docs/interop/qcow2.txt: the name of the base at an offset that the header gives, its format in an extension. Both
 * are in the first cluster, and qemu-img writes them near its start. */
enum { HEAD = 4096, NAME_MAX_BYTES = 1023, EXTENSION_BASE_FORMAT = (int)0xE2792ACA };

static bool same(const guint8 *at, gsize length, const char *text)
{
    return length == strlen(text) && memcmp(at, text, length) == 0;
}

static bool names_base(const guint8 *head, gsize length, const char *base)
{
    guint64 at = be64(head + 8), bytes = be32(head + 16);
    return bytes <= NAME_MAX_BYTES && at <= length && bytes <= length - at && same(head + at, bytes, base);
}

static bool names_format(const guint8 *head, gsize length, const char *format)
{
    guint64 at = be32(head + 4) == 3 ? be32(head + 100) : 72;
    while (at + 8 <= length) {
        guint32 magic = be32(head + at), bytes = be32(head + at + 4);
        at += 8;
        if (magic == 0 || bytes > length - at)
            return false;
        if (magic == (guint32)EXTENSION_BASE_FORMAT)
            return same(head + at, bytes, format);
        at += (bytes + G_GUINT64_CONSTANT(7)) / 8 * 8;
    }
    return false;
}

/* What the record beside PATH says of it. NULL: none, or of another disk. */
static StorageDisk *record_of(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path), *file = g_path_get_basename(path);
    char *dot = strrchr(file, '.');
    if (!dot)
        return NULL;
    *dot = '\0';
    g_autoptr(StorageDisk) disk = storage_record_load(folder, file, NULL);
    return disk && g_str_equal(disk->path, path) ? g_steal_pointer(&disk) : NULL;
}

static bool refuse(const char *path, const StorageDisk *disk, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "%s is not the overlay on %s (%s) that was made for guest \"%s\"; see who writes to it, or make the disk anew: guestctl disk delete %s %s",
                path, disk->base, storage_qemu_format(disk->base_format), disk->guest, disk->guest, disk->name);
    return false;
}

bool storage_check_no_link(const StorageDisk *disk, GError **error)
{
    if (!g_file_test(disk->path, G_FILE_TEST_IS_SYMLINK))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "%s is a symbolic link, and not the disk that was made for guest \"%s\"; see who put it there, or make the disk anew: guestctl disk delete %s %s",
                disk->path, disk->guest, disk->guest, disk->name);
    return false;
}

bool storage_check_planned(const char *path, DiskFormat planned, GError **error)
{
    g_autoptr(StorageDisk) disk = planned == DISK_FORMAT_QCOW2 ? record_of(path) : NULL;
    if (!disk || !disk->overlay)
        return disk_check_planned(path, planned, error);
    if (!storage_check_no_link(disk, error))
        return false;
    DiskInfo info;
    guint8 head[HEAD];
    Fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
        return false;
    }
    if (!disk_info_read_fd(fd, path, &info, error))
        return false;
    ssize_t length = pread(fd, head, sizeof head, 0);
    bool is_one = info.format == DISK_FORMAT_QCOW2 && info.has_backing_file && !info.has_data_file && !info.fault && length >= 104;
    if (!is_one || !names_base(head, (gsize)length, disk->base) ||
        !names_format(head, (gsize)length, storage_qemu_format(disk->base_format)))
        return refuse(path, disk, error);
    /* The base stands alone, as it did when it was stored. */
    return disk_check_planned(disk->base, disk->base_format, error);
}
