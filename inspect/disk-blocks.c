/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/disk-bytes.h"
#include "inspect/disk.h"

/* Formats whose map is from a block of the disk to a place in the file: vhd, vdi and qed (with two steps). Offsets are those of
 * QEMU's block/vpc.c and vdi.c, and docs/interop/qed_spec.txt. */

enum { SECTOR = 512 };

typedef struct Blocks {
    Disk disk;
    Disk *file;
    guint64 block;       /* bytes of one */
    guint64 map_at, map_entries, data_at, skip; /* skip: bytes before a block's own (vhd's bitmap) */
    guint64 table;       /* qed: bytes of a table */
    bool (*find)(struct Blocks *blocks, guint64 number, guint64 *at); /* *at 0: it reads as zeros */
} Blocks;

static bool find_vhd(Blocks *blocks, guint64 number, guint64 *at)
{
    guint8 bytes[4];
    if (number >= blocks->map_entries || !disk_read(blocks->file, blocks->map_at + number * sizeof bytes, bytes, sizeof bytes))
        return false;
    *at = be32(bytes) == G_MAXUINT32 ? 0 : (guint64)be32(bytes) * SECTOR + blocks->skip;
    return true;
}

static bool find_vdi(Blocks *blocks, guint64 number, guint64 *at)
{
    enum { DISCARDED = 0xfffffffe };
    guint8 bytes[4];
    if (number >= blocks->map_entries || !disk_read(blocks->file, blocks->map_at + number * sizeof bytes, bytes, sizeof bytes))
        return false;
    *at = le32(bytes) >= DISCARDED ? 0 : blocks->data_at + (guint64)le32(bytes) * blocks->block;
    return true;
}

static bool find_qed(Blocks *blocks, guint64 number, guint64 *at)
{
    enum { IS_ZERO = 1 };
    guint8 bytes[8];
    guint64 entries = blocks->table / sizeof bytes, first = number / entries;
    if (first >= entries || !disk_read(blocks->file, blocks->map_at + first * sizeof bytes, bytes, sizeof bytes))
        return false;
    guint64 l2 = le64(bytes);
    *at = 0;
    if (l2 == 0)
        return true;
    if (l2 > blocks->file->size || !disk_read(blocks->file, l2 + number % entries * sizeof bytes, bytes, sizeof bytes))
        return false;
    *at = le64(bytes) == IS_ZERO ? 0 : le64(bytes);
    return true;
}

static bool read_blocks(Disk *disk, guint64 at, guint8 *to, gsize length)
{
    Blocks *blocks = (Blocks *)disk;
    while (length > 0) {
        guint64 within = at % blocks->block, place;
        gsize piece = (gsize)MIN((guint64)length, blocks->block - within);
        if (!blocks->find(blocks, at / blocks->block, &place))
            return false;
        if (place == 0)
            memset(to, 0, piece);
        else if (place > blocks->file->size || !disk_read(blocks->file, place + within, to, piece))
            return false;
        to += piece;
        at += piece;
        length -= piece;
    }
    return true;
}

static Disk *unreadable(const char **why)
{
    *why = "its header cannot be read";
    return NULL;
}

static Disk *of_blocks(Disk *file, Blocks blocks, guint64 size)
{
    Blocks *made = g_new(Blocks, 1);
    *made = blocks;
    made->file = file;
    made->disk = (Disk){.size = size, .budget = file->budget, .read = read_blocks};
    return &made->disk;
}

Disk *disk_vhd(Disk *file, guint64 virtual_size, const char **why)
{
    guint8 footer[SECTOR], header[36];
    if (!disk_read(file, 0, footer, sizeof footer))
        return unreadable(why);
    if (memcmp(footer, "conectix", 8) != 0) /* fixed: the disk, then its footer */
        return virtual_size <= file->size ? disk_part(file, 0, virtual_size) : unreadable(why);
    if (!disk_read(file, be64(footer + 16), header, sizeof header) || memcmp(header, "cxsparse", 8) != 0 || be32(header + 32) < SECTOR)
        return unreadable(why);
    guint64 block = be32(header + 32), bitmap = (block / SECTOR + 7) / 8;
    Blocks blocks = {.block = block,
                     .map_at = be64(header + 16),
                     .map_entries = be32(header + 28),
                     .skip = (bitmap + SECTOR - 1) / SECTOR * SECTOR,
                     .find = find_vhd};
    return blocks.map_at <= file->size ? of_blocks(file, blocks, virtual_size) : unreadable(why);
}

Disk *disk_vdi(Disk *file, const char **why)
{
    guint8 header[SECTOR];
    if (!disk_read(file, 0, header, sizeof header) || le32(header + 0x178) < SECTOR || le64(header + 0x170) > G_MAXINT64)
        return unreadable(why);
    Blocks blocks = {.block = le32(header + 0x178),
                     .map_at = le32(header + 0x154),
                     .data_at = le32(header + 0x158),
                     .map_entries = le32(header + 0x180),
                     .find = find_vdi};
    return of_blocks(file, blocks, le64(header + 0x170));
}

Disk *disk_qed(Disk *file, const char **why)
{
    guint8 header[64];
    if (!disk_read(file, 0, header, sizeof header) || le32(header + 4) < 4096 || le64(header + 48) > G_MAXINT64 || le32(header + 8) == 0 ||
        le32(header + 8) > 16)
        return unreadable(why);
    Blocks blocks = {.block = le32(header + 4),
                     .map_at = le64(header + 40),
                     .table = (guint64)le32(header + 8) * le32(header + 4),
                     .find = find_qed};
    return blocks.map_at <= file->size ? of_blocks(file, blocks, le64(header + 48)) : unreadable(why);
}
