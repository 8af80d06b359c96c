/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/disk-bytes.h"
#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/guest-file.h"

/* Who would miss an image: guests whose file names it, images whose kernel it is, and disks that are overlays on it. */

static bool is_named(const StoredImage *image, const char *word)
{
    return g_strcmp0(word, image->id) == 0 || (image->name && g_strcmp0(word, image->name) == 0);
}

/* A guest's file without its ending, or NULL. Caller frees. */
static char *guest_of(const char *file)
{
    return g_str_has_suffix(file, ".guest") ? g_strndup(file, strlen(file) - strlen(".guest")) : NULL;
}

static void add_guest(const StoredImage *image, const char *path, const char *name, GPtrArray *users)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Request) request = guest_file_load(path, name, &error);
    if (!request)
        g_ptr_array_add(users, g_strdup_printf("perhaps guest \"%s\" (its file cannot be read: %s)", name, error->message));
    else if (request->image && (is_named(image, request->image) || g_str_equal(request->image, image->disk)))
        g_ptr_array_add(users, g_strdup_printf("guest \"%s\" (%s)", name, path));
}

static bool add_guests(const Paths *paths, const StoredImage *image, GPtrArray *users, GError **error)
{
    g_autoptr(GDir) folder = NULL;
    if (!file_open_folder(paths->guests, &folder, error))
        return false;
    for (const char *file; folder && (file = g_dir_read_name(folder));) {
        g_autofree char *name = guest_of(file);
        g_autofree char *path = g_build_filename(paths->guests, file, NULL);
        if (name)
            add_guest(image, path, name, users);
    }
    return true;
}

/* The file that a qcow2 file says it is an overlay on; NULL for what is none. The offset and the length are the header's: at most
 * 1023 bytes are read, and no more is believed of them. False when it cannot be known. Caller frees. */
static bool backing_file(const char *path, char **backing, GError **error)
{
    enum { NAME_MAX_BYTES = 1023 };
    guint8 head[20];
    char name[NAME_MAX_BYTES + 1];
    *backing = NULL;
    Fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT && errno != ELOOP) { /* it went, or it is a link: not a disk of ours */
        error_set_errno(error, errno, "%s: whether it is an overlay on the image cannot be seen; run this as a user who may read it", path);
        return false;
    }
    if (fd < 0 || pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head || memcmp(head, "QFI\xfb", 4) != 0)
        return true;
    guint64 at = be64(head + 8);
    guint32 length = be32(head + 16);
    if (at == 0 || at > G_MAXINT32 || length == 0 || length > NAME_MAX_BYTES || pread(fd, name, length, (off_t)at) != (ssize_t)length)
        return true;
    name[length] = '\0';
    *backing = g_strdup(name);
    return true;
}

static bool add_disks_of(const StoredImage *image, const char *folder_path, GPtrArray *users, GError **error)
{
    g_autoptr(GDir) folder = NULL;
    if (!file_open_folder(folder_path, &folder, error))
        return false;
    for (const char *file; folder && (file = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename(folder_path, file, NULL);
        g_autofree char *backing = NULL;
        if (!backing_file(path, &backing, error))
            return false;
        g_autofree char *full = backing ? g_canonicalize_filename(backing, folder_path) : NULL;
        if (full && g_str_equal(full, image->disk))
            g_ptr_array_add(users, g_strdup_printf("disk %s", path));
    }
    return true;
}

static bool add_disks(const Paths *paths, const StoredImage *image, GPtrArray *users, GError **error)
{
    g_autofree char *guests = g_build_filename(paths->state, "guests", NULL);
    g_autoptr(GDir) folder = NULL;
    if (!file_open_folder(guests, &folder, error))
        return false;
    for (const char *guest; folder && (guest = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename(guests, guest, NULL);
        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR) && !add_disks_of(image, path, users, error)) /* a stray file holds no disks */
            return false;
    }
    return true;
}

static bool add_images(const Paths *paths, const StoredImage *image, GPtrArray *users, GError **error)
{
    static const char *const properties[] = {"kernel_id", "ramdisk_id"};
    g_autoptr(GPtrArray) others = image_store_list(paths, error);
    for (guint i = 0; others && i < others->len; i++) {
        const StoredImage *other = others->pdata[i];
        g_autoptr(ImageMeta) meta = image_store_metadata(other, NULL); /* what cannot be read boots nothing */
        for (gsize p = 0; meta && p < G_N_ELEMENTS(properties); p++)
            if (is_named(image, image_meta_get(meta, properties[p])))
                g_ptr_array_add(users, g_strdup_printf("image \"%s\" (%s)", other->name ? other->name : other->id, properties[p]));
    }
    return others != NULL;
}

GPtrArray *image_store_users(const Paths *paths, const StoredImage *image, GError **error)
{
    g_autoptr(GPtrArray) users = g_ptr_array_new_with_free_func(g_free);
    if (!add_guests(paths, image, users, error) || !add_images(paths, image, users, error) || !add_disks(paths, image, users, error))
        return NULL;
    return g_steal_pointer(&users);
}
