/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <zlib.h>

#include "common/disk-bytes.h"
#include "inspect/disk-cache.h"
#include "inspect/disk.h"

/* The sparse extent of VMware's Virtual Disk Format 5.0: one file that holds all, also compressed (streamOptimized). */

enum { SECTOR = 512, GRAIN_MAX = 2048 * SECTOR, IS_ZERO = 1 };
#define AT_END G_MAXUINT64

typedef struct Vmdk {
    Disk disk;
    Disk *file;
    guint64 grain, entries, directory; /* bytes of a grain, grains of a table, where the directory is */
    guint64 tables;
    bool compressed, zeroes;
    DiskCache plain; /* of compressed grains */
} Vmdk;

static bool entry_at(Disk *file, guint64 at, guint64 *sector)
{
    guint8 bytes[4];
    if (!disk_read(file, at, bytes, sizeof bytes))
        return false;
    *sector = le32(bytes);
    return true;
}

/* A grain's marker: its place on the disk, the length of what follows, and that, as zlib writes it. */
static const guint8 *unpack(Vmdk *image, guint64 number, guint64 at)
{
    enum { MARKER = 12 };
    guint8 marker[MARKER];
    const guint8 *known = disk_cache_find(&image->plain, number);
    if (known)
        return known;
    if (!disk_read(image->file, at, marker, sizeof marker) || le32(marker + 8) == 0 || le32(marker + 8) > 2 * GRAIN_MAX)
        return NULL;
    gsize length = le32(marker + 8), slot = disk_cache_room(&image->plain, (gsize)image->grain);
    guint8 *plain = image->plain.slots[slot].bytes;
    g_autofree guint8 *packed = g_try_malloc(length);
    uLongf got = image->grain;
    if (!packed || !plain || !disk_read(image->file, at + MARKER, packed, length) || uncompress(plain, &got, packed, length) != Z_OK)
        return NULL;
    memset(plain + got, 0, image->grain - got); /* the last grain of a disk may be short */
    return disk_cache_keep(&image->plain, slot, number);
}

static bool read_grain(Vmdk *image, guint64 number, guint64 within, guint8 *to, gsize length)
{
    guint64 table, sector = 0;
    if (number / image->entries >= image->tables || !entry_at(image->file, image->directory + number / image->entries * 4, &table))
        return false;
    if (table != 0 && !entry_at(image->file, table * SECTOR + number % image->entries * 4, &sector))
        return false;
    if (sector == 0 || (sector == IS_ZERO && image->zeroes)) {
        memset(to, 0, length);
        return true;
    }
    if (!image->compressed)
        return disk_read(image->file, sector * SECTOR + within, to, length);
    const guint8 *plain = unpack(image, number, sector * SECTOR);
    if (plain)
        memcpy(to, plain + within, length);
    return plain != NULL;
}

static bool read_vmdk(Disk *disk, guint64 at, guint8 *to, gsize length)
{
    Vmdk *image = (Vmdk *)disk;
    while (length > 0) {
        guint64 within = at % image->grain;
        gsize piece = (gsize)MIN((guint64)length, image->grain - within);
        if (!read_grain(image, at / image->grain, within, to, piece))
            return false;
        to += piece;
        at += piece;
        length -= piece;
    }
    return true;
}

static void free_vmdk(Disk *disk)
{
    disk_cache_clear(&((Vmdk *)disk)->plain);
}

Disk *disk_vmdk(Disk *file, const char **why)
{
    enum { COMPRESSED = 1 << 16, ZEROES = 1 << 2, FOOTER_FROM_END = 2 * SECTOR, DEFLATE = 1 };
    guint8 header[SECTOR];
    *why = "its header cannot be read";
    if (!disk_read(file, 0, header, sizeof header))
        return NULL;
    if (memcmp(header, "KDMV", 4) != 0) {
        *why = "vmdk images of this kind are not read, only recognised";
        return NULL;
    }
    bool at_end = le64(header + 56) == AT_END; /* a stream: its footer is a header that knows */
    if (at_end && (file->size < FOOTER_FROM_END || !disk_read(file, file->size - FOOTER_FROM_END, header, sizeof header) ||
                   memcmp(header, "KDMV", 4) != 0))
        return NULL;
    guint64 capacity = le64(header + 12), grain = le64(header + 20), entries = le32(header + 44), directory = le64(header + 56);
    if (grain == 0 || grain > GRAIN_MAX / SECTOR || entries == 0 || entries > 512 || capacity > G_MAXINT64 / SECTOR ||
        directory > file->size / SECTOR)
        return NULL;
    if ((le32(header + 8) & COMPRESSED) && le16(header + 77) != DEFLATE) {
        *why = "its compression is none that is known";
        return NULL;
    }
    Vmdk *image = g_new0(Vmdk, 1);
    image->disk = (Disk){.size = capacity * SECTOR, .budget = file->budget, .read = read_vmdk, .free = free_vmdk};
    image->file = file;
    image->grain = grain * SECTOR;
    image->entries = entries;
    image->directory = directory * SECTOR;
    image->tables = (capacity / grain + (capacity % grain != 0)) / entries + 1;
    image->compressed = le32(header + 8) & COMPRESSED;
    image->zeroes = le32(header + 8) & ZEROES;
    return &image->disk;
}
