/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What a disk image really is, read from its own bytes.
 *
 * Why this is by hand: it runs as root over files that strangers made. `qemu-img info` opens the
 * image with the full driver, follows what it names and has had security bugs of its own; and raw
 * must never be guessed by a tool that a guest can lead to guess otherwise (CVE-2008-2004). Here a
 * few fixed blocks of the file are read, and no offset that the file gives is followed. */

typedef enum {
    DISK_FORMAT_RAW, /* none of the signatures below */
    DISK_FORMAT_QCOW,
    DISK_FORMAT_QCOW2,
    DISK_FORMAT_QED,
    DISK_FORMAT_VHD, /* qemu calls it vpc */
    DISK_FORMAT_VHDX,
    DISK_FORMAT_VMDK,
    DISK_FORMAT_VDI,
    DISK_FORMAT_PLOOP, /* qemu calls it parallels */
    DISK_FORMAT_LUKS,
    DISK_FORMAT_ISO,
    DISK_FORMAT_AMI, /* Glance's words for raw content; never detected */
    DISK_FORMAT_AKI,
    DISK_FORMAT_ARI,
} DiskFormat;

typedef struct DiskInfo {
    DiskFormat format;
    guint64 file_size;     /* bytes of the file or the block device */
    guint64 virtual_size;  /* bytes that a guest sees; 0 when the header that was read does not tell */
    guint32 cluster_size;  /* bytes; qcow2 only, else 0 */
    bool is_block_device;
    guint64 device, inode; /* which file it is, by whatever name; of a block device its number and 0. Not set by disk_info_parse() */
    bool has_backing_file; /* qcow, qcow2, qed; the parent of a differencing vhd, vhdx or vdi; a vmdk with a parent */
    bool has_data_file;    /* contents live in another file: qcow2 with an external data file, a vmdk descriptor's extents */
    bool is_encrypted;     /* qcow and qcow2 with a crypt method, luks */
    const char *fault;     /* why nothing should open it, a string constant: disk_fault(); NULL */
} DiskInfo;

/* Bytes. Ours: no image that is passed around is so large, and one that claims to be makes whoever converts or preallocates it
 * fill a disk. */
#define DISK_VIRTUAL_MAX (G_GUINT64_CONSTANT(64) << 40)

/* Read the format, or all of it, of a regular file or a block device. Nothing but
 * a few fixed blocks is read. Errors, which name PATH: those of error_set_errno();
 * GUESTCTL_ERROR_INVALID for another kind of file, for a header that is cut short or contradicts
 * itself, and for a file that carries the signatures of two formats. Outputs untouched on failure. */
bool disk_format_detect(const char *path, DiskFormat *format, GError **error);
bool disk_info_read(const char *path, DiskInfo *info, GError **error);

/* The same of an open file, for a caller that then goes on with the very file it checked. PATH is
 * for the messages. The file position is not used. */
bool disk_info_read_fd(int fd, const char *path, DiskInfo *info, GError **error);

/* Whether a disk still is what a plan says, for the moment before a hypervisor opens it: of that format, with no backing
 * or data file and no fault. GUESTCTL_ERROR_INVALID when it is not. A disk planned as raw is read as raw whatever it holds, since
 * its guest may write anything there: only that it can be read is looked at. */
bool disk_check_planned(const char *path, DiskFormat planned, GError **error);

/* The pure part: HEAD is the first bytes of a file of FILE_SIZE bytes (DISK_FORMAT_HEAD of them, or
 * all when it is shorter), TAIL the last DISK_FORMAT_TAIL (none when it is shorter than that). */
enum { DISK_FORMAT_HEAD = 68 * 1024, DISK_FORMAT_TAIL = 512 };
bool disk_info_parse(const guint8 *head, gsize head_length, const guint8 *tail, gsize tail_length, guint64 file_size,
                     DiskInfo *info, GError **error);

/* Glance's word for it ("raw", "qcow2", "vhd", ...). Never NULL. */
const char *disk_format_name(DiskFormat format);

/* From Glance's word, lower case; also qemu's vpc and parallels. Else GUESTCTL_ERROR_INVALID with
 * the choices. */
bool disk_format_parse(const char *name, DiskFormat *format, GError **error);

/* Whether an image declared as DECLARED may hold ACTUAL: the same, or raw under one of Amazon's words. */
bool disk_format_agrees(DiskFormat declared, DiskFormat actual);
