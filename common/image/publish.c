/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/publish.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "common/image/stored.h"

static bool same_changes(const GPtrArray *a, const GPtrArray *b)
{
    bool same = a->len == b->len;
    for (guint i = 0; same && i < a->len; i++) {
        const ImageChange *left = a->pdata[i], *right = b->pdata[i];
        same = g_str_equal(left->name, right->name) && g_strcmp0(left->value, right->value) == 0;
    }
    return same;
}

static bool same_document(const StoredImage *there, const char *document)
{
    g_autofree char *text = there->document ? file_read(there->document, IMAGE_META_MAX, NULL, NULL) : NULL;
    return g_strcmp0(text, document) == 0;
}

bool publish_is_same(const StoredImage *there, const StoredImage *wanted, const char *document, bool any_metadata, GError **error)
{
    const char *name = there->name ? there->name : there->id;
    if (g_strcmp0(there->sha512, wanted->sha512) != 0)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "an image \"%s\" (id %s) with another content is in the store already; give another name with --name, or remove that one first with: "
                    "guestctl image remove %s",
                    name, there->id, there->id);
    else if (g_strcmp0(there->name, wanted->name) != 0)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "it is in the store already, as \"%s\" (id %s); to call it otherwise: guestctl image set %s --name %s", name,
                    there->id, there->id, wanted->name);
    else if (!any_metadata && (!same_document(there, document) || !same_changes(there->changes, wanted->changes)))
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "the image \"%s\" (id %s) is in the store already, with other metadata; change that with: guestctl image set %s --property KEY=VALUE",
                    name, there->id, there->id);
    else
        return true;
    return false;
}

/* By id, then by name. *there stays false when neither is taken. */
static bool look_around(const Paths *paths, const Publish *publish, bool *there, GError **error)
{
    const char *const words[] = {publish->image->id, publish->image->name};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(GError) find_error = NULL;
        g_autoptr(StoredImage) other = words[i] ? image_store_look(paths, words[i], &find_error) : NULL;
        if (find_error) {
            g_propagate_error(error, g_steal_pointer(&find_error));
            return false;
        }
        if (other) {
            *there = true;
            return stored_check_disk(other, error) && publish_is_same(other, publish->image, publish->document, publish->any_metadata, error);
        }
    }
    return true;
}

/* A content that was damaged in the store is no other's: the good one takes its place, and the damaged image keeps what it has. */
static bool place_blob(const char *whole, const char *blob, const StoredImage *image)
{
    if (link(whole, blob) == 0)
        return true;
    return errno == EEXIST && (stored_is_sound(blob, image) || (unlink(blob) == 0 && link(whole, blob) == 0));
}

/* The content under its hash; where another image has it, that one's. */
static bool place_content(const Paths *paths, Publish *publish, const char *disk, GError **error)
{
    const char *whole = publish->content;
    g_autofree char *blob = stored_blob(paths, publish->image->sha512, publish->image->format);
    g_autofree char *blobs = g_path_get_dirname(blob);
    if (!file_make_folder(blobs, 0755, error))
        return false;
    if (chmod(whole, 0444) < 0 || !place_blob(whole, blob, publish->image) || link(blob, disk) < 0) {
        error_set_errno(error, errno, "%s: cannot be linked to", whole);
        return false;
    }
    struct stat stat_buffer;
    publish->shared = stat(whole, &stat_buffer) == 0 && stat_buffer.st_nlink != 3; /* else: whole, the blob and disk are all of one */
    return file_sync_folder(blobs, error);
}

static bool fill_folder(const Paths *paths, Publish *publish, const char *folder, GError **error)
{
    g_autofree char *disk = g_build_filename(folder, "disk", NULL);
    g_autofree char *document = g_build_filename(folder, "meta.json", NULL);
    g_autofree char *local = g_build_filename(folder, "local.json", NULL);
    g_autofree char *text = stored_to_json(publish->image);
    /* of an import that was cut off just here */
    if (!stored_remove_folder(folder, false, NULL, error) || !file_make_folder(folder, 0755, error) || !place_content(paths, publish, disk, error))
        return false;
    return (!publish->document || file_write(document, publish->document, 0644, error)) && file_write(local, text, 0644, error);
}

bool publish_image(const Paths *paths, Publish *publish, bool *there, GCancellable *cancel, GError **error)
{
    StoredImage *image = publish->image;
    g_autofree char *made = g_build_filename(publish->folder, "image", NULL);
    g_autofree char *final = stored_folder(paths, image->id);
    *there = false;
    g_autoptr(Lock) lock = image_store_lock(paths, "image import", cancel, error);
    if (!lock || !stored_tidy(paths, false, NULL, NULL, error) || !look_around(paths, publish, there, error))
        return false;
    if (*there)
        return true;
    /* The name first: it leads nowhere until the image is there, so that both appear with the one rename. */
    if (!fill_folder(paths, publish, made, error) || (image->name && !stored_link_name(paths, image->name, image->id, error)))
        return false;
    if (rename(made, final) < 0) {
        error_set_errno(error, errno, "%s: cannot be made", final);
        return false;
    }
    return file_sync_folder(paths->images, error);
}
