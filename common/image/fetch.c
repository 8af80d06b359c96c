/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/image/hasher.h"
#include "common/image/sparse.h"

#define WHOLE ".whole"

enum {
    WRITEBACK = 8 * 1024 * 1024,     /* what the kernel is asked to write meanwhile, so that the last sync is short */
};

typedef struct Fetching {
    Fetch *fetch;
    const ImageSource *source;
    int fd;
    const char *path;
    Hasher *hasher;
    guint8 *buffer;
    gsize used;       /* bytes in buffer */
    guint64 at;       /* bytes in the file, and hashed */
    guint64 written_back;
    guint64 from;     /* where the source began */
    bool begun;       /* something has come from the source */
    bool failed;      /* it was this end's fault */
} Fetching;

char *fetch_whole(const char *folder, const char *sha512)
{
    return g_strconcat(folder, "/", sha512, WHOLE, NULL);
}

char *fetch_found(const char *folder)
{
    g_autoptr(GDir) open_folder = g_dir_open(folder, 0, NULL);
    for (const char *name; open_folder && (name = g_dir_read_name(open_folder));)
        if (g_str_has_suffix(name, WHOLE))
            return g_strndup(name, strlen(name) - strlen(WHOLE));
    return NULL;
}

static void tell(const Fetch *fetch, ImportPhase phase, guint64 done, gint64 total)
{
    if (fetch->progress)
        fetch->progress(fetch->data, phase, done, total);
}

static void start_writeback(Fetching *fetching)
{
    if (fetching->at - fetching->written_back < WRITEBACK)
        return;
    sync_file_range(fetching->fd, (off_t)fetching->written_back, (off_t)(fetching->at - fetching->written_back), SYNC_FILE_RANGE_WRITE);
    fetching->written_back = fetching->at;
}

static bool flush(Fetching *fetching, GError **error)
{
    if (fetching->used == 0)
        return true;
    if (!sparse_write(fetching->fd, fetching->buffer, fetching->used, fetching->at)) {
        error_set_errno(error, errno, "%s: cannot be written", fetching->path);
        fetching->failed = true;
        return false;
    }
    fetching->at += fetching->used;
    hasher_push(fetching->hasher, fetching->buffer, fetching->used);
    fetching->buffer = hasher_buffer(fetching->hasher);
    fetching->used = 0;
    start_writeback(fetching);
    tell(fetching->fetch, IMPORT_COPYING, fetching->at, fetching->source->size);
    return true;
}

static bool start_over(Fetching *fetching, GError **error)
{
    hasher_free(fetching->hasher);
    fetching->hasher = hasher_new(fetching->fetch->hash, error);
    fetching->buffer = fetching->hasher ? hasher_buffer(fetching->hasher) : NULL;
    if (!fetching->hasher) {
        fetching->failed = true;
        return false;
    }
    fetching->at = fetching->used = fetching->written_back = 0;
    if (ftruncate(fetching->fd, 0) == 0)
        return true;
    error_set_errno(error, errno, "%s", fetching->path);
    fetching->failed = true;
    return false;
}

static bool take(void *data, const void *bytes, gsize length, GError **error)
{
    Fetching *fetching = data;
    const guint8 *rest = bytes;
    if (!fetching->begun && fetching->from != fetching->at && !start_over(fetching, error))
        return false;
    fetching->begun = true;
    if (fetching->source->size >= 0 && fetching->at + fetching->used + length > (guint64)fetching->source->size) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is longer than the %" G_GINT64_FORMAT " bytes that it should have; see who changes it",
                    fetching->source->text, fetching->source->size);
        fetching->failed = true;
        return false;
    }
    while (length > 0) {
        gsize part = MIN(length, HASHER_BUFFER - fetching->used);
        memcpy(fetching->buffer + fetching->used, rest, part);
        fetching->used += part;
        rest += part;
        length -= part;
        if (fetching->used == HASHER_BUFFER && !flush(fetching, error))
            return false;
    }
    return true;
}

static bool interrupted(const Fetch *fetch, GError **error)
{
    if (!g_cancellable_is_cancelled(fetch->cancel))
        return false;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
    return true;
}

/* *at grows from 0 to the file's size. */
static bool hash_file(const Fetch *fetch, Hasher *hasher, int fd, const char *path, guint64 *at, GError **error)
{
    struct stat stat;
    if (fstat(fd, &stat) < 0) {
        error_set_errno(error, errno, "%s", path);
        return false;
    }
    while (!interrupted(fetch, error)) {
        guint8 *buffer = hasher_buffer(hasher);
        ssize_t n = pread(fd, buffer, HASHER_BUFFER, (off_t)*at);
        hasher_push(hasher, buffer, n > 0 ? (gsize)n : 0);
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR) {
            error_set_errno(error, errno, "%s", path);
            return false;
        }
        *at += n > 0 ? (guint64)n : 0;
        tell(fetch, IMPORT_CHECKING, *at, (gint64)stat.st_size);
    }
    return false;
}

char *fetch_hash(const Fetch *fetch, int fd, const char *path, GError **error)
{
    g_autoptr(Hasher) hasher = hasher_new(G_CHECKSUM_SHA512, error);
    guint64 at = 0;
    const char *other;
    return hasher && hash_file(fetch, hasher, fd, path, &at, error) ? g_strdup(hasher_end(hasher, &other)) : NULL;
}

/* The rest of it, behind what is there. */
static bool fetch_rest(Fetching *fetching, ImageSource *source, GError **error)
{
    if (source->size >= 0 && fetching->at == (guint64)source->size)
        return true;
    fetching->buffer = hasher_buffer(fetching->hasher);
    bool done = source->read(source, fetching->at, &fetching->from, take, fetching, fetching->fetch->cancel, error) && flush(fetching, error);
    if (!done && !fetching->failed) { /* what has come so far goes on another time */
        flush(fetching, NULL);
        fetching->fetch->worth_keeping = !fetching->failed && fetching->at > 0;
    }
    return done;
}

static bool check_hash(const Fetching *fetching, const char *found, GError **error)
{
    const char *wanted = fetching->fetch->hash_value;
    if (!wanted || g_str_equal(wanted, found))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "%s: its content is not what its metadata says: the hash is %.16s..., not %.16s...; it was damaged or replaced, fetch it again",
                fetching->source->text, found, wanted);
    return false;
}

/* All of it is there: its size, its hash, on disk. */
static char *complete(Fetching *fetching, GError **error)
{
    const char *other;
    const char *sha512 = hasher_end(fetching->hasher, &other);
    if (fetching->at == 0 || (fetching->source->size >= 0 && fetching->at != (guint64)fetching->source->size)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s; fetch it again", fetching->source->text,
                    fetching->at ? "it ended before its size" : "it is empty");
        return NULL;
    }
    if (!check_hash(fetching, other, error))
        return NULL;
    /* The last blocks may be a hole. */
    if (ftruncate(fetching->fd, (off_t)fetching->at) < 0 || fsync(fetching->fd) < 0) {
        error_set_errno(error, errno, "%s: cannot be written", fetching->path);
        return NULL;
    }
    g_autofree char *whole = fetch_whole(fetching->fetch->folder, sha512);
    if (rename(fetching->path, whole) < 0) {
        error_set_errno(error, errno, "%s", whole);
        return NULL;
    }
    return g_strdup(sha512);
}

/* One try: with what is there already, or from the start. *resumed says which it was. */
static char *try_once(Fetch *fetch, ImageSource *source, int fd, const char *path, bool *resumed, GError **error)
{
    Fetching fetching = {.fetch = fetch, .source = source, .fd = fd, .path = path, .hasher = hasher_new(fetch->hash, error)};
    char *sha512 = NULL;
    if (!fetching.hasher)
        return NULL;
    bool cloned = source->fd >= 0 && lseek(fd, 0, SEEK_END) == 0 && ioctl(fd, FICLONE, source->fd) == 0; /* shares the blocks, where that can be done */
    if (!hash_file(fetch, fetching.hasher, fd, path, &fetching.at, error))
        fetch->worth_keeping = true;
    else {
        *resumed = fetching.at > 0 && !cloned;
        fetching.written_back = fetching.at;
        if (fetch_rest(&fetching, source, error))
            sha512 = complete(&fetching, error);
    }
    hasher_free(fetching.hasher);
    return sha512;
}

char *fetch_content(Fetch *fetch, ImageSource *source, GError **error)
{
    g_autofree char *path = g_build_filename(fetch->folder, "partial", NULL);
    g_autoptr(GError) first = NULL;
    bool resumed = false;
    Fd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
        return NULL;
    }
    fetch->worth_keeping = false;
    char *sha512 = try_once(fetch, source, fd, path, &resumed, &first);
    if (!sha512 && resumed && !fetch->worth_keeping && g_error_matches(first, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID)) {
        /* What an earlier import left did not fit: it may have lost blocks in a power cut. */
        g_clear_error(&first);
        if (ftruncate(fd, 0) < 0)
            error_set_errno(&first, errno, "%s", path);
        else
            sha512 = try_once(fetch, source, fd, path, &resumed, &first);
    }
    if (first)
        g_propagate_error(error, g_steal_pointer(&first));
    return sha512;
}
