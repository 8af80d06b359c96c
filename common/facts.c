/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/facts.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/storage/storage.h"

/* The name or id of an image in the store: never a path, whoever wrote it. */
static bool is_image_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+";
    return *name && *name != '.' && strspn(name, allowed) == strlen(name) && strlen(name) <= 128;
}

/* ROOT/var/lib/guestctl/images/NAME/disk, or NULL when there is none. */
static char *store_file(const Paths *paths, const char *name, const char *file)
{
    if (!is_image_name(name))
        return NULL;
    g_autofree char *path = g_build_filename(paths->images, name, file, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS) ? g_steal_pointer(&path) : NULL;
}

/* A relative path in a guest's file is relative to that file; one of an option to the working folder. */
static char *absolute(const Request *request, const char *path)
{
    g_autofree char *folder = request->definition ? g_path_get_dirname(request->definition) : NULL;
    return g_canonicalize_filename(path, folder);
}

static void make_absolute(const Request *request, char **path)
{
    if (!*path)
        return;
    char *full = absolute(request, *path);
    g_free(*path);
    *path = full;
}

/* The image's disk and the document that describes it. */
static bool find_image(Request *request, const Paths *paths, char **disk, bool *stored, char **document, GError **error)
{
    const char *image = request->image;
    if (!strchr(image, '/')) {
        *disk = store_file(paths, image, "disk");
        *document = store_file(paths, image, "meta.json");
        *stored = *disk != NULL;
    }
    if (!*disk) {
        g_autofree char *path = absolute(request, image);
        if (g_file_test(path, G_FILE_TEST_EXISTS)) {
            *document = image_meta_sidecar(path);
            *disk = g_steal_pointer(&path);
        }
    }
    if (*disk)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                "image \"%s\" is neither a file nor in the image store %s; correct image in [guest]", image, paths->images);
    return false;
}

/* The disk that is the image: [disk root] or the first group without a path, else a new first disk. */
static void place_image(Request *request, const char *path, bool stored)
{
    RequestDisk *root = NULL;
    for (guint i = 0; i < request->disks->len && !root; i++) {
        RequestDisk *disk = request->disks->pdata[i];
        if (!disk->path && g_str_equal(disk->name, "root"))
            root = disk;
    }
    for (guint i = 0; i < request->disks->len && !root; i++) {
        RequestDisk *disk = request->disks->pdata[i];
        if (!disk->path)
            root = disk;
    }
    if (!root)
        root = request_add_disk(request, "root");
    *(stored ? &root->stored : &root->path) = g_strdup(path);
    root->is_image = true;

    /* It boots: it comes first. */
    guint at = 0;
    g_ptr_array_find(request->disks, root, &at);
    for (; at > 0; at--) {
        request->disks->pdata[at] = request->disks->pdata[at - 1];
        request->disks->pdata[at - 1] = root;
    }
}

static bool can_direct_io(const char *path)
{
    Fd fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC | O_NONBLOCK);
    return fd >= 0;
}

/* A disk that a storage driver makes or has made. What is there under its name without a record is found when it is made. */
static bool look_at_own(const Request *request, const Paths *paths, RequestDisk *disk, GError **error)
{
    disk->own = disk->known = true;
    disk->there = storage_record_load(request->folder, disk->name, error);
    if (!disk->there) {
        disk->direct_io = can_direct_io(disk->stored ? disk->stored : paths->state);
        return !*error;
    }
    StorageLook look = {0};
    if (!storage_driver(disk->there->storage)->look(disk->there, &look, error))
        return false;
    disk->direct_io = can_direct_io(disk->there->path);
    if (look.there && look.ours)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                "it was made as %s, and is not there any more; bring it back, or have it made anew after: guestctl disk delete %s %s", disk->there->path,
                request->name, disk->name);
    return false;
}

static bool look_at(const Request *request, const Paths *paths, RequestDisk *disk, GError **error)
{
    if (!disk->path && !disk->stored && !disk->size_kib && !disk->kind) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "it has no path, and the guest has no image to be it; set path, or size for a new empty disk");
        return false;
    }
    make_absolute(request, &disk->path);
    const char *path = disk->path ? disk->path : disk->stored;
    if (path && !disk_info_read(path, &disk->info, error))
        return false;
    if (!disk->path && !(disk->stored && disk->info.format == DISK_FORMAT_ISO && (!disk->device || g_str_equal(disk->device, "cdrom"))))
        return look_at_own(request, paths, disk, error);
    if (!disk->path)
        disk->path = g_strdup(disk->stored); /* a CD-ROM is only read: all guests have the same one */
    disk->direct_io = can_direct_io(disk->path);
    disk->known = true;
    return true;
}

static bool check_readable(const char *what, const char *path, GError **error)
{
    if (!path || file_check_regular(path, error))
        return true;
    g_prefix_error(error, "%s: ", what);
    return false;
}

static bool gather(Request *request, const Paths *paths, ImageMeta **meta, GError **error)
{
    g_autofree char *disk = NULL, *document = NULL;
    bool stored = false;
    request->folder = paths_guest_state(paths, request->name);
    if (request->image && !find_image(request, paths, &disk, &stored, &document, error))
        return false;
    if (request->metadata) {
        make_absolute(request, &request->metadata);
        g_free(document);
        document = g_strdup(request->metadata);
    } else if (document) {
        request->metadata = g_strdup(document);
    }
    g_autoptr(ImageMeta) loaded = document ? image_meta_load(document, error) : NULL;
    if (document && !loaded)
        return false;
    if (disk)
        place_image(request, disk, stored);

    for (guint i = 0; i < request->disks->len; i++) {
        RequestDisk *at = request->disks->pdata[i];
        if (!look_at(request, paths, at, error)) {
            g_prefix_error(error, "disk \"%s\": ", at->name);
            return false;
        }
    }
    make_absolute(request, &request->kernel);
    make_absolute(request, &request->ramdisk);
    const char *kernel_id = loaded ? image_meta_get(loaded, "kernel_id") : NULL;
    const char *ramdisk_id = loaded ? image_meta_get(loaded, "ramdisk_id") : NULL;
    request->image_kernel = kernel_id ? store_file(paths, kernel_id, "disk") : NULL;
    request->image_ramdisk = ramdisk_id ? store_file(paths, ramdisk_id, "disk") : NULL;
    request->nvram = g_build_filename(request->folder, "nvram.fd", NULL);
    if (!check_readable("kernel", request->kernel, error) || !check_readable("ramdisk", request->ramdisk, error) ||
        !check_readable("kernel_id", request->image_kernel, error) || !check_readable("ramdisk_id", request->image_ramdisk, error))
        return false;
    *meta = g_steal_pointer(&loaded);
    return true;
}

bool facts_gather(Request *request, const Paths *paths, ImageMeta **meta, GError **error)
{
    if (gather(request, paths, meta, error))
        return true;
    g_prefix_error(error, "guest \"%s\": ", request->name);
    return false;
}
