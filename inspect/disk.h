/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/disk-format.h"

/* A row of bytes that can be read at any place: the image's file, the disk that it holds, a partition of that, a file in a file
 * system of that. Each reads from the one below. Nothing is written, and no offset is trusted: what lies behind the end is not
 * there, and who reads too much or too long gets no more. */
typedef struct Disk Disk;
typedef struct DiskBudget {
    guint64 bytes;   /* that may still be read from the image */
    gint64 cpu_us;   /* of this process, when reading ends; 0: no end */
} DiskBudget;

struct Disk {
    guint64 size; /* bytes */
    DiskBudget *budget;
    bool (*read)(Disk *disk, guint64 at, guint8 *to, gsize length); /* at + length are within size */
    void (*free)(Disk *disk); /* what is its own; the disk below is not */
};

/* False when it is not there or cannot be read. */
bool disk_read(Disk *disk, guint64 at, void *to, gsize length);
void disk_free(Disk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Disk, disk_free)

Disk *disk_of_fd(int fd, guint64 size, DiskBudget *budget);
Disk *disk_of_memory(const guint8 *bytes, gsize length, DiskBudget *budget); /* for fuzzers; not copied */
Disk *disk_part(Disk *whole, guint64 at, guint64 size); /* must be within it */

/* The disk that a guest would see in an image of this format. NULL with *why, a string constant, when nothing here reads it:
 * that is no fault of the image.
 *
 * Why this is by hand: libqcow, libvmdk and libvhdi of Debian 12 know neither zstd nor extended L2 entries, call themselves
 * alpha, keep whole tables in memory, and open files by name. Here a table's entry is read when it is needed, so that memory
 * does not grow with what a header says. */
Disk *disk_open(Disk *file, DiskFormat format, guint64 virtual_size, const char **why);

/* The formats with tables (disk-qcow2.c, disk-blocks.c, disk-vmdk.c). */
Disk *disk_qcow2(Disk *file, const char **why);
Disk *disk_qed(Disk *file, const char **why);
Disk *disk_vhd(Disk *file, guint64 virtual_size, const char **why);
Disk *disk_vdi(Disk *file, const char **why);
Disk *disk_vmdk(Disk *file, const char **why);
