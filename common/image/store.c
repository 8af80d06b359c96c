/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/store.h"

#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/image/stored.h"
#include "common/json-strict.h"
#include "common/suggest.h"

enum { LOCK_WAIT_S = 30, LOCK_LOOK_MS = 20, NAME_BYTES = 200 };

static bool is_clean(const char *name)
{
    for (const char *at = name; *at; at = g_utf8_next_char(at))
        if (g_unichar_iscntrl(g_utf8_get_char(at)) || *at == '/' || *at == '=')
            return false;
    return *name != ' ' && name[strlen(name) - 1] != ' ';
}

bool image_name_check(const char *name, GError **error)
{
    gsize length = strlen(name);
    if (length > 0 && length <= NAME_BYTES && g_utf8_validate(name, -1, NULL) && is_clean(name) && *name != '.' && *name != '-' &&
        !g_str_has_prefix(name, "glance:"))
        return true;
    g_autofree char *shown = json_strict_shown(name, length);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "\"%s\" cannot be an image's name here (1 to 200 bytes without \"/\" and \"=\", not beginning with \".\", \"-\" or \"glance:\"); give another "
                "one with --name",
                shown);
    return false;
}

static bool is_folder_of_image(const Paths *paths, const char *id)
{
    g_autofree char *folder = stored_folder(paths, id);
    return g_file_test(folder, G_FILE_TEST_IS_DIR);
}

/* A name leads to an image; it is the image's own word that it has this name. */
static StoredImage *find_by_name(const Paths *paths, const char *name, GError **error)
{
    g_autofree char *id = stored_id_of_name(paths, name);
    if (!id || !is_folder_of_image(paths, id))
        return NULL;
    g_autoptr(StoredImage) image = stored_load(paths, id, error);
    return image && g_strcmp0(image->name, name) == 0 ? g_steal_pointer(&image) : NULL;
}

/* Names and ids, NULL-terminated. char*. */
static GPtrArray *all_words(const Paths *paths)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *names = stored_name_link(paths, NULL);
    const char *const folders[] = {names, paths->images};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autoptr(GDir) folder = g_dir_open(folders[i], 0, NULL);
        for (const char *name; folder && (name = g_dir_read_name(folder));)
            if (*name != '.')
                g_ptr_array_add(words, g_strdup(name));
    }
    g_ptr_array_add(words, NULL);
    return words;
}

StoredImage *image_store_look(const Paths *paths, const char *name_or_id, GError **error)
{
    if (!image_name_check(name_or_id, NULL))
        return NULL;
    if (is_folder_of_image(paths, name_or_id))
        return stored_load(paths, name_or_id, error);
    return find_by_name(paths, name_or_id, error);
}

StoredImage *image_store_find(const Paths *paths, const char *name_or_id, GError **error)
{
    g_autoptr(GError) load_error = NULL;
    StoredImage *image = image_store_look(paths, name_or_id, &load_error);
    if (image)
        return image;
    if (load_error) {
        g_propagate_error(error, g_steal_pointer(&load_error));
        return NULL;
    }
    g_autoptr(GPtrArray) words = all_words(paths);
    const char *nearest = suggest_nearest(name_or_id, (const char *const *)words->pdata);
    g_autofree char *shown = json_strict_shown(name_or_id, strlen(name_or_id));
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "there is no image \"%s\" in the image store %s%s%s%s", shown, paths->images,
                nearest ? "; did you mean \"" : "; see: guestctl image list", nearest ? nearest : "", nearest ? "\"?" : "");
    return NULL;
}

ImageMeta *image_store_metadata(const StoredImage *image, GError **error)
{
    gsize length = 0;
    g_autofree char *text = image->document ? file_read(image->document, IMAGE_META_MAX, &length, error) : NULL;
    if (image->document && !text)
        return NULL;
    return image_meta_parse_changed(text, length, image->changes, image->document ? image->document : image->folder, error);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const StoredImage *left = *(const StoredImage *const *)a, *right = *(const StoredImage *const *)b;
    gint order = strcmp(left->name ? left->name : left->id, right->name ? right->name : right->id);
    return order ? order : strcmp(left->id, right->id);
}

GPtrArray *image_store_list(const Paths *paths, GError **error)
{
    g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func((GDestroyNotify)stored_image_free);
    g_autoptr(GError) open_error = NULL;
    g_autoptr(GDir) folder = g_dir_open(paths->images, 0, &open_error);
    if (!folder && !g_error_matches(open_error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, g_steal_pointer(&open_error));
        return NULL;
    }
    for (const char *id; folder && (id = g_dir_read_name(folder));) {
        if (*id == '.' || !is_folder_of_image(paths, id))
            continue;
        StoredImage *image = stored_load(paths, id, error);
        if (!image)
            return NULL;
        g_ptr_array_add(images, image);
    }
    g_ptr_array_sort(images, by_name);
    return g_steal_pointer(&images);
}

Lock *image_store_lock(const Paths *paths, const char *doing, GCancellable *cancel, GError **error)
{
    gint64 end = g_get_monotonic_time() + LOCK_WAIT_S * G_USEC_PER_SEC;
    while (true) {
        g_autoptr(GError) held = NULL;
        Lock *lock = lock_named(paths, "images", "the image store", doing, &held);
        if (lock)
            return lock;
        if (!g_error_matches(held, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS) || g_get_monotonic_time() > end) {
            g_propagate_error(error, g_steal_pointer(&held));
            return NULL;
        }
        if (g_cancellable_is_cancelled(cancel)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "interrupted while waiting for the image store");
            return NULL;
        }
        g_usleep(LOCK_LOOK_MS * 1000);
    }
}
