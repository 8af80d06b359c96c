/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "common/image/stored.h"

/* Whether a document says something of a property. What has problems may, and is not read. */
static bool says(const ImageMeta *meta, const char *name)
{
    return meta->problems->len > 0 || g_str_equal(name, "min_ram") || g_str_equal(name, "min_disk") || image_meta_has(meta, name);
}

/* Two spellings of one property are one change: image_change_add() sees to it, and checks each again. */
static bool add_changes(StoredImage *image, const GPtrArray *changes, GError **error)
{
    g_autoptr(ImageMeta) came = image->document ? image_meta_load(image->document, NULL) : NULL;
    for (guint i = 0; changes && i < changes->len; i++) {
        const ImageChange *change = changes->pdata[i];
        g_autofree char *notice = NULL;
        if (!image_change_add(image->changes, change->name, change->value, &notice, error))
            return false;
        if (!change->value && (!image->document || (came && !says(came, change->name)))) /* it was only set here */
            g_ptr_array_remove_index(image->changes, image->changes->len - 1);
    }
    return true;
}

/* EXISTS names who uses it; why ends that message: what would become of them, and the remedy. */
static bool check_unused(const Paths *paths, const StoredImage *image, const char *why, GError **error)
{
    g_autoptr(GPtrArray) users = image_store_users(paths, image, error);
    if (!users || users->len == 0)
        return users != NULL;
    g_ptr_array_add(users, NULL);
    g_autofree char *all = g_strjoinv(", ", (GStrv)users->pdata);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "image \"%s\" is used by %s%s", image->name ? image->name : image->id, all, why);
    return false;
}

static bool check_new_name(const Paths *paths, const StoredImage *image, const char *name, GError **error)
{
    if (!image_name_check(name, error))
        return false;
    g_autoptr(GError) find_error = NULL;
    g_autoptr(StoredImage) other = image_store_look(paths, name, &find_error);
    if (other && !g_str_equal(other->id, image->id)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "an image \"%s\" is in the store already (id %s); choose another name, or remove that one first",
                    name, other->id);
        return false;
    }
    if (!find_error)
        return true;
    g_propagate_error(error, g_steal_pointer(&find_error));
    return false;
}

/* A name counts when its image says so: the new link leads nowhere until local.json is replaced, the old one from then on. */
bool image_store_set(const Paths *paths, const char *name_or_id, const char *new_name, const GPtrArray *changes, GCancellable *cancel, GError **error)
{
    g_autoptr(Lock) lock = image_store_lock(paths, "image set", cancel, error);
    g_autoptr(StoredImage) image = lock ? image_store_find(paths, name_or_id, error) : NULL;
    if (!image || !stored_tidy(paths, false, NULL, NULL, error) || !add_changes(image, changes, error))
        return false;
    g_autofree char *old_name = g_strdup(image->name);
    bool renamed = new_name && g_strcmp0(new_name, old_name) != 0;
    if (renamed) {
        if (!check_unused(paths, image, ", and would not be found under another name; change or remove that first", error) || !check_new_name(paths, image, new_name, error) || !stored_link_name(paths, new_name, image->id, error))
            return false;
        g_free(image->name);
        image->name = g_strdup(new_name);
    }
    g_autofree char *text = stored_to_json(image);
    g_autofree char *local = g_build_filename(image->folder, "local.json", NULL);
    if (!file_write(local, text, 0644, error))
        return false;
    g_autofree char *old_link = renamed && old_name ? stored_name_link(paths, old_name) : NULL;
    if (old_link && unlink(old_link) < 0 && errno != ENOENT) {
        error_set_errno(error, errno, "%s", old_link);
        return false;
    }
    return true;
}

bool image_store_remove(const Paths *paths, const StoredImage *image, bool force, bool dry_run, GCancellable *cancel, GError **error)
{
    g_autoptr(Lock) lock = image_store_lock(paths, "image remove", cancel, error);
    if (!lock || (!force && !check_unused(paths, image, "; change or remove that first, or add --force", error)))
        return false;
    if (dry_run)
        return true;
    g_autofree char *incoming = stored_incoming(paths, NULL);
    g_autofree char *gone = g_strdup_printf("%s/gone-%s", incoming, image->id);
    if (!file_make_folder(incoming, 0700, error) || !stored_remove_folder(gone, false, NULL, error))
        return false;
    if (rename(image->folder, gone) < 0) {
        error_set_errno(error, errno, "%s: cannot be removed", image->folder);
        return false;
    }
    return file_sync_folder(paths->images, error) && stored_tidy(paths, false, NULL, NULL, error);
}

/* Imports that nobody carries on with: their lock is free. */
static bool remove_partial(const Paths *paths, const char *key, bool dry_run, guint64 *freed, guint *things, GError **error)
{
    g_autofree char *name = g_strconcat("image-", key, NULL);
    g_autoptr(GError) held = NULL;
    g_autoptr(Lock) lock = lock_named(paths, name, "this import", "image gc", &held);
    if (!lock && !g_error_matches(held, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS)) {
        g_propagate_error(error, g_steal_pointer(&held));
        return false;
    }
    if (!lock)
        return true;
    g_autofree char *folder = stored_incoming(paths, key);
    ++*things;
    return stored_remove_folder(folder, dry_run, freed, error);
}

bool image_store_gc(const Paths *paths, bool dry_run, guint64 *freed, guint *things, GCancellable *cancel, GError **error)
{
    *freed = 0;
    *things = 0;
    g_autoptr(Lock) lock = image_store_lock(paths, "image gc", cancel, error);
    if (!lock || !stored_tidy(paths, dry_run, freed, things, error))
        return false;
    g_autofree char *incoming = stored_incoming(paths, NULL);
    g_autoptr(GDir) folder = g_dir_open(incoming, 0, NULL);
    for (const char *key; folder && (key = g_dir_read_name(folder));)
        if (!g_str_has_prefix(key, "gone-") && !remove_partial(paths, key, dry_run, freed, things, error))
            return false;
    return true;
}
