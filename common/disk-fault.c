/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/disk-bytes.h"
#include "common/disk-probe.h"

enum { SECTOR = 512 };
#define MIB (G_GUINT64_CONSTANT(1) << 20)

#define CUT_OFF "a table of it lies behind the end of the file: it is cut off, or made up"
#define TABLE_TOO_LARGE "it asks for a table that is larger than any image needs"
#define TABLE_TOO_SMALL "its table is too small for its size"
#define CLUSTER_ABSURD "its clusters have a size that there is not"
#define UNALIGNED "a table of it is not at the start of a cluster"
#define OVER_HEADER "a table of it lies over its header"
#define EXTENSION_ABSURD "an extension of its header is none that could be"
#define FEATURE_UNKNOWN "it needs a feature that is not known"

/* The header's own part is in memory; a shorter file has been refused before. */
static bool holds(const DiskBytes *bytes, gsize length)
{
    return bytes->head_length >= length;
}

/* Whether length bytes at offset are in the file. Neither may wrap. */
static bool inside(const DiskBytes *bytes, guint64 offset, guint64 length)
{
    return offset <= bytes->file_size && length <= bytes->file_size - offset;
}

static bool power_of_two(guint64 value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static guint64 divide_up(guint64 value, guint64 by)
{
    return value / by + (value % by != 0);
}

static const char *qcow2_features(const DiskBytes *bytes, guint64 features, guint64 cluster)
{
    enum { CORRUPT = 1 << 1, COMPRESSION = 1 << 3, EXTENDED_L2 = 1 << 4, KNOWN = 0x1f };
    enum { NONE_BUT_ZSTD = 1 };
    if (features & ~(guint64)KNOWN)
        return FEATURE_UNKNOWN;
    if (features & CORRUPT)
        return "it is marked as corrupt";
    if ((features & EXTENDED_L2) && cluster < 16 * 1024)
        return "it has extended L2 entries in clusters too small for them";
    guint32 header = be32(bytes->head + 100);
    guint8 compression = header > 104 && holds(bytes, 105) ? bytes->head[104] : 0;
    if (compression > NONE_BUT_ZSTD || (compression != 0) != ((features & COMPRESSION) != 0))
        return "its compression is none that is known";
    if (header < 104 || header > cluster || header % 8 != 0)
        return "its header has a length that cannot be";
    return be32(bytes->head + 96) > 6 ? "its reference counts have a width that there is not" : NULL;
}

/* Tables whose place and length the header gives. */
static const char *qcow2_tables(const DiskBytes *bytes, guint64 size, guint64 cluster, bool extended)
{
    enum { L1_MAX = 32, REFCOUNT_MAX = 8, SNAPSHOTS_MAX = 65536, SNAPSHOT_LEAST = 40 };
    guint64 l1_entries = be32(bytes->head + 36), l1_at = be64(bytes->head + 40);
    guint64 refcount_at = be64(bytes->head + 48), refcount_length = be32(bytes->head + 56) * cluster;
    guint64 snapshots = be32(bytes->head + 60), snapshots_at = be64(bytes->head + 64);
    guint64 covered = cluster * (cluster / (extended ? 16 : 8)); /* by one entry of L1 */

    if (l1_entries * 8 > L1_MAX * MIB || refcount_length > REFCOUNT_MAX * MIB || snapshots > SNAPSHOTS_MAX)
        return TABLE_TOO_LARGE;
    if (l1_at % cluster || refcount_at % cluster || snapshots_at % cluster) /* QEMU wants it of no snapshots too */
        return UNALIGNED;
    if (refcount_length == 0)
        return "it has no table of reference counts";
    if (l1_entries < divide_up(size, covered))
        return TABLE_TOO_SMALL;
    if (!inside(bytes, l1_at, l1_entries * 8) || !inside(bytes, refcount_at, refcount_length) ||
        !inside(bytes, snapshots_at, snapshots * SNAPSHOT_LEAST))
        return CUT_OFF;
    /* A table over the header would have the guest's writes change what is checked here. */
    if ((l1_entries && l1_at == 0) || refcount_at == 0 || (snapshots && snapshots_at == 0))
        return OVER_HEADER;
    return snapshots_at > G_MAXINT64 ? CUT_OFF : NULL;
}

/* The directory of dirty bitmaps, which QEMU loads when it opens the image. */
static const char *qcow2_bitmaps(const DiskBytes *bytes, const guint8 *data, guint32 length, guint64 cluster)
{
    enum { LENGTH = 24, BITMAPS_MAX = 65535, DIRECTORY_MAX = BITMAPS_MAX * 1024, BITMAP_LEAST = 24 };
    if (length != LENGTH)
        return EXTENSION_ABSURD;
    guint64 bitmaps = be32(data), size = be64(data + 8), at = be64(data + 16);
    if (bitmaps == 0 || be32(data + 4) != 0)
        return EXTENSION_ABSURD;
    if (bitmaps > BITMAPS_MAX || size > DIRECTORY_MAX)
        return TABLE_TOO_LARGE;
    if (size < bitmaps * BITMAP_LEAST)
        return TABLE_TOO_SMALL;
    if (at % cluster)
        return UNALIGNED;
    if (at == 0)
        return OVER_HEADER;
    return inside(bytes, at, size) ? NULL : CUT_OFF;
}

/* As far as they are in memory; an image that names another file is refused before QEMU would read them. */
static const char *qcow2_extensions(const DiskBytes *bytes, guint64 from, guint64 cluster, bool bitmaps)
{
    enum { END = 0, BITMAPS = 0x23852875, HEAD = 8 };
    guint64 backing = be64(bytes->head + 8), end = MIN(backing ? MIN(backing, cluster) : cluster, bytes->head_length);
    bool whole = end < bytes->head_length || bytes->head_length == bytes->file_size;
    for (guint64 at = from; at + HEAD <= end;) {
        guint32 magic = be32(bytes->head + at), length = be32(bytes->head + at + 4);
        at += HEAD;
        if (magic == END)
            return NULL;
        if (length > end - at)
            return whole ? EXTENSION_ABSURD : NULL;
        const char *fault = magic == BITMAPS && bitmaps ? qcow2_bitmaps(bytes, bytes->head + at, length, cluster) : NULL;
        if (fault)
            return fault;
        at += (length + G_GUINT64_CONSTANT(7)) / 8 * 8;
    }
    return NULL;
}

static const char *qcow2_fault(const DiskBytes *bytes, const DiskInfo *info)
{
    guint32 version = be32(bytes->head + 4), bits = be32(bytes->head + 20);
    if (bits < 9 || bits > 21)
        return CLUSTER_ABSURD;
    if (be32(bytes->head + 32) > 2)
        return "its encryption is none that is known";
    guint64 cluster = G_GUINT64_CONSTANT(1) << bits, features = version == 3 ? be64(bytes->head + 72) : 0;
    const char *fault = version == 3 ? qcow2_features(bytes, features, cluster) : NULL;
    if (!fault)
        fault = qcow2_tables(bytes, info->virtual_size, cluster, features & 1 << 4);
    bool bitmaps = version == 3 && (be64(bytes->head + 88) & 1); /* else QEMU takes no notice of them */
    return fault ? fault : qcow2_extensions(bytes, version == 3 ? be32(bytes->head + 100) : 72, cluster, bitmaps);
}

static const char *qcow_fault(const DiskBytes *bytes, const DiskInfo *info)
{
    guint8 bits = bytes->head[32], l2_bits = bytes->head[33];
    if (bits < 9 || bits > 16 || l2_bits < 9 - 3 || l2_bits > 16 - 3)
        return CLUSTER_ABSURD;
    guint64 entries = divide_up(info->virtual_size, G_GUINT64_CONSTANT(1) << (bits + l2_bits));
    if (entries > G_MAXINT32 / 8)
        return TABLE_TOO_LARGE;
    return inside(bytes, be64(bytes->head + 40), entries * 8) ? NULL : CUT_OFF;
}

static const char *qed_fault(const DiskBytes *bytes, const DiskInfo *info)
{
    enum { KNOWN = 7, TABLE_MAX = 16 };
    guint64 cluster = le32(bytes->head + 4), table = le32(bytes->head + 8), l1_at = le64(bytes->head + 40);
    if (!power_of_two(cluster) || cluster < 4096 || cluster > 64 * MIB)
        return CLUSTER_ABSURD;
    if (!power_of_two(table) || table > TABLE_MAX)
        return TABLE_TOO_LARGE;
    if (le64(bytes->head + 16) & ~(guint64)KNOWN)
        return FEATURE_UNKNOWN;
    if (info->virtual_size % SECTOR)
        return "its size is not a number of sectors";
    guint64 entries = table * cluster / 8;
    if (divide_up(divide_up(info->virtual_size, cluster), entries) > entries)
        return TABLE_TOO_SMALL;
    if (l1_at == 0 || l1_at % cluster)
        return UNALIGNED;
    if (l1_at < le32(bytes->head + 12) * cluster)
        return OVER_HEADER;
    return inside(bytes, l1_at, table * cluster) ? NULL : CUT_OFF;
}

static const char *vhd_fault(const DiskBytes *bytes, const DiskInfo *info)
{
    enum { DYNAMIC_HEADER = 1024 };
    if (info->virtual_size > G_GUINT64_CONSTANT(0xff000000) * SECTOR)
        return "it is larger than a vhd can be";
    if (memcmp(bytes->head, "conectix", 8) != 0) /* fixed: the footer was all */
        return NULL;
    guint64 at = be64(bytes->head + 16);
    if (at > bytes->head_length || bytes->head_length - at < DYNAMIC_HEADER)
        return CUT_OFF;
    const guint8 *header = bytes->head + at;
    guint64 entries = be32(header + 28), block = be32(header + 32);
    if (memcmp(header, "cxsparse", 8) != 0)
        return "its second header is none";
    if (!power_of_two(block) || block < SECTOR || block > 256 * MIB)
        return CLUSTER_ABSURD;
    if (entries > G_MAXINT32 / 4)
        return TABLE_TOO_LARGE;
    if (entries * block < info->virtual_size)
        return TABLE_TOO_SMALL;
    return inside(bytes, be64(header + 16), entries * 4) ? NULL : CUT_OFF;
}

static const char *vmdk_fault(const DiskBytes *bytes, const DiskInfo *info)
{
    enum { GTES_MAX = 512, GRAIN_MAX = 0x200000, L1_MAX = 32 * 1024 * 1024, COMPRESSED = 1 << 16 };
    if (memcmp(bytes->head, "KDMV", 4) != 0 || info->virtual_size == 0) /* refused for the files that it names */
        return NULL;
    guint32 version = le32(bytes->head + 4), flags = le32(bytes->head + 8), gtes = le32(bytes->head + 44);
    guint64 grain = le64(bytes->head + 20), table_at = le64(bytes->head + 56);
    if (version < 1 || version > 3)
        return FEATURE_UNKNOWN;
    if (!power_of_two(grain) || grain > GRAIN_MAX)
        return CLUSTER_ABSURD;
    if (gtes == 0 || gtes > GTES_MAX)
        return TABLE_TOO_LARGE;
    guint64 entries = divide_up(info->virtual_size / SECTOR, gtes * grain);
    if (entries > L1_MAX)
        return TABLE_TOO_LARGE;
    if ((flags & COMPRESSED) && le16(bytes->head + 77) != 1)
        return "its compression is none that is known";
    if (table_at == G_MAXUINT64) /* a stream: the table is told at the end */
        return NULL;
    if (table_at > bytes->file_size / SECTOR || !inside(bytes, table_at * SECTOR, entries * 4))
        return CUT_OFF;
    return NULL;
}

static const char *vdi_fault(const DiskBytes *bytes, const DiskInfo *info)
{
    enum { DYNAMIC = 1, STATIC = 2, BLOCKS_MAX = 0x1fffffff };
    guint64 map_at = le32(bytes->head + 0x154), data_at = le32(bytes->head + 0x158), blocks = le32(bytes->head + 0x180);
    guint32 type = le32(bytes->head + 0x4c);
    if (le32(bytes->head + 0x44) != 0x00010001 || (type != DYNAMIC && type != STATIC && !info->has_backing_file))
        return FEATURE_UNKNOWN;
    if (le32(bytes->head + 0x178) != MIB || le32(bytes->head + 0x168) != SECTOR)
        return CLUSTER_ABSURD;
    if (blocks > BLOCKS_MAX)
        return TABLE_TOO_LARGE;
    if (map_at % SECTOR || data_at % SECTOR)
        return "a table of it is not at the start of a sector";
    if (divide_up(info->virtual_size, MIB) > blocks)
        return TABLE_TOO_SMALL;
    return inside(bytes, map_at, blocks * 4) && data_at <= bytes->file_size ? NULL : CUT_OFF;
}

static const char *ploop_fault(const DiskBytes *bytes, const DiskInfo *info)
{
    guint64 block = le32(bytes->head + 28), entries = le32(bytes->head + 32);
    if (le32(bytes->head + 16) != 2)
        return FEATURE_UNKNOWN;
    if (block == 0 || block > G_MAXINT32 / 513)
        return CLUSTER_ABSURD;
    if (entries > G_MAXINT32 / 4)
        return TABLE_TOO_LARGE;
    if (divide_up(info->virtual_size / SECTOR, block) > entries)
        return TABLE_TOO_SMALL;
    return inside(bytes, 64, entries * 4) ? NULL : CUT_OFF;
}

const char *disk_fault(const DiskBytes *bytes, const DiskInfo *info)
{
    if (info->virtual_size > DISK_VIRTUAL_MAX)
        return "it claims to be larger than 64 TiB";
    switch (info->format) {
    case DISK_FORMAT_QCOW:
        return qcow_fault(bytes, info);
    case DISK_FORMAT_QCOW2:
        return qcow2_fault(bytes, info);
    case DISK_FORMAT_QED:
        return qed_fault(bytes, info);
    case DISK_FORMAT_VHD:
        return vhd_fault(bytes, info);
    case DISK_FORMAT_VMDK:
        return vmdk_fault(bytes, info);
    case DISK_FORMAT_VDI:
        return vdi_fault(bytes, info);
    case DISK_FORMAT_PLOOP:
        return ploop_fault(bytes, info);
    case DISK_FORMAT_RAW:
    case DISK_FORMAT_VHDX: /* no back end opens it, and qemu-img checks what the import gives it */
    case DISK_FORMAT_LUKS: /* refused for its encryption */
    case DISK_FORMAT_ISO:
    case DISK_FORMAT_AMI:
    case DISK_FORMAT_AKI:
    case DISK_FORMAT_ARI:
        return NULL;
    }
    return NULL;
}
