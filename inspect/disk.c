/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/disk.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Who reads in ever smaller pieces pays for each. */
enum { COST_OF_A_READ = 64 };

static bool late(const DiskBudget *budget)
{
    struct timespec used;
    return budget->cpu_us != 0 && clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 &&
           (gint64)used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000 > budget->cpu_us;
}

bool disk_read(Disk *disk, guint64 at, void *to, gsize length)
{
    if (at > disk->size || length > disk->size - at)
        return false;
    return length == 0 || disk->read(disk, at, to, length);
}

void disk_free(Disk *disk)
{
    if (!disk)
        return;
    if (disk->free)
        disk->free(disk);
    g_free(disk);
}

static bool pay(Disk *disk, gsize length)
{
    DiskBudget *budget = disk->budget;
    guint64 cost = length + COST_OF_A_READ;
    if (cost > budget->bytes || late(budget))
        return false;
    budget->bytes -= cost;
    return true;
}

typedef struct FdDisk {
    Disk disk;
    int fd;
} FdDisk;

static bool read_fd(Disk *disk, guint64 at, guint8 *to, gsize length)
{
    if (!pay(disk, length))
        return false;
    while (length > 0) {
        ssize_t got = pread(((FdDisk *)disk)->fd, to, length, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        at += (guint64)got;
        length -= (gsize)got;
    }
    return true;
}

Disk *disk_of_fd(int fd, guint64 size, DiskBudget *budget)
{
    FdDisk *disk = g_new0(FdDisk, 1);
    disk->disk = (Disk){.size = size, .budget = budget, .read = read_fd};
    disk->fd = fd;
    return &disk->disk;
}

typedef struct MemoryDisk {
    Disk disk;
    const guint8 *bytes;
} MemoryDisk;

static bool read_memory(Disk *disk, guint64 at, guint8 *to, gsize length)
{
    if (!pay(disk, length))
        return false;
    memcpy(to, ((MemoryDisk *)disk)->bytes + at, length);
    return true;
}

Disk *disk_of_memory(const guint8 *bytes, gsize length, DiskBudget *budget)
{
    MemoryDisk *disk = g_new0(MemoryDisk, 1);
    disk->disk = (Disk){.size = length, .budget = budget, .read = read_memory};
    disk->bytes = bytes;
    return &disk->disk;
}

typedef struct PartDisk {
    Disk disk;
    Disk *whole;
    guint64 at;
} PartDisk;

static bool read_part(Disk *disk, guint64 at, guint8 *to, gsize length)
{
    PartDisk *part = (PartDisk *)disk;
    return disk_read(part->whole, part->at + at, to, length);
}

Disk *disk_part(Disk *whole, guint64 at, guint64 size)
{
    g_return_val_if_fail(at <= whole->size && size <= whole->size - at, NULL);
    PartDisk *disk = g_new0(PartDisk, 1);
    disk->disk = (Disk){.size = size, .budget = whole->budget, .read = read_part};
    disk->whole = whole;
    disk->at = at;
    return &disk->disk;
}

Disk *disk_open(Disk *file, DiskFormat format, guint64 virtual_size, const char **why)
{
    switch (format) {
    case DISK_FORMAT_RAW:
    case DISK_FORMAT_ISO:
    case DISK_FORMAT_AMI:
    case DISK_FORMAT_AKI:
    case DISK_FORMAT_ARI:
        return disk_part(file, 0, file->size);
    case DISK_FORMAT_QCOW2:
        return disk_qcow2(file, why);
    case DISK_FORMAT_QED:
        return disk_qed(file, why);
    case DISK_FORMAT_VHD:
        return disk_vhd(file, virtual_size, why);
    case DISK_FORMAT_VDI:
        return disk_vdi(file, why);
    case DISK_FORMAT_VMDK:
        return disk_vmdk(file, why);
    case DISK_FORMAT_QCOW:
    case DISK_FORMAT_VHDX:
    case DISK_FORMAT_PLOOP:
    case DISK_FORMAT_LUKS:
        break;
    }
    *why = "images of this format are not read, only recognised";
    return NULL;
}
