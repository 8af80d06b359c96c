/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/disk-bytes.h"
#include "inspect/fs.h"

/* FAT12, FAT16 and FAT32 with long names, to read. By hand, since Debian has programs for it (mtools, dosfstools) and no library.
 * Microsoft's "FAT: General Overview of On-Disk Format" 1.03. */

enum { ENTRY = 32, ENTRIES_MAX = 65536, NAME_MAX_BYTES = 260, PARTS_MAX = 16 };

typedef struct Fat {
    FileSystem system;
    guint bits;                                    /* 12, 16 or 32 */
    guint64 fat_at, root_at, data_at, cluster;     /* bytes */
    guint32 clusters, root_cluster, root_entries;
} Fat;

typedef struct FatEntry {
    char name[NAME_MAX_BYTES]; /* empty: not printable */
    guint32 first, size;
    bool is_folder;
} FatEntry;

/* A chain of clusters, or the root of FAT12 and FAT16. */
typedef struct FatFile {
    Disk disk;
    Fat *fat;
    guint32 first;
    guint32 at_index, at_cluster; /* where the last read was: chains are walked forward only */
} FatFile;

static bool next_cluster(Fat *fat, guint32 cluster, guint32 *next)
{
    guint8 bytes[4] = {0};
    guint64 at = fat->fat_at + (fat->bits == 12 ? (guint64)cluster * 3 / 2 : (guint64)cluster * fat->bits / 8);
    if (!disk_read(fat->system.disk, at, bytes, fat->bits == 32 ? 4 : 2))
        return false;
    *next = fat->bits == 32   ? le32(bytes) & 0x0fffffff
            : fat->bits == 16 ? le16(bytes)
                              : (cluster & 1 ? le16(bytes) >> 4 : le16(bytes) & 0xfff);
    return *next >= 2 && *next < fat->clusters + 2;
}

static bool read_fat_file(Disk *disk, guint64 at, guint8 *to, gsize length)
{
    FatFile *file = (FatFile *)disk;
    Fat *fat = file->fat;
    while (length > 0) {
        guint32 index = (guint32)(at / fat->cluster);
        guint64 within = at % fat->cluster;
        gsize piece = (gsize)MIN((guint64)length, fat->cluster - within);
        if (index < file->at_index) {
            file->at_index = 0;
            file->at_cluster = file->first;
        }
        for (; file->at_index < index; file->at_index++)
            if (!next_cluster(fat, file->at_cluster, &file->at_cluster)) {
                file->at_index = G_MAXUINT32; /* its place is lost: begin again */
                return false;
            }
        if (!disk_read(fat->system.disk, fat->data_at + (guint64)(file->at_cluster - 2) * fat->cluster + within, to, piece))
            return false;
        to += piece;
        at += piece;
        length -= piece;
    }
    return true;
}

static bool is_cluster(const Fat *fat, guint32 cluster)
{
    return cluster >= 2 && cluster < fat->clusters + 2;
}

static Disk *open_chain(Fat *fat, guint32 first, guint64 size)
{
    FatFile *file = g_new0(FatFile, 1);
    file->disk = (Disk){.size = size, .budget = fat->system.disk->budget, .read = read_fat_file};
    file->fat = fat;
    file->first = file->at_cluster = first;
    return &file->disk;
}

/* "VMLINUZ    " and "BOOTX64 EFI". */
static void short_name(const guint8 *entry, char *name)
{
    gsize length = 0;
    for (gsize i = 0; i < 11; i++) {
        if (i == 8 && entry[8] != ' ')
            name[length++] = '.';
        if (entry[i] != ' ')
            name[length++] = g_ascii_isgraph((char)entry[i]) ? (char)entry[i] : '\1';
    }
    name[length] = '\0';
}

/* 13 characters of a long name, of which only ASCII is kept: what is looked for has no other. */
static void long_part(const guint8 *entry, char *name)
{
    static const guint8 places[] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    gsize part = (entry[0] & 0x1fU) - 1;
    if ((entry[0] & 0x1f) == 0 || part > 18)
        return;
    for (gsize i = 0; i < sizeof places; i++) {
        guint16 c = le16(entry + places[i]);
        name[part * 13 + i] = c == 0 || c == 0xffff ? '\0' : c < 0x7f && g_ascii_isgraph((char)c) ? (char)c : '\1';
    }
    if (entry[0] & 0x40)
        name[(part + 1) * 13] = '\0';
}

typedef bool EachEntry(const FatEntry *entry, void *data); /* false: enough */

/* LOOK_FAILED when the folder cannot be read to its end. */
static Look each_entry(Fat *fat, Disk *folder, EachEntry *call, void *data)
{
    FatEntry found = {.name = ""};
    char name[NAME_MAX_BYTES] = "";
    for (guint64 at = 0; at < (guint64)ENTRIES_MAX * ENTRY; at += ENTRY) {
        guint8 entry[ENTRY];
        if (at >= folder->size)
            return LOOK_NONE;
        if (!disk_read(folder, at, entry, sizeof entry)) /* a chain's end is a folder's end too */
            return at % fat->cluster == 0 && at != 0 ? LOOK_NONE : LOOK_FAILED;
        if (entry[0] == 0)
            return LOOK_NONE;
        if (entry[0] == 0xe5) {
            name[0] = '\0';
            continue;
        }
        if ((entry[11] & 0x3f) == 0x0f) {
            long_part(entry, name);
            continue;
        }
        if (entry[11] & 8) { /* the volume's label */
            name[0] = '\0';
            continue;
        }
        if (name[0])
            memcpy(found.name, name, sizeof name);
        else
            short_name(entry, found.name);
        name[0] = '\0';
        found.is_folder = entry[11] & 0x10;
        found.first = (guint32)le16(entry + 26) | (fat->bits == 32 ? (guint32)le16(entry + 20) << 16 : 0);
        found.size = le32(entry + 28);
        if (!call(&found, data))
            return LOOK_FOUND;
    }
    return LOOK_FAILED;
}

static Disk *open_folder(Fat *fat, guint32 cluster)
{
    if (cluster == 0 && fat->bits != 32)
        return disk_part(fat->system.disk, fat->root_at, (guint64)fat->root_entries * ENTRY);
    if (cluster == 0)
        cluster = fat->root_cluster;
    return is_cluster(fat, cluster) ? open_chain(fat, cluster, (guint64)fat->clusters * fat->cluster) : NULL;
}

typedef struct Search {
    const char *name;
    FatEntry entry;
} Search;

static bool match(const FatEntry *entry, void *data)
{
    Search *search = data;
    if (g_ascii_strcasecmp(entry->name, search->name) != 0)
        return true;
    search->entry = *entry;
    return false;
}

static Look find(Fat *fat, const char *path, FatEntry *entry)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", PARTS_MAX);
    *entry = (FatEntry){.is_folder = true};
    for (guint i = 0; parts[i]; i++) {
        if (!*parts[i])
            continue;
        if (!entry->is_folder)
            return LOOK_NONE;
        g_autoptr(Disk) folder = open_folder(fat, entry->first);
        Search search = {.name = parts[i]};
        Look look = folder ? each_entry(fat, folder, match, &search) : LOOK_FAILED;
        if (look != LOOK_FOUND)
            return look;
        *entry = search.entry;
    }
    return LOOK_FOUND;
}

static Look open_fat(FileSystem *system, const char *path, Disk **file)
{
    Fat *fat = (Fat *)system;
    FatEntry entry;
    Look look = find(fat, path, &entry);
    if (look != LOOK_FOUND || entry.is_folder)
        return look == LOOK_FOUND ? LOOK_NONE : look;
    if (entry.size != 0 && !is_cluster(fat, entry.first))
        return LOOK_FAILED;
    *file = open_chain(fat, entry.first, entry.size);
    return LOOK_FOUND;
}

static bool add_name(const FatEntry *entry, void *data)
{
    GPtrArray *names = data;
    bool shown = entry->name[0] && entry->name[0] != '.' && !strchr(entry->name, '\1');
    if (shown)
        g_ptr_array_add(names, g_strdup(entry->name));
    return names->len < FS_NAMES_MAX;
}

static Look list_fat(FileSystem *system, const char *path, GPtrArray *names)
{
    Fat *fat = (Fat *)system;
    FatEntry entry;
    Look look = find(fat, path, &entry);
    if (look != LOOK_FOUND || !entry.is_folder)
        return look == LOOK_FOUND ? LOOK_NONE : look;
    g_autoptr(Disk) folder = open_folder(fat, entry.first);
    return folder && each_entry(fat, folder, add_name, names) != LOOK_FAILED ? LOOK_FOUND : LOOK_FAILED;
}

static void free_fat(FileSystem *system)
{
    g_free(system);
}

FileSystem *fs_fat_open(Disk *disk)
{
    guint8 boot[90];
    if (!disk_read(disk, 0, boot, sizeof boot) || (boot[0] != 0xeb && boot[0] != 0xe9))
        return NULL;
    guint64 sector = le16(boot + 11), reserved = le16(boot + 14), copies = boot[16], root_entries = le16(boot + 17);
    guint64 cluster = boot[13], length = le16(boot + 22) ? le16(boot + 22) : le32(boot + 36);
    guint64 total = le16(boot + 19) ? le16(boot + 19) : le32(boot + 32);
    bool sizes = (sector == 512 || sector == 1024 || sector == 2048 || sector == 4096) && cluster != 0 && (cluster & (cluster - 1)) == 0;
    if (!sizes || reserved == 0 || copies == 0 || copies > 2 || length == 0)
        return NULL;
    guint64 root = (root_entries * ENTRY + sector - 1) / sector, before = reserved + copies * length + root;
    if (total <= before || before * sector > disk->size)
        return NULL;
    guint64 clusters = (total - before) / cluster;
    Fat *fat = g_new0(Fat, 1);
    fat->system = (FileSystem){.open = open_fat, .list = list_fat, .free = free_fat, .disk = disk};
    fat->bits = clusters < 4085 ? 12 : clusters < 65525 ? 16 : 32;
    fat->clusters = (guint32)MIN(clusters, G_GUINT64_CONSTANT(0x0ffffff5));
    fat->cluster = cluster * sector;
    fat->fat_at = reserved * sector;
    fat->root_at = (reserved + copies * length) * sector;
    fat->data_at = before * sector;
    fat->root_entries = (guint32)root_entries;
    fat->root_cluster = le32(boot + 44);
    return &fat->system;
}
