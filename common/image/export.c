/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/export.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/image/convert.h"
#include "common/image/sparse.h"
#include "common/json.h"

enum { PIECE = 1024 * 1024 };

static bool fail(const char *path, GError **error)
{
    error_set_errno(error, errno, "%s: cannot be written", path);
    return false;
}

/* Both free of symbolic links. */
static bool is_in(const char *folder, const char *above)
{
    gsize length = strlen(above);
    return strncmp(folder, above, length) == 0 && (folder[length] == '/' || folder[length] == '\0');
}

/* Neither the store nor the guests' disks are exported to, whatever links lead there: other disks are overlays on what --force would
 * replace, and a file that nobody recorded would be taken for one of theirs. */
static bool check_outside(const ImageExport *wish, GError **error)
{
    g_autofree char *guests = g_build_filename(wish->paths->state, "guests", NULL);
    const char *const ours[] = {wish->paths->images, guests};
    g_autofree char *folder = g_path_get_dirname(wish->path);
    g_autofree char *real = realpath(folder, NULL);
    if (!real)
        return fail(wish->path, error);
    for (gsize i = 0; i < G_N_ELEMENTS(ours); i++) {
        g_autofree char *above = realpath(ours[i], NULL); /* NULL: it is not there, so nothing is in it */
        if (!above || !is_in(real, above))
            continue;
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: this is in %s, where guestctl keeps its own files; name a file elsewhere", wish->path,
                    above);
        return false;
    }
    return true;
}

static bool check_free(const ImageExport *wish, const char *path, GError **error)
{
    struct stat stat_buffer;
    if (lstat(path, &stat_buffer) < 0)
        return true;
    if (wish->force && S_ISREG(stat_buffer.st_mode))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "%s is there already%s", path,
                S_ISREG(stat_buffer.st_mode) ? "; name another file, or add --force to replace it" : " and is no file; name another one");
    return false;
}

static bool copy(const ImageExport *wish, int from, int to, guint64 size, GCancellable *cancel, GError **error)
{
    g_autofree guint8 *buffer = g_malloc(PIECE);
    if (ioctl(to, FICLONE, from) == 0) /* shares the blocks, where that can be done */
        return true;
    for (guint64 at = 0; at < size;) {
        ssize_t n = pread(from, buffer, PIECE, (off_t)at);
        if (g_cancellable_is_cancelled(cancel)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "interrupted; %s was not written", wish->path);
            return false;
        }
        if (n == 0)
            errno = EIO; /* it is shorter than it was */
        if (n <= 0 || !sparse_write(to, buffer, (gsize)n, at))
            return fail(wish->path, error);
        at += (guint64)n;
        if (wish->progress)
            wish->progress(wish->data, IMPORT_COPYING, at, (gint64)size);
    }
    return ftruncate(to, (off_t)size) == 0 || fail(wish->path, error);
}

/* The disk, in the format that was asked for, in a file beside the new one. */
static bool fill(const StoredImage *image, const ImageExport *wish, const char *temporary, int to, GCancellable *cancel, GError **error)
{
    if (wish->convert && wish->format != image->format) {
        if (wish->progress)
            wish->progress(wish->data, IMPORT_CONVERTING, 0, -1);
        return convert_image(image->disk, image->format, temporary, wish->format, cancel, error);
    }
    Fd from = open(image->disk, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (from < 0) {
        error_set_errno(error, errno, "%s", image->disk);
        return false;
    }
    return copy(wish, from, to, image->file_size, cancel, error);
}

static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* Without --force nothing is replaced, not even what has come while the disk was written. */
static bool give_name(const char *temporary, const ImageExport *wish)
{
    if (wish->force)
        return rename(temporary, wish->path) == 0;
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, wish->path, RENAME_NOREPLACE) == 0)
        return true;
    /* NFS does not know how */
    return errno == EINVAL && link(temporary, wish->path) == 0 && unlink(temporary) == 0;
}

static bool write_disk(const StoredImage *image, const ImageExport *wish, GCancellable *cancel, GError **error)
{
    g_autofree char *temporary = g_strconcat(wish->path, ".XXXXXX.tmp", NULL);
    Fd to = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0600);
    if (to < 0)
        return fail(wish->path, error);
    if (!fill(image, wish, temporary, to, cancel, error)) {
        unlink(temporary);
        return false;
    }
    Fd written = open(temporary, O_RDWR | O_CLOEXEC); /* qemu-img may have made another one */
    if (written >= 0 && fchmod(written, usual_mode()) == 0 && fsync(written) == 0 && give_name(temporary, wish))
        return true;
    int cause = errno;
    if (cause != EEXIST || check_free(wish, wish->path, error)) {
        errno = cause;
        fail(wish->path, error);
    }
    unlink(temporary);
    return false;
}

static void add_properties(JsonBuilder *builder, const GPtrArray *properties, bool as_given)
{
    for (guint i = 0; i < properties->len; i++) {
        const ImageProperty *property = properties->pdata[i];
        json_add_string(builder, as_given ? property->given_name : property->name, as_given ? property->given_value : property->value);
    }
}

/* A flat Glance v2 document: what the image's own says, with what was changed here. */
static char *document(const StoredImage *image, const ImageMeta *meta, bool same_content)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    if (meta->id)
        json_add_string(builder, "id", meta->id);
    json_add_string(builder, "name", image->name ? image->name : image->id);
    if (same_content) {
        json_add_string(builder, "disk_format", meta->disk_format ? meta->disk_format : disk_format_name(image->format));
        json_add_string(builder, "container_format", meta->container_format ? meta->container_format : "bare");
        json_add_int(builder, "size", (gint64)image->file_size);
    }
    if (same_content && image->sha512) {
        json_add_string(builder, "os_hash_algo", "sha512");
        json_add_string(builder, "os_hash_value", image->sha512);
    }
    json_add_int(builder, "min_ram", meta->min_ram_mib);
    json_add_int(builder, "min_disk", meta->min_disk_gib);
    add_properties(builder, meta->properties, false);
    add_properties(builder, meta->unknown, true);
    json_builder_end_object(builder);
    return json_finish(builder, true);
}

static char *metadata_path(const ImageExport *wish)
{
    return g_strconcat(wish->path, ".meta.json", NULL);
}

bool image_export_check(const ImageExport *wish, GError **error)
{
    g_autofree char *beside = metadata_path(wish);
    if (g_str_equal(wish->path, "-")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "an image is written into a file with holes, and not to standard output; name the file (./- for one named \"-\")");
        return false;
    }
    return check_outside(wish, error) && check_free(wish, wish->path, error) && check_free(wish, beside, error);
}

bool image_export(const StoredImage *image, const ImageExport *wish, GCancellable *cancel, GError **error)
{
    g_autofree char *beside = metadata_path(wish);
    g_autoptr(ImageMeta) meta = image_store_metadata(image, error);
    if (!meta || !image_export_check(wish, error) || !write_disk(image, wish, cancel, error))
        return false;
    g_autofree char *text = document(image, meta, !wish->convert || wish->format == image->format);
    if (check_free(wish, beside, error) && file_write(beside, text, 0644, error))
        return true;
    if (wish->force)
        g_prefix_error(error, "%s is written, but: ", wish->path);
    else
        unlink(wish->path);
    return false;
}
