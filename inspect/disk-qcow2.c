/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "common/disk-bytes.h"
#include "inspect/disk-cache.h"
#include "inspect/disk.h"

/* QEMU's docs/interop/qcow2.txt. What the header says has been judged by disk_fault(). */

#define OFFSET_MASK G_GUINT64_CONSTANT(0x00fffffffffffe00)
#define IS_COMPRESSED (G_GUINT64_CONSTANT(1) << 62)

enum { IS_ZERO = 1, SUBCLUSTERS = 32 };

typedef struct Qcow2 {
    Disk disk;
    Disk *file;
    unsigned bits; /* of a cluster's size */
    guint64 l1_at, l1_entries;
    bool extended, zstd;
    bool zeroes;          /* version 3: an entry can say that a cluster reads as zeros */
    DiskCache plain;      /* of compressed clusters */
} Qcow2;

static guint64 cluster_size(const Qcow2 *image)
{
    return G_GUINT64_CONSTANT(1) << image->bits;
}

/* zlib as QEMU writes it: no header, and a window of 4 KiB. */
static bool inflate_all(const guint8 *from, gsize from_length, guint8 *to, gsize to_length)
{
    z_stream stream = {.next_in = (Bytef *)from, .avail_in = (uInt)from_length, .next_out = to, .avail_out = (uInt)to_length};
    if (inflateInit2(&stream, -12) != Z_OK)
        return false;
    int end = inflate(&stream, Z_FINISH);
    bool done = (end == Z_STREAM_END || end == Z_BUF_ERROR) && stream.avail_out == 0;
    inflateEnd(&stream);
    return done;
}

static bool unzstd_all(const guint8 *from, gsize from_length, guint8 *to, gsize to_length)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = {from, from_length, 0};
    ZSTD_outBuffer out = {to, to_length, 0};
    size_t rest = 1;
    while (context && rest != 0 && out.pos < out.size && in.pos < in.size) {
        gsize before = in.pos + out.pos;
        rest = ZSTD_decompressStream(context, &out, &in);
        if (ZSTD_isError(rest) || in.pos + out.pos == before)
            break;
    }
    ZSTD_freeDCtx(context);
    return out.pos == out.size;
}

/* The whole cluster, or NULL. */
static const guint8 *unpack(Qcow2 *image, guint64 number, guint64 entry)
{
    const guint8 *known = disk_cache_find(&image->plain, number);
    if (known)
        return known;
    unsigned place_bits = 62 - (image->bits - 8);
    guint64 at = entry & ((G_GUINT64_CONSTANT(1) << place_bits) - 1);
    guint64 sectors = ((entry & (IS_COMPRESSED - 1)) >> place_bits) + 1;
    gsize length = (gsize)(sectors * 512 - (at & 511)), size = (gsize)cluster_size(image);
    if (at > image->file->size)
        return NULL;
    length = MIN(length, image->file->size - at); /* the last one may end within its last sector */
    gsize slot = disk_cache_room(&image->plain, size);
    guint8 *plain = image->plain.slots[slot].bytes;
    g_autofree guint8 *packed = g_try_malloc(length ? length : 1);
    if (!packed || !plain || !disk_read(image->file, at, packed, length) ||
        !(image->zstd ? unzstd_all : inflate_all)(packed, length, plain, size))
        return NULL;
    return disk_cache_keep(&image->plain, slot, number);
}

static bool read_entry(Disk *file, guint64 at, guint64 *value)
{
    guint8 bytes[8];
    if (!disk_read(file, at, bytes, sizeof bytes))
        return false;
    *value = be64(bytes);
    return true;
}

/* What stands behind the end of the file was never written: QEMU reads zeros there. */
static bool read_plain(Disk *file, guint64 at, guint8 *to, gsize length)
{
    if (at >= file->size)
        return false;
    gsize there = (gsize)MIN((guint64)length, file->size - at);
    memset(to + there, 0, length - there);
    return disk_read(file, at, to, there);
}

/* A cluster is 32 subclusters, each with a bit that it is there and one that it is zero. */
static bool read_subclusters(Qcow2 *image, guint64 entry, guint64 map, guint64 within, guint8 *to, gsize length)
{
    guint64 size = cluster_size(image) / SUBCLUSTERS;
    while (length > 0) {
        unsigned which = (unsigned)(within / size);
        gsize piece = (gsize)MIN((guint64)length, size - within % size);
        bool there = map >> which & 1, zero = map >> (which + 32) & 1;
        if (!there || zero)
            memset(to, 0, piece);
        else if (!read_plain(image->file, (entry & OFFSET_MASK) + within, to, piece))
            return false;
        to += piece;
        within += piece;
        length -= piece;
    }
    return true;
}

/* Within one cluster. */
static bool read_cluster(Qcow2 *image, guint64 number, guint64 within, guint8 *to, gsize length)
{
    guint64 entry_size = image->extended ? 16 : 8, in_table = cluster_size(image) / entry_size;
    guint64 l1_index = number / in_table, l2_at, entry, map = 0;
    if (l1_index >= image->l1_entries || !read_entry(image->file, image->l1_at + l1_index * 8, &l2_at))
        return false;
    l2_at &= OFFSET_MASK;
    guint64 at = l2_at + number % in_table * entry_size;
    if (l2_at != 0 && (!read_entry(image->file, at, &entry) || (image->extended && !read_entry(image->file, at + 8, &map))))
        return false;
    if (l2_at == 0) {
        memset(to, 0, length);
        return true;
    }
    if (entry & IS_COMPRESSED) {
        const guint8 *plain = unpack(image, number, entry);
        if (plain)
            memcpy(to, plain + within, length);
        return plain != NULL;
    }
    if (image->extended)
        return read_subclusters(image, entry, map, within, to, length);
    if ((entry & OFFSET_MASK) == 0 || (image->zeroes && (entry & IS_ZERO))) {
        memset(to, 0, length);
        return true;
    }
    return read_plain(image->file, (entry & OFFSET_MASK) + within, to, length);
}

static bool read_qcow2(Disk *disk, guint64 at, guint8 *to, gsize length)
{
    Qcow2 *image = (Qcow2 *)disk;
    while (length > 0) {
        guint64 within = at & (cluster_size(image) - 1);
        gsize piece = (gsize)MIN((guint64)length, cluster_size(image) - within);
        if (!read_cluster(image, at >> image->bits, within, to, piece))
            return false;
        to += piece;
        at += piece;
        length -= piece;
    }
    return true;
}

static void free_qcow2(Disk *disk)
{
    disk_cache_clear(&((Qcow2 *)disk)->plain);
}

Disk *disk_qcow2(Disk *file, const char **why)
{
    enum { HEADER = 105, EXTENDED_L2 = 1 << 4 };
    guint8 header[HEADER] = {0};
    if (!disk_read(file, 0, header, MIN(file->size, (guint64)sizeof header)) || be32(header + 20) < 9 || be32(header + 20) > 21 ||
        be64(header + 24) > G_MAXINT64) {
        *why = "its header cannot be read";
        return NULL;
    }
    bool version_3 = be32(header + 4) >= 3;
    Qcow2 *image = g_new0(Qcow2, 1);
    image->disk = (Disk){.size = be64(header + 24), .budget = file->budget, .read = read_qcow2, .free = free_qcow2};
    image->file = file;
    image->bits = be32(header + 20);
    image->l1_at = be64(header + 40) & OFFSET_MASK;
    image->l1_entries = be32(header + 36);
    image->zeroes = version_3;
    image->extended = version_3 && (be64(header + 72) & EXTENDED_L2);
    image->zstd = version_3 && be32(header + 100) > 104 && header[104] == 1;
    return &image->disk;
}
