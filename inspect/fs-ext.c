/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <string.h>

#include "common/disk-bytes.h"
#include "inspect/fs.h"

/* ext2 to ext4 by e2fsprogs' own library, which knows every feature that mke2fs can make and is fuzzed with hostile file systems
 * by its authors. It reads through an io_manager of ours, so it opens no file. */

typedef struct ExtSystem {
    FileSystem system;
    ext2_filsys fs;
} ExtSystem;

static Disk *opening; /* ext2fs_open() hands an io_manager nothing but a name */

static errcode_t channel_open(const char *name, int flags, io_channel *channel)
{
    io_channel made = g_new0(struct struct_io_channel, 1);
    made->magic = EXT2_ET_MAGIC_IO_CHANNEL;
    made->block_size = 1024;
    made->refcount = 1;
    made->private_data = opening;
    made->name = NULL;
    extern struct struct_io_manager ext_manager;
    made->manager = &ext_manager;
    *channel = made;
    return 0;
}

static errcode_t channel_close(io_channel channel)
{
    if (--channel->refcount == 0)
        g_free(channel);
    return 0;
}

static errcode_t channel_block_size(io_channel channel, int size)
{
    channel->block_size = size;
    return 0;
}

/* count is blocks, or bytes when it is negative. */
static errcode_t channel_read(io_channel channel, unsigned long long block, int count, void *to)
{
    guint64 length = count < 0 ? (guint64) - (gint64)count : (guint64)count * (guint64)channel->block_size;
    if (block > G_MAXUINT64 / (guint64)channel->block_size)
        return EXT2_ET_SHORT_READ;
    return disk_read(channel->private_data, block * (guint64)channel->block_size, to, (gsize)length) ? 0 : EXT2_ET_SHORT_READ;
}

static errcode_t channel_read_short(io_channel channel, unsigned long block, int count, void *to)
{
    return channel_read(channel, block, count, to);
}

static errcode_t channel_write(io_channel channel, unsigned long long block, int count, const void *from)
{
    return EXT2_ET_RO_FILSYS;
}

static errcode_t channel_write_short(io_channel channel, unsigned long block, int count, const void *from)
{
    return EXT2_ET_RO_FILSYS;
}

static errcode_t channel_flush(io_channel channel)
{
    return 0;
}

struct struct_io_manager ext_manager;
struct struct_io_manager ext_manager = {
    .magic = EXT2_ET_MAGIC_IO_MANAGER,
    .name = "guestctl-inspect",
    .open = channel_open,
    .close = channel_close,
    .set_blksize = channel_block_size,
    .read_blk = channel_read_short,
    .write_blk = channel_write_short,
    .flush = channel_flush,
    .read_blk64 = channel_read,
    .write_blk64 = channel_write,
};

typedef struct ExtFile {
    Disk disk;
    ext2_file_t file;
} ExtFile;

static bool read_file(Disk *disk, guint64 at, guint8 *to, gsize length)
{
    ext2_file_t file = ((ExtFile *)disk)->file;
    if (ext2fs_file_llseek(file, at, EXT2_SEEK_SET, NULL) != 0)
        return false;
    while (length > 0) {
        unsigned int got = 0, wanted = (unsigned int)MIN(length, (gsize)1 << 20);
        if (ext2fs_file_read(file, to, wanted, &got) != 0 || got == 0)
            return false;
        to += got;
        length -= got;
    }
    return true;
}

static void free_file(Disk *disk)
{
    ext2fs_file_close(((ExtFile *)disk)->file);
}

static Look find(ext2_filsys fs, const char *path, ext2_ino_t *inode)
{
    errcode_t fault = ext2fs_namei_follow(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, inode);
    return fault == 0 ? LOOK_FOUND : fault == EXT2_ET_FILE_NOT_FOUND || fault == EXT2_ET_NO_DIRECTORY ? LOOK_NONE : LOOK_FAILED;
}

static Look open_ext(FileSystem *system, const char *path, Disk **file)
{
    ext2_filsys fs = ((ExtSystem *)system)->fs;
    struct ext2_inode inode;
    ext2_ino_t number;
    ext2_file_t opened;
    Look look = find(fs, path, &number);
    if (look != LOOK_FOUND)
        return look;
    if (ext2fs_read_inode(fs, number, &inode) != 0)
        return LOOK_FAILED;
    if (!LINUX_S_ISREG(inode.i_mode))
        return LOOK_NONE;
    if (ext2fs_file_open(fs, number, 0, &opened) != 0)
        return LOOK_FAILED;
    ExtFile *made = g_new0(ExtFile, 1);
    made->disk = (Disk){.size = EXT2_I_SIZE(&inode), .budget = system->disk->budget, .read = read_file, .free = free_file};
    made->file = opened;
    *file = &made->disk;
    return LOOK_FOUND;
}

static int add_name(struct ext2_dir_entry *entry, int offset, int block_size, char *buffer, void *data)
{
    GPtrArray *names = data;
    g_autofree char *name = g_strndup(entry->name, (gsize)ext2fs_dirent_name_len(entry));
    if (names->len >= FS_NAMES_MAX)
        return DIRENT_ABORT;
    for (const char *c = name; *c; c++)
        if (!g_ascii_isgraph(*c))
            return 0;
    if (!g_str_equal(name, ".") && !g_str_equal(name, ".."))
        g_ptr_array_add(names, g_steal_pointer(&name));
    return 0;
}

static Look list_ext(FileSystem *system, const char *path, GPtrArray *names)
{
    ext2_filsys fs = ((ExtSystem *)system)->fs;
    ext2_ino_t number;
    Look look = find(fs, path, &number);
    if (look != LOOK_FOUND)
        return look;
    if (ext2fs_check_directory(fs, number) != 0)
        return LOOK_NONE;
    return ext2fs_dir_iterate(fs, number, 0, NULL, add_name, names) == 0 ? LOOK_FOUND : LOOK_FAILED;
}

static void free_ext(FileSystem *system)
{
    ext2fs_free(((ExtSystem *)system)->fs);
    g_free(system);
}

/* The library keeps all group descriptors in memory: as many as a disk of this size can have, and no more. */
static bool is_sane(Disk *disk)
{
    enum { SUPER = 1024, GROUPS_MAX = 1 << 17 };
    guint8 super[1024];
    if (!disk_read(disk, SUPER, super, sizeof super) || le32(super + 24) > 6)
        return false;
    guint64 block = G_GUINT64_CONSTANT(1024) << le32(super + 24), per_group = le32(super + 32);
    guint64 blocks = le32(super + 4) | (le32(super + 96) & 0x80 ? (guint64)le32(super + 0x150) << 32 : 0);
    return per_group != 0 && blocks <= disk->size / block && blocks / per_group < GROUPS_MAX;
}

FileSystem *fs_ext_open(Disk *disk)
{
    ext2_filsys fs = NULL;
    if (!is_sane(disk))
        return NULL;
    opening = disk;
    errcode_t fault = ext2fs_open("image", EXT2_FLAG_64BITS | EXT2_FLAG_IGNORE_SB_ERRORS, 0, 0, &ext_manager, &fs);
    opening = NULL;
    if (fault != 0)
        return NULL;
    ExtSystem *made = g_new0(ExtSystem, 1);
    made->system = (FileSystem){.open = open_ext, .list = list_ext, .free = free_ext, .disk = disk};
    made->fs = fs;
    return &made->system;
}
