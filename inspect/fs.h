/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "inspect/disk.h"

/* A file system that can be read: only to look for files by name. A file is a Disk again. Names are bytes of strangers; links are
 * followed within the file system, as from its own root, a few of them at most. */

typedef enum { LOOK_FOUND, LOOK_NONE, LOOK_FAILED } Look; /* FAILED: it may be there, and could not be read */

typedef struct FileSystem FileSystem;
struct FileSystem {
    Look (*open)(FileSystem *system, const char *path, Disk **file);       /* FOUND: a regular file, to be freed before the system */
    Look (*list)(FileSystem *system, const char *path, GPtrArray *names);  /* char*, at most FS_NAMES_MAX, only printable ones */
    void (*free)(FileSystem *system);
    Disk *disk; /* not owned */
};

enum { FS_NAMES_MAX = 512 };

/* NULL when it cannot be read; *type is then still set when it is recognised (a string constant, else NULL). */
FileSystem *fs_open(Disk *disk, const char **type);
void fs_free(FileSystem *system);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FileSystem, fs_free)

/* The text of a small file; a longer one is LOOK_FAILED. Ends with a NUL. */
Look fs_text(FileSystem *system, const char *path, gsize max, char **text);
Look fs_exists(FileSystem *system, const char *path);

FileSystem *fs_ext_open(Disk *disk); /* ext2, ext3, ext4: by libext2fs */
FileSystem *fs_fat_open(Disk *disk); /* FAT12, FAT16, FAT32 */
