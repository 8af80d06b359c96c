/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"

char *file_read(const char *path, gsize max, gsize *length, GError **error)
{
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    Fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) < 0) {
        error_set_errno(error, errno, "%s", path);
        return NULL;
    }
    if (!S_ISREG(stat.st_mode)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is not a regular file", path);
        return NULL;
    }
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

bool file_write(const char *path, const char *text, mode_t mode, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (!file_make_folder(folder, 0755, error))
        return false;

    g_autofree char *temporary = g_strdup_printf("%s.XXXXXX.tmp", path);
    Fd fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, (int)mode);
    if (fd < 0) {
        error_set_errno(error, errno, "%s: cannot make a temporary file beside it", path);
        return false;
    }
    if (!write_all(fd, text, strlen(text)) || fchmod(fd, mode) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0) {
        error_set_errno(error, errno, "%s: cannot be written", path);
        unlink(temporary);
        return false;
    }
    return file_sync_folder(folder, error);
}
