/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/facts.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/image/store.h"
#include "common/storage/storage.h"

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

/* An image: of the store, or a path with the document that lies beside it. */
typedef struct Found {
    StoredImage *stored; /* NULL: a path */
    char *disk, *document;
} Found;

static void found_clear(Found *found)
{
    stored_image_free(found->stored);
    g_free(found->disk);
    g_free(found->document);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, found_clear)

static bool find_image(Request *request, const Paths *paths, Found *found, GError **error)
{
    const char *image = request->image;
    g_autoptr(GError) find_error = NULL;
    found->stored = strchr(image, '/') ? NULL : image_store_look(paths, image, &find_error);
    if (find_error) {
        g_propagate_error(error, g_steal_pointer(&find_error));
        return false;
    }
    if (found->stored) {
        found->disk = g_strdup(found->stored->disk);
        found->document = g_strdup(found->stored->document);
        return true;
    }
    g_autofree char *path = absolute(request, image);
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        found->document = image_meta_sidecar(path);
        found->disk = g_steal_pointer(&path);
        return true;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                "image \"%s\" is neither a file nor in the image store %s; correct image in [guest]", image, paths->images);
    return false;
}

/* The document that the user named wins over the image's own; NULL without an error: it has none. */
static ImageMeta *find_metadata(Request *request, const Found *found, GError **error)
{
    if (request->metadata) {
        make_absolute(request, &request->metadata);
        return image_meta_load(request->metadata, error);
    }
    request->metadata = g_strdup(found->document);
    if (found->stored && (found->document || found->stored->changes->len > 0))
        return image_store_metadata(found->stored, error);
    return found->document ? image_meta_load(found->document, error) : NULL;
}

/* The disk of the image that a property names: a kernel. NULL without an error: none of that name. */
static char *image_of_property(const Paths *paths, const ImageMeta *meta, const char *property, GError **error)
{
    const char *id = meta ? image_meta_get(meta, property) : NULL;
    g_autoptr(StoredImage) image = id ? image_store_look(paths, id, error) : NULL;
    return image ? g_strdup(image->disk) : NULL;
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

static bool find_kernels(Request *request, const Paths *paths, const ImageMeta *meta, GError **error)
{
    static const char *const properties[] = {"kernel_id", "ramdisk_id"};
    char **const disks[] = {&request->image_kernel, &request->image_ramdisk};
    for (gsize i = 0; i < G_N_ELEMENTS(properties); i++) {
        g_autoptr(GError) find_error = NULL;
        *disks[i] = image_of_property(paths, meta, properties[i], &find_error);
        if (find_error) {
            g_propagate_prefixed_error(error, g_steal_pointer(&find_error), "%s: ", properties[i]);
            return false;
        }
        if (!check_readable(properties[i], *disks[i], error))
            return false;
    }
    return true;
}

static bool gather(Request *request, const Paths *paths, ImageMeta **meta, GError **error)
{
    g_auto(Found) found = {0};
    g_autoptr(GError) load_error = NULL;
    request->folder = paths_guest_state(paths, request->name);
    if (request->image && !find_image(request, paths, &found, error))
        return false;
    g_autoptr(ImageMeta) loaded = find_metadata(request, &found, &load_error);
    if (load_error) {
        g_propagate_error(error, g_steal_pointer(&load_error));
        return false;
    }
    if (found.disk)
        place_image(request, found.disk, found.stored != NULL);
    request->seed.image_takes_it = found.stored && found.stored->passport && passport_cloud_init(found.stored->passport) == CAN_YES;

    for (guint i = 0; i < request->disks->len; i++) {
        RequestDisk *at = request->disks->pdata[i];
        if (!look_at(request, paths, at, error)) {
            g_prefix_error(error, "disk \"%s\": ", at->name);
            return false;
        }
    }
    make_absolute(request, &request->kernel);
    make_absolute(request, &request->ramdisk);
    request->nvram = g_build_filename(request->folder, "nvram.fd", NULL);
    if (!check_readable("kernel", request->kernel, error) || !check_readable("ramdisk", request->ramdisk, error) ||
        !find_kernels(request, paths, loaded, error))
        return false;
    if (!facts_gather_seed(request, paths, error) || !facts_gather_inject(request, paths, error))
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
