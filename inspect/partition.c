/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/partition.h"

#include <string.h>
#include <zlib.h>

#include "common/disk-bytes.h"

/* UEFI 2.10, 5.2 and 5.3. */

enum { SECTOR = 512, MBR_TABLE = 446, MBR_ENTRY = 16, MBR_ENTRIES = 4, LOGICAL_MAX = 60, GPT_MAX = 256 };

static void note(Passport *passport, const char *text)
{
    if (passport->notes->len < 32)
        g_ptr_array_add(passport->notes, g_strdup(text));
}

static bool table_is(Passport *passport, const char *kind)
{
    g_free(passport->table);
    passport->table = g_strdup(kind);
    return true;
}

static const struct {
    guint8 type;
    const char *name;
} mbr_types[] = {
    {0x01, "fat"},        {0x04, "fat"},        {0x06, "fat"},   {0x07, "ntfs"},  {0x0b, "fat"},   {0x0c, "fat"},
    {0x0e, "fat"},        {0x82, "linux-swap"}, {0x83, "linux"}, {0x8e, "linux-lvm"}, {0xef, "efi-system"}, {0xfd, "linux-raid"},
};

static bool is_extended(guint8 type)
{
    return type == 0x05 || type == 0x0f || type == 0x85;
}

static char *mbr_type(guint8 type)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mbr_types); i++)
        if (mbr_types[i].type == type)
            return g_strdup(mbr_types[i].name);
    return g_strdup_printf("0x%02x", type);
}

/* A partition that begins behind the end is none; one that ends there is cut off there, as Linux does. */
static void add(Passport *passport, Disk *disk, guint64 number, guint64 start, guint64 size, bool active, char *type)
{
    g_autofree char *owned = type;
    if (start >= disk->size) {
        note(passport, "a partition begins behind the end of the disk");
        return;
    }
    if (size > disk->size - start)
        note(passport, "a partition ends behind the end of the disk");
    PassportPartition *partition = passport_add_partition(passport);
    *partition = (PassportPartition){
        .number = number, .start = start, .size = MIN(size, disk->size - start), .active = active, .type = g_steal_pointer(&owned)};
}

/* Each sector of the chain has one partition and points to the next. */
static bool read_logical(Disk *disk, Passport *passport, guint64 first, const char **refusal)
{
    guint64 at = first;
    for (guint64 number = 5; number < 5 + LOGICAL_MAX; number++) {
        guint8 sector[SECTOR];
        if (!disk_read(disk, at * SECTOR, sector, sizeof sector) || sector[510] != 0x55 || sector[511] != 0xaa) {
            note(passport, "the chain of logical partitions is broken");
            return table_is(passport, "unknown");
        }
        const guint8 *entry = sector + MBR_TABLE, *link = entry + MBR_ENTRY;
        if (entry[4] != 0 && le32(entry + 12) != 0)
            add(passport, disk, number, (at + le32(entry + 8)) * SECTOR, (guint64)le32(entry + 12) * SECTOR, entry[0] == 0x80, mbr_type(entry[4]));
        if (!is_extended(link[4]) || le32(link + 12) == 0)
            return true;
        guint64 next = first + le32(link + 8);
        if (next <= at) { /* every program that makes them goes upwards; a loop has to come back */
            *refusal = "its logical partitions form a loop";
            return false;
        }
        at = next;
    }
    *refusal = "it has more logical partitions than any disk needs";
    return false;
}

static bool read_mbr(const guint8 *sector, Disk *disk, Passport *passport, const char **refusal)
{
    bool one = false;
    for (guint i = 0; i < MBR_ENTRIES; i++) {
        const guint8 *entry = sector + MBR_TABLE + i * MBR_ENTRY;
        if (entry[4] == 0 || le32(entry + 12) == 0)
            continue;
        if (entry[0] != 0 && entry[0] != 0x80) { /* then it is code, or a volume's text, and no table */
            table_is(passport, "none");
            g_ptr_array_set_size(passport->partitions, 0);
            return true;
        }
        one = true;
    }
    if (!one)
        return table_is(passport, "none");
    table_is(passport, "mbr");
    for (guint i = 0; i < MBR_ENTRIES; i++) {
        const guint8 *entry = sector + MBR_TABLE + i * MBR_ENTRY;
        guint64 start = le32(entry + 8);
        if (entry[4] == 0 || le32(entry + 12) == 0)
            continue;
        if (!is_extended(entry[4]))
            add(passport, disk, i + 1, start * SECTOR, (guint64)le32(entry + 12) * SECTOR, entry[0] == 0x80, mbr_type(entry[4]));
        else if (!read_logical(disk, passport, start, refusal))
            return false;
    }
    return true;
}

static const struct {
    const char *guid, *name;
} gpt_types[] = {
    {"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "efi-system"}, {"21686148-6449-6e6f-744e-656564454649", "bios-boot"},
    {"0fc63daf-8483-4772-8e79-3d69d8477de4", "linux"},      {"4f68bce3-e8cd-4db1-96e7-fbcaf984b709", "linux-root-x86-64"},
    {"b921b045-1df0-41c3-af44-4c6f280d3fae", "linux-root-arm64"}, {"bc13c2ff-59e6-4262-a352-b275fd6f7172", "linux-extended-boot"},
    {"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", "linux-swap"}, {"e6d6d379-f507-44c2-a23c-238f2a3df928", "linux-lvm"},
    {"a19d880f-05fc-4d3b-a006-743f0f84911e", "linux-raid"}, {"ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", "basic-data"},
    {"9e1a2d38-c612-4316-aa26-8b49521e5a8b", "powerpc-prep"},
};

static char *gpt_type(const guint8 *guid)
{
    g_autofree char *text = g_strdup_printf("%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", le32(guid), le16(guid + 4), le16(guid + 6), guid[8],
                                            guid[9], guid[10], guid[11], guid[12], guid[13], guid[14], guid[15]);
    for (gsize i = 0; i < G_N_ELEMENTS(gpt_types); i++)
        if (g_str_equal(gpt_types[i].guid, text))
            return g_strdup(gpt_types[i].name);
    return g_steal_pointer(&text);
}

static guint32 crc(const guint8 *bytes, gsize length)
{
    return (guint32)crc32(crc32(0, Z_NULL, 0), bytes, (uInt)length);
}

static bool damaged(Passport *passport, const char *why)
{
    note(passport, why);
    return table_is(passport, "unknown");
}

static bool read_gpt(guint8 *header, Disk *disk, Passport *passport, const char **refusal)
{
    enum { HEADER_LEAST = 92, ENTRY_LEAST = 128, ENTRY_MOST = 4096, LEGACY_BOOT = 1 << 2 };
    static const guint8 unused[16] = {0};
    guint32 length = le32(header + 12), sum = le32(header + 16), count = le32(header + 80), entry_size = le32(header + 84);
    guint64 at = le64(header + 72);
    memset(header + 16, 0, 4);
    if (length < HEADER_LEAST || length > SECTOR || crc(header, length) != sum)
        return damaged(passport, "the GPT's header is damaged");
    if (count > GPT_MAX || entry_size < ENTRY_LEAST || entry_size > ENTRY_MOST || entry_size % ENTRY_LEAST != 0) {
        *refusal = "its GPT has more or larger entries than any disk needs";
        return false;
    }
    g_autofree guint8 *entries = g_malloc((gsize)count * entry_size + 1);
    if (at > disk->size / SECTOR || !disk_read(disk, at * SECTOR, entries, (gsize)count * entry_size) ||
        crc(entries, (gsize)count * entry_size) != le32(header + 88))
        return damaged(passport, "the GPT's entries are damaged");
    table_is(passport, "gpt");
    for (guint32 i = 0; i < count; i++) {
        const guint8 *entry = entries + (gsize)i * entry_size;
        guint64 first = le64(entry + 32), last = le64(entry + 40);
        if (memcmp(entry, unused, sizeof unused) == 0)
            continue;
        if (first > last || last > G_MAXINT64 / SECTOR)
            note(passport, "a partition of the GPT ends before it begins");
        else
            add(passport, disk, i + 1, first * SECTOR, (last - first + 1) * SECTOR, le64(entry + 48) & LEGACY_BOOT, gpt_type(entry));
    }
    return true;
}

/* A FAT volume's first sector looks like an MBR's; its jump and its numbers tell. */
static bool is_fat(const guint8 *sector)
{
    guint32 bytes = le16(sector + 11), cluster = sector[13];
    return (sector[0] == 0xeb || sector[0] == 0xe9) && (bytes == 512 || bytes == 1024 || bytes == 2048 || bytes == 4096) && cluster != 0 &&
           (cluster & (cluster - 1)) == 0 && le16(sector + 14) != 0 && (sector[16] == 1 || sector[16] == 2) && sector[21] >= 0xf0;
}

bool partition_read(Disk *disk, Passport *passport, const char **refusal)
{
    guint8 first[SECTOR], second[SECTOR];
    if (disk->size < SECTOR)
        return table_is(passport, "none");
    if (!disk_read(disk, 0, first, sizeof first))
        return damaged(passport, "the disk's first sector cannot be read");
    bool boot = first[510] == 0x55 && first[511] == 0xaa;
    if (disk->size >= 2 * SECTOR && disk_read(disk, SECTOR, second, sizeof second) && memcmp(second, "EFI PART", 8) == 0 && boot)
        return read_gpt(second, disk, passport, refusal);
    bool ok = !boot || is_fat(first) ? table_is(passport, "none") : read_mbr(first, disk, passport, refusal);
    if (ok && g_str_equal(passport->table, "none"))
        add(passport, disk, 0, 0, disk->size, false, g_strdup("whole"));
    return ok;
}
