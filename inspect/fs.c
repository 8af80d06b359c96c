/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/fs.h"

#include <string.h>

/* Recognised by what stands where. xfs and btrfs are not read: Debian has no library that reads them out of a process without
 * rights (libfsxfs calls itself experimental; btrfs-progs has none), and a reader of our own would be larger than all the rest. */
static const struct {
    const char *type;
    guint64 at;
    const char *bytes;
    gsize length;
} signatures[] = {
    {"xfs", 0, "XFSB", 4},           {"btrfs", 65536 + 64, "_BHRfS_M", 8}, {"swap", 4096 - 10, "SWAPSPACE2", 10},
    {"luks", 0, "LUKS\xba\xbe", 6},  {"lvm2", 512, "LABELONE", 8},         {"ntfs", 3, "NTFS    ", 8},
    {"iso9660", 32769, "CD001", 5},  {"squashfs", 0, "hsqs", 4},           {"erofs", 1024, "\xe2\xe1\xf5\xe0", 4},
    {"f2fs", 1024, "\x10\x20\xf5\xf2", 4}, {"ufs", 65536 + 1372, "\x19\x01\x54\x19", 4}, {"exfat", 3, "EXFAT   ", 8},
};

FileSystem *fs_open(Disk *disk, const char **type)
{
    guint8 found[16], ext[2], kind[12];
    *type = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(signatures); i++)
        if (disk_read(disk, signatures[i].at, found, signatures[i].length) && memcmp(found, signatures[i].bytes, signatures[i].length) == 0) {
            *type = signatures[i].type;
            return NULL;
        }
    if (disk_read(disk, 1024 + 56, ext, sizeof ext) && ext[0] == 0x53 && ext[1] == 0xef) {
        bool journal = disk_read(disk, 1024 + 92, kind, sizeof kind) && kind[0] & 4;
        *type = kind[4] & 0xc0 ? "ext4" : journal ? "ext3" : "ext2"; /* extents, 64 bit */
        return fs_ext_open(disk);
    }
    FileSystem *fat = fs_fat_open(disk);
    *type = fat ? "vfat" : NULL;
    return fat;
}

void fs_free(FileSystem *system)
{
    if (system)
        system->free(system);
}

Look fs_text(FileSystem *system, const char *path, gsize max, char **text)
{
    Disk *file = NULL;
    Look look = system->open(system, path, &file);
    if (look != LOOK_FOUND)
        return look;
    g_autofree char *bytes = file->size <= max ? g_malloc0((gsize)file->size + 1) : NULL;
    bool got = bytes && disk_read(file, 0, bytes, (gsize)file->size);
    disk_free(file);
    *text = got ? g_steal_pointer(&bytes) : NULL;
    return got ? LOOK_FOUND : LOOK_FAILED;
}

Look fs_exists(FileSystem *system, const char *path)
{
    Disk *file = NULL;
    Look look = system->open(system, path, &file);
    disk_free(file);
    return look;
}
