/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"

static const char *type_name(mode_t mode)
{
    return S_ISDIR(mode)    ? "a folder"
           : S_ISFIFO(mode) ? "a FIFO"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISBLK(mode)  ? "a block device"
                            : "a character device";
}

static bool is_regular(const char *path, const struct stat *stat, GError **error)
{
    if (S_ISREG(stat->st_mode))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is not a regular file (it is %s)", path, type_name(stat->st_mode));
    return false;
}

static int open_regular(const char *path, GError **error)
{
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) < 0)
        error_set_errno(error, errno, "%s", path);
    else if (is_regular(path, &stat, error))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

bool file_check_regular(const char *path, GError **error)
{
    Fd fd = open_regular(path, error);
    return fd >= 0;
}

/* Of a regular file. */
static char *read_all(int fd, const char *path, gsize max, gsize *length, GError **error)
{
    /* Files in /proc and /sys say that they are empty: read to the end, one byte beyond the limit at most. */
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    while (bytes->len <= max) {
        guint8 chunk[8192];
        ssize_t n = read(fd, chunk, MIN(sizeof chunk, max + 1 - bytes->len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set_errno(error, errno, "%s", path);
            return NULL;
        }
        if (n == 0)
            break;
        g_byte_array_append(bytes, chunk, (guint)n);
    }
    if (bytes->len > max) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is larger than %" G_GSIZE_FORMAT " bytes", path, max);
        return NULL;
    }
    if (length)
        *length = bytes->len;
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}

char *file_read(const char *path, gsize max, gsize *length, GError **error)
{
    Fd fd = open_regular(path, error);
    return fd >= 0 ? read_all(fd, path, max, length, error) : NULL;
}

char *file_read_open(int fd, const char *path, gsize max, gsize *length, GError **error)
{
    struct stat stat;
    if (fstat(fd, &stat) < 0) {
        error_set_errno(error, errno, "%s", path);
        return NULL;
    }
    return is_regular(path, &stat, error) ? read_all(fd, path, max, length, error) : NULL;
}

bool file_make_folder(const char *path, mode_t mode, GError **error)
{
    if (g_mkdir_with_parents(path, (int)mode) == 0)
        return true;
    error_set_errno(error, errno, "%s: cannot make this folder", path);
    return false;
}

static bool write_all(int fd, const char *text, gsize length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text += n;
        length -= (gsize)n;
    }
    return true;
}

bool file_sync_folder(const char *path, GError **error)
{
    Fd fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems cannot sync a folder (EINVAL); their renames are as safe as they get. */
    if (fd >= 0 && (fsync(fd) == 0 || errno == EINVAL))
        return true;
    error_set_errno(error, errno, "%s", path);
    return false;
}

/* The file to replace: path itself, or what it links to. Owned by the caller. */
static char *replaceable(const char *path, GError **error)
{
    struct stat stat;
    if (lstat(path, &stat) < 0)
        return g_strdup(path); /* not there yet; another fault shows when its folder is made */
    if (!S_ISLNK(stat.st_mode))
        return is_regular(path, &stat, error) ? g_strdup(path) : NULL;
    char *target = realpath(path, NULL);
    if (target && lstat(target, &stat) == 0 && is_regular(target, &stat, error))
        return target; /* malloc and g_malloc are one since GLib 2.46 */
    if (!target)
        error_set_errno(error, errno, "%s is a symbolic link that leads nowhere; remove it, or name the file itself", path);
    free(target);
    return NULL;
}

/* Those of people, ACLs, and SELinux's label, which a system may keep for itself to set. The others (IMA's) are of the old text. */
static bool copy_attribute(int from, int to, const char *name)
{
    bool label = strcmp(name, "security.selinux") == 0;
    if (!label && !g_str_has_prefix(name, "user.") && !g_str_has_prefix(name, "system.posix_acl_"))
        return true;
    char value[4096];
    ssize_t size = fgetxattr(from, name, value, sizeof value);
    return (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) == 0) || label;
}

static bool copy_attributes(int from, int to)
{
    char names[4096];
    ssize_t length = flistxattr(from, names, sizeof names);
    for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1)
        if (!copy_attribute(from, to, name))
            return false;
    return length >= 0 || errno == ENOTSUP;
}

/* Owner, group and attributes of the file that is replaced, if there is one; the mode last, since a new owner takes bits of it. */
static bool take_over(const char *path, int to, mode_t mode)
{
    struct stat old, made;
    bool there = stat(path, &old) == 0;
    if ((!there && errno != ENOENT) || fstat(to, &made) < 0)
        return false;
    if (there && (old.st_uid != made.st_uid || old.st_gid != made.st_gid) && fchown(to, old.st_uid, old.st_gid) < 0)
        return false;
    Fd from = there ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    return (from < 0 || copy_attributes(from, to)) && fchmod(to, mode) == 0;
}

bool file_write(const char *path, const char *text, mode_t mode, GError **error)
{
    return file_write_bytes(path, text, strlen(text), mode, error);
}

bool file_write_bytes(const char *link_or_path, const void *data, gsize length, mode_t mode, GError **error)
{
    g_autofree char *path = replaceable(link_or_path, error);
    g_autofree char *folder = path ? g_path_get_dirname(path) : NULL;
    if (!folder || !file_make_folder(folder, 0755, error))
        return false;

    g_autofree char *temporary = g_strdup_printf("%s.XXXXXX.tmp", path);
    Fd fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, (int)mode);
    if (fd < 0) {
        error_set_errno(error, errno, "%s: cannot make a temporary file beside it", path);
        return false;
    }
    if (!write_all(fd, data, length) || !take_over(path, fd, mode) || fsync(fd) < 0 || rename(temporary, path) < 0) {
        error_set_errno(error, errno, "%s: cannot be written", path);
        unlink(temporary);
        return false;
    }
    if (file_sync_folder(folder, error))
        return true;
    g_prefix_error(error, "%s: written, but a power cut may still undo it: ", path);
    return false;
}

bool file_open_folder(const char *path, GDir **folder, GError **error)
{
    g_autoptr(GError) failed = NULL;
    *folder = g_dir_open(path, 0, &failed);
    if (*folder || g_error_matches(failed, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return true;
    g_set_error(error, GUESTCTL_ERROR, error_exit_status(failed), "%s; see what it is, or run this as a user who may read it", failed->message);
    return false;
}
