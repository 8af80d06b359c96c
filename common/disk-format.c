/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/disk-format.h"

#include "common/disk-probe.h"
#include "common/error.h"
#include "common/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {
    [DISK_FORMAT_RAW] = "raw",   [DISK_FORMAT_QCOW] = "qcow",   [DISK_FORMAT_QCOW2] = "qcow2", [DISK_FORMAT_QED] = "qed",
    [DISK_FORMAT_VHD] = "vhd",   [DISK_FORMAT_VHDX] = "vhdx",   [DISK_FORMAT_VMDK] = "vmdk",   [DISK_FORMAT_VDI] = "vdi",
    [DISK_FORMAT_PLOOP] = "ploop", [DISK_FORMAT_LUKS] = "luks", [DISK_FORMAT_ISO] = "iso",     [DISK_FORMAT_AMI] = "ami",
    [DISK_FORMAT_AKI] = "aki",   [DISK_FORMAT_ARI] = "ari",
};

static const struct {
    const char *name;
    DiskFormat format;
} aliases[] = {{"vpc", DISK_FORMAT_VHD}, {"parallels", DISK_FORMAT_PLOOP}};

const char *disk_format_name(DiskFormat format)
{
    return names[format];
}

bool disk_format_parse(const char *name, DiskFormat *format, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(names[i], name)) {
            *format = (DiskFormat)i;
            return true;
        }
    for (gsize i = 0; i < G_N_ELEMENTS(aliases); i++)
        if (g_str_equal(aliases[i].name, name)) {
            *format = aliases[i].format;
            return true;
        }
    g_autofree char *shown = g_strescape(name, NULL);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "disk format \"%.64s\" is not known (use raw, qcow2, vhd, vhdx, vmdk, vdi, iso, qed, qcow, luks, ploop, ami, aki or ari)",
                shown);
    return false;
}

bool disk_format_agrees(DiskFormat declared, DiskFormat actual)
{
    switch (declared) {
    case DISK_FORMAT_AMI:
    case DISK_FORMAT_AKI:
    case DISK_FORMAT_ARI:
        return actual == DISK_FORMAT_RAW || actual == declared;
    case DISK_FORMAT_RAW:
    case DISK_FORMAT_QCOW:
    case DISK_FORMAT_QCOW2:
    case DISK_FORMAT_QED:
    case DISK_FORMAT_VHD:
    case DISK_FORMAT_VHDX:
    case DISK_FORMAT_VMDK:
    case DISK_FORMAT_VDI:
    case DISK_FORMAT_PLOOP:
    case DISK_FORMAT_LUKS:
    case DISK_FORMAT_ISO:
        break;
    }
    return actual == declared;
}

/* Every recogniser is asked, also after one has said yes: an image that two of them know is made to
 * be read in two ways (an ISO that is a qcow2 too). */
bool disk_info_parse(const guint8 *head, gsize head_length, const guint8 *tail, gsize tail_length, guint64 file_size,
                     DiskInfo *info, GError **error)
{
    DiskBytes bytes = {head, head_length, tail_length == DISK_FORMAT_TAIL ? tail : NULL, file_size};
    DiskInfo found = {.format = DISK_FORMAT_RAW, .virtual_size = file_size, .file_size = file_size};
    bool seen = false;

    for (gsize i = 0; i < disk_probes_count; i++) {
        DiskInfo candidate = {.format = disk_probes[i].format, .file_size = file_size};
        const char *why = NULL;
        DiskProbeResult result = disk_probes[i].probe(&bytes, &candidate, &why);
        if (result == DISK_PROBE_NO)
            continue;
        if (seen) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                        "it has the signatures of both %s and %s, so what it is depends on who reads it", names[found.format],
                        names[candidate.format]);
            return false;
        }
        if (result == DISK_PROBE_BROKEN) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "it starts as %s, but %s", names[candidate.format], why);
            return false;
        }
        found = candidate;
        seen = true;
    }
    found.fault = disk_fault(&bytes, &found);
    *info = found;
    return true;
}

static bool read_at(int fd, guint8 *buffer, gsize length, guint64 offset)
{
    while (length > 0) {
        ssize_t n = pread(fd, buffer, length, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            errno = EIO; /* it became shorter meanwhile */
        if (n <= 0)
            return false;
        buffer += n;
        offset += (guint64)n;
        length -= (gsize)n;
    }
    return true;
}

/* The size in bytes of a regular file or a block device; anything else has no disk image in it. */
static bool measure(int fd, const char *path, DiskInfo *info, GError **error)
{
    struct stat stat;
    if (fstat(fd, &stat) < 0) {
        error_set_errno(error, errno, "%s", path);
        return false;
    }
    info->is_block_device = S_ISBLK(stat.st_mode);
    info->device = info->is_block_device ? stat.st_rdev : stat.st_dev;
    info->inode = info->is_block_device ? 0 : stat.st_ino;
    if (info->is_block_device) {
        if (ioctl(fd, BLKGETSIZE64, &info->file_size) == 0)
            return true;
        error_set_errno(error, errno, "%s: cannot read the size of this device", path);
        return false;
    }
    if (!S_ISREG(stat.st_mode)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is neither a file nor a block device", path);
        return false;
    }
    info->file_size = (guint64)stat.st_size;
    return true;
}

/* Looked at before it is opened, since to open some devices is to act (a watchdog), and opened without waiting, since
 * it may be a FIFO by then. -1 on failure. */
static int open_disk(const char *path, GError **error)
{
    struct stat stat_buffer;
    int fd = -1;
    if (stat(path, &stat_buffer) == 0 && !S_ISREG(stat_buffer.st_mode) && !S_ISBLK(stat_buffer.st_mode)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is neither a file nor a block device", path);
        return -1;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        error_set_errno(error, errno, "%s", path);
    return fd;
}

bool disk_info_read_fd(int fd, const char *path, DiskInfo *info, GError **error)
{
    DiskInfo found;
    DiskInfo measured;
    guint8 tail[DISK_FORMAT_TAIL] = {0};
    g_autofree guint8 *head = g_malloc0(DISK_FORMAT_HEAD);

    if (!measure(fd, path, &measured, error))
        return false;
    guint64 size = measured.file_size;
    gsize head_length = (gsize)MIN(size, (guint64)DISK_FORMAT_HEAD);
    gsize tail_length = size >= sizeof tail ? sizeof tail : 0;
    if (!read_at(fd, head, head_length, 0) || !read_at(fd, tail, tail_length, size - tail_length)) {
        error_set_errno(error, errno, "%s", path);
        return false;
    }
    if (!disk_info_parse(head, head_length, tail, tail_length, size, &found, error)) {
        g_prefix_error(error, "%s: ", path);
        return false;
    }
    found.is_block_device = measured.is_block_device;
    found.device = measured.device;
    found.inode = measured.inode;
    *info = found;
    return true;
}

bool disk_info_read(const char *path, DiskInfo *info, GError **error)
{
    Fd fd = open_disk(path, error);
    return fd >= 0 && disk_info_read_fd(fd, path, info, error);
}

bool disk_check_planned(const char *path, DiskFormat planned, GError **error)
{
    DiskInfo info;
    if (planned == DISK_FORMAT_RAW) {
        Fd fd = open_disk(path, error);
        return fd >= 0 && measure(fd, path, &info, error);
    }
    if (!disk_info_read(path, &info, error))
        return false;
    bool same = info.format == planned && !info.has_backing_file && !info.has_data_file;
    if (same && !info.fault)
        return true;
    if (same)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is a %s image that nothing should open: %s", path, disk_format_name(planned),
                    info.fault);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s was %s when this was planned and is %s%s now; see who writes to it, then try again",
                path, disk_format_name(planned), disk_format_name(info.format),
                info.has_backing_file ? " with a backing file" : info.has_data_file ? " with an external data file" : "");
    return false;
}

bool disk_format_detect(const char *path, DiskFormat *format, GError **error)
{
    DiskInfo info;
    if (!disk_info_read(path, &info, error))
        return false;
    *format = info.format;
    return true;
}
