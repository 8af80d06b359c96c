/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/image/meta.h"

enum { PIECE = 1024 * 1024, TICK_MS = 20 };

/* A local file or block device, with the metadata that lies beside it. */
typedef struct FileSource {
    ImageSource source;
    struct stat stat; /* when it was opened */
} FileSource;

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool check_unchanged(const FileSource *file, GError **error)
{
    struct stat now;
    if (fstat(file->source.fd, &now) < 0) {
        error_set_errno(error, errno, "%s", file->source.text);
        return false;
    }
    if (S_ISBLK(now.st_mode) || (now.st_size == file->stat.st_size && same_time(&now.st_mtim, &file->stat.st_mtim)))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s was changed while it was read; see who writes to it, then try again",
                file->source.text);
    return false;
}

static bool read_file(ImageSource *source, guint64 offset, guint64 *from, ImageSink *sink, void *data, GCancellable *cancel, GError **error)
{
    g_autofree guint8 *buffer = g_malloc(PIECE);
    *from = offset;
    while (true) {
        ssize_t n = pread(source->fd, buffer, PIECE, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set_errno(error, errno, "%s", source->text);
            return false;
        }
        if (n == 0)
            return check_unchanged((const FileSource *)source, error);
        if (g_cancellable_set_error_if_cancelled(cancel, NULL)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "%s: interrupted", source->text);
            return false;
        }
        if (!sink(data, buffer, (gsize)n, error))
            return false;
        offset += (guint64)n;
    }
}

static void free_file(ImageSource *source)
{
    g_free(source);
}

/* A file that was written within this tick of the kernel's clock could be written again and keep its times: wait until the tick
 * is over, so that equal times are equal contents. */
static void wait_for_tick(const struct stat *stat)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    gint64 age_ms = (now.tv_sec - stat->st_ctim.tv_sec) * 1000 + (now.tv_nsec - stat->st_ctim.tv_nsec) / 1000000;
    if (age_ms >= 0 && age_ms < TICK_MS)
        g_usleep((gulong)(TICK_MS - age_ms) * 1000);
}

/* A device says nothing of its content's age: its key counts for this process alone. */
static char *key_of(const char *path, const struct stat *stat)
{
    if (S_ISBLK(stat->st_mode))
        return g_strdup_printf("device %s %d %" G_GINT64_FORMAT, path, (int)getpid(), g_get_monotonic_time());
    return g_strdup_printf("file %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld %" G_GINT64_FORMAT ".%09ld",
                           (guint64)stat->st_dev, (guint64)stat->st_ino, (gint64)stat->st_size, (gint64)stat->st_mtim.tv_sec, stat->st_mtim.tv_nsec,
                           (gint64)stat->st_ctim.tv_sec, stat->st_ctim.tv_nsec);
}

static bool measure(int fd, const char *path, struct stat *found, guint64 *size, GError **error)
{
    if (fstat(fd, found) < 0) {
        error_set_errno(error, errno, "%s", path);
        return false;
    }
    *size = (guint64)found->st_size;
    if (S_ISREG(found->st_mode) || (S_ISBLK(found->st_mode) && ioctl(fd, BLKGETSIZE64, size) == 0))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is neither a file nor a block device", path);
    return false;
}

static char *read_sidecar(const char *path, bool *ok, GError **error)
{
    g_autofree char *sidecar = image_meta_sidecar(path);
    char *text = sidecar ? file_read(sidecar, IMAGE_META_MAX, NULL, error) : NULL;
    *ok = !sidecar || text;
    return text;
}

ImageSource *image_source_file(const char *path, GError **error)
{
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    /* O_NONBLOCK: a FIFO must not wait for a writer. */
    Fd fd = open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat stat;
    guint64 size;
    bool ok;
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
        return NULL;
    }
    if (!measure(fd, path, &stat, &size, error))
        return NULL;
    wait_for_tick(&stat);
    g_autofree char *document = read_sidecar(full, &ok, error);
    if (!ok)
        return NULL;
    FileSource *file = g_new0(FileSource, 1);
    file->stat = stat;
    file->source = (ImageSource){.text = g_strdup(full), .key = key_of(full, &stat), .name = image_source_name(full),
                                 .document = g_steal_pointer(&document), .size = (gint64)size, .fd = fd, .read = read_file, .free = free_file};
    fd = -1;
    return &file->source;
}
