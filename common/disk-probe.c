/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/disk-probe.h"

#include <string.h>

#include "common/disk-bytes.h"

/* Offsets are those of QEMU's docs/interop/{qcow2,qed_spec,parallels}.txt and block/{qcow,vpc,vdi,vmdk}.c,
 * of Microsoft's VHD and VHDX specifications, of VMware's Virtual Disk Format 5.0, of the LUKS on-disk
 * format and of ECMA-119. */

enum { SECTOR = 512, ISO_SIGNATURE_AT = 16 * 2048 + 1 };

static bool has(const DiskBytes *bytes, gsize at, const void *signature, gsize length)
{
    return bytes->head_length >= at + length && memcmp(bytes->head + at, signature, length) == 0;
}

static DiskProbeResult broken(const char **why, const char *text)
{
    *why = text;
    return DISK_PROBE_BROKEN;
}

static DiskProbeResult cut_short(const char **why)
{
    return broken(why, "its header is cut short");
}

/* A size that no file system could hold is a lie that would overflow sums further on. */
static DiskProbeResult sized(DiskInfo *info, guint64 bytes, const char **why)
{
    if (bytes > G_MAXINT64)
        return broken(why, "its header gives an impossible size");
    info->virtual_size = bytes;
    return DISK_PROBE_YES;
}

static DiskProbeResult sized_sectors(DiskInfo *info, guint64 sectors, const char **why)
{
    return sized(info, sectors > G_MAXUINT64 / SECTOR ? G_MAXUINT64 : sectors * SECTOR, why);
}

static DiskProbeResult probe_qcow(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    if (!has(bytes, 0, "QFI\xfb\0\0\0\1", 8))
        return DISK_PROBE_NO;
    if (bytes->head_length < 48)
        return cut_short(why);
    info->has_backing_file = be64(bytes->head + 8) != 0;
    info->is_encrypted = be32(bytes->head + 36) != 0;
    return sized(info, be64(bytes->head + 24), why);
}

static DiskProbeResult probe_qcow2(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    static const guint64 external_data_file = 1 << 2;
    if (!has(bytes, 0, "QFI\xfb", 4) || has(bytes, 0, "QFI\xfb\0\0\0\1", 8))
        return DISK_PROBE_NO;
    if (bytes->head_length < 72)
        return cut_short(why);
    guint32 version = be32(bytes->head + 4);
    if (version != 2 && version != 3)
        return broken(why, "its version is neither 1, 2 nor 3");
    if (version == 3 && bytes->head_length < 104)
        return cut_short(why);
    guint32 cluster_bits = be32(bytes->head + 20);
    info->cluster_size = cluster_bits >= 9 && cluster_bits <= 21 ? 1u << cluster_bits : 0;
    info->has_backing_file = be64(bytes->head + 8) != 0;
    info->is_encrypted = be32(bytes->head + 32) != 0;
    info->has_data_file = version == 3 && (be64(bytes->head + 72) & external_data_file);
    return sized(info, be64(bytes->head + 24), why);
}

static DiskProbeResult probe_qed(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    if (!has(bytes, 0, "QED\0", 4))
        return DISK_PROBE_NO;
    if (bytes->head_length < 64)
        return cut_short(why);
    info->has_backing_file = le64(bytes->head + 16) & 1;
    return sized(info, le64(bytes->head + 48), why);
}

/* The footer's own sum: only that tells a fixed disk from a raw one whose guest wrote eight letters. */
static bool vhd_sum_is_right(const guint8 *footer)
{
    guint32 sum = 0;
    for (gsize i = 0; i < SECTOR; i++)
        if (i < 64 || i >= 68)
            sum += footer[i];
    return ~sum == be32(footer + 64);
}

static DiskProbeResult probe_vhd(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    enum { FIXED = 2, DYNAMIC = 3, DIFFERENCING = 4 };
    bool at_start = has(bytes, 0, "conectix", 8);
    bool at_end = bytes->tail && memcmp(bytes->tail, "conectix", 8) == 0 && vhd_sum_is_right(bytes->tail);
    if (!at_start && !at_end)
        return DISK_PROBE_NO;
    if (at_start && bytes->head_length < SECTOR)
        return cut_short(why);

    const guint8 *footer = at_start ? bytes->head : bytes->tail;
    guint32 type = be32(footer + 60);
    guint64 size = be64(footer + 48);
    if (at_start ? type != DYNAMIC && type != DIFFERENCING : type != FIXED)
        return broken(why, at_start ? "a fixed disk's footer stands at its start" : "a dynamic disk has lost its header");
    if (!at_start && size > bytes->file_size - SECTOR)
        return broken(why, "it is shorter than its footer says");
    info->has_backing_file = type == DIFFERENCING;
    return sized(info, size, why);
}

/* Size and parent are in a region that a table points at. No back end opens vhdx, and what converts
 * it refuses parents itself. */
static DiskProbeResult probe_vhdx(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    return has(bytes, 0, "vhdxfile", 8) ? DISK_PROBE_YES : DISK_PROBE_NO;
}

static bool starts(const char *text, const char *end, const char *word)
{
    gsize length = strlen(word);
    return (gsize)(end - text) >= length && g_ascii_strncasecmp(text, word, length) == 0;
}

static const char *next_line(const char *line, const char *end)
{
    const char *newline = memchr(line, '\n', (gsize)(end - line));
    return newline ? newline + 1 : end;
}

/* What the lines of a descriptor say about other files. A descriptor inside a sparse extent names
 * that extent itself; any other kind of disk has its contents elsewhere. */
static void read_descriptor(const char *text, gsize length, bool embedded, DiskInfo *info)
{
    const char *end = text + strnlen(text, length);
    for (const char *line = text; line < end; line = next_line(line, end)) {
        line += strspn(line, " \t\r") < (gsize)(end - line) ? strspn(line, " \t\r") : 0;
        if (starts(line, end, "parentFileNameHint"))
            info->has_backing_file = true;
        if (starts(line, end, "parentCID=") && !starts(line, end, "parentCID=ffffffff"))
            info->has_backing_file = true;
        if (embedded && starts(line, end, "createType=") && !starts(line, end, "createType=\"monolithicSparse\"") &&
            !starts(line, end, "createType=\"streamOptimized\""))
            info->has_data_file = true;
    }
}

static DiskProbeResult probe_vmdk_sparse(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    if (bytes->head_length < SECTOR)
        return cut_short(why);
    guint64 capacity = le64(bytes->head + 12), at = le64(bytes->head + 28), sectors = le64(bytes->head + 36);
    info->has_data_file = capacity == 0; /* then QEMU takes the descriptor for the disk */
    if (at != 0) {
        if (at > bytes->head_length / SECTOR)
            return broken(why, "its descriptor is not at its start");
        gsize start = (gsize)at * SECTOR;
        gsize room = bytes->head_length - start;
        gsize length = sectors < room / SECTOR ? (gsize)sectors * SECTOR : room;
        g_autofree char *text = g_strndup((const char *)bytes->head + start, length);
        read_descriptor(text, strlen(text), true, info);
    }
    return sized_sectors(info, capacity, why);
}

/* QEMU takes comments and empty lines, and then a version, for a descriptor. */
static bool is_descriptor(const char *text, gsize length)
{
    const char *end = text + length;
    if (starts(text, end, "# Disk DescriptorFile"))
        return true;
    for (const char *line = text; line < end; line = next_line(line, end)) {
        while (line < end && *line == ' ')
            line++;
        if (line == end || (*line != '#' && *line != '\n' && *line != '\r'))
            return starts(line, end, "version=");
    }
    return false;
}

static DiskProbeResult probe_vmdk(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    if (has(bytes, 0, "KDMV", 4))
        return probe_vmdk_sparse(bytes, info, why);
    if (has(bytes, 0, "COWD", 4))
        return DISK_PROBE_YES;
    if (bytes->head_length == 0 || !is_descriptor((const char *)bytes->head, bytes->head_length))
        return DISK_PROBE_NO;
    g_autofree char *text = g_strndup((const char *)bytes->head, bytes->head_length);
    read_descriptor(text, strlen(text), false, info);
    info->has_data_file = true;
    return DISK_PROBE_YES;
}

static DiskProbeResult probe_vdi(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    static const guint8 none[16] = {0};
    enum { DIFFERENCE = 4 };
    if (!has(bytes, 0x40, "\x7f\x10\xda\xbe", 4))
        return DISK_PROBE_NO;
    if (bytes->head_length < SECTOR)
        return cut_short(why);
    info->has_backing_file = le32(bytes->head + 0x4c) == DIFFERENCE || memcmp(bytes->head + 0x1a8, none, sizeof none) != 0;
    return sized(info, le64(bytes->head + 0x170), why);
}

static DiskProbeResult probe_ploop(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    bool old = has(bytes, 0, "WithoutFreeSpace", 16);
    if (!old && !has(bytes, 0, "WithouFreSpacExt", 16))
        return DISK_PROBE_NO;
    if (bytes->head_length < 64)
        return cut_short(why);
    return sized_sectors(info, old ? le32(bytes->head + 36) : le64(bytes->head + 36), why);
}

static DiskProbeResult probe_luks(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    if (!has(bytes, 0, "LUKS\xba\xbe", 6))
        return DISK_PROBE_NO;
    info->is_encrypted = true;
    return DISK_PROBE_YES;
}

static DiskProbeResult probe_iso(const DiskBytes *bytes, DiskInfo *info, const char **why)
{
    if (!has(bytes, ISO_SIGNATURE_AT, "CD001", 5))
        return DISK_PROBE_NO;
    return sized(info, bytes->file_size, why);
}

const DiskProbe disk_probes[] = {
    {DISK_FORMAT_QCOW, probe_qcow},   {DISK_FORMAT_QCOW2, probe_qcow2}, {DISK_FORMAT_QED, probe_qed},     {DISK_FORMAT_VHD, probe_vhd},
    {DISK_FORMAT_VHDX, probe_vhdx},   {DISK_FORMAT_VMDK, probe_vmdk},   {DISK_FORMAT_VDI, probe_vdi},     {DISK_FORMAT_PLOOP, probe_ploop},
    {DISK_FORMAT_LUKS, probe_luks},   {DISK_FORMAT_ISO, probe_iso},
};
const gsize disk_probes_count = G_N_ELEMENTS(disk_probes);
