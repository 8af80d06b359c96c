/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/saved.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "grub/saved-manifest.h"

#define FILE_MAX (4 * 1024 * 1024) /* bytes of one of them */

static void file_free(gpointer data)
{
    SavedFile *file = data;
    g_free(file->path);
    g_free(file->text);
    g_free(file->written);
    g_free(file);
}

Saved *saved_new(void)
{
    Saved *saved = g_new0(Saved, 1);
    saved->files = g_ptr_array_new_with_free_func(file_free);
    return saved;
}

void saved_free(Saved *saved)
{
    if (!saved)
        return;
    g_free(saved->folder);
    g_free(saved->time);
    g_free(saved->target);
    g_free(saved->options);
    g_free(saved->line_before);
    g_free(saved->line_after);
    g_ptr_array_unref(saved->files);
    g_free(saved);
}

const char *saved_state_name(SavedState state)
{
    static const char *const names[] = {
        [SAVED_BEGUN] = "begun",
        [SAVED_APPLIED] = "applied",
        [SAVED_CONFIRMED] = "confirmed",
        [SAVED_ROLLED_BACK] = "rolled-back",
    };
    return names[state];
}

/* The nearest folder above that is there, without links. */
static char *real_folder(const char *path)
{
    for (g_autofree char *folder = g_path_get_dirname(path);;) {
        char *real = realpath(folder, NULL);
        if (real || g_str_equal(folder, "/") || g_str_equal(folder, "."))
            return real;
        char *above = g_path_get_dirname(folder);
        g_free(folder);
        folder = above;
    }
}

char *saved_real_path(const char *root, const char *path, GError **error)
{
    g_autofree char *whole = g_strconcat(root, path, NULL);
    if (!*root)
        return g_steal_pointer(&whole);
    g_autofree char *real_root = realpath(root, NULL), *real = realpath(whole, NULL);
    if (!real)
        real = real_folder(whole);
    gsize length = real_root ? strlen(real_root) : 0;
    if (real_root && real && strncmp(real, real_root, length) == 0 && (real[length] == '/' || real[length] == '\0'))
        return g_steal_pointer(&whole);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "%s: a symbolic link leads out of %s (to %s); make it a relative one, or change the file it names within the tree", whole,
                root, real ? real : "nowhere");
    return NULL;
}

bool saved_add(Saved *saved, const char *root, const char *path, const char *written, bool generated, GError **error)
{
    g_autofree char *real = saved_real_path(root, path, error);
    if (!real)
        return false;
    struct stat stat_buffer;
    bool there = stat(real, &stat_buffer) == 0;
    if (!there && errno != ENOENT) {
        error_set_errno(error, errno, "%s", real);
        return false;
    }
    g_autofree char *text = NULL;
    gsize length = 0;
    if (there && !(text = file_read(real, FILE_MAX, &length, error)))
        return false;
    if (there && strlen(text) != length) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s holds a NUL byte; it should be text", real);
        return false;
    }
    SavedFile *file = g_new0(SavedFile, 1);
    file->path = g_strdup(path);
    file->existed = there;
    file->mode = there ? stat_buffer.st_mode & 07777 : 0644;
    file->generated = generated;
    file->text = g_steal_pointer(&text);
    file->written = written && !generated ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, written, -1) : NULL;
    g_ptr_array_add(saved->files, file);
    return true;
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK))
            remove_tree(below);
        else
            g_unlink(below);
    }
    g_rmdir(path);
}

static int newest_first(gconstpointer a, gconstpointer b)
{
    guint first = *(const guint *)a, second = *(const guint *)b;
    return first < second ? 1 : first > second ? -1 : 0;
}

/* The numbers that are there, the newest first. Nothing else in the folder counts. */
static GArray *numbers(const char *folder)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        guint64 number;
        if (!g_ascii_string_to_unsigned(name, 10, 1, G_MAXINT, &number, NULL))
            continue;
        guint value = (guint)number;
        g_array_append_val(all, value);
    }
    g_array_sort(all, newest_first);
    return all;
}

/* Each folder from this one up to the top: their names must be on disk too. */
static bool sync_up(const char *path, const char *top, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    return file_sync_folder(folder, error) && (g_str_equal(folder, top) || sync_up(folder, top, error));
}

static bool write_copies(const Saved *saved, const char *temporary, GError **error)
{
    for (guint i = 0; i < saved->files->len; i++) {
        const SavedFile *file = saved->files->pdata[i];
        g_autofree char *copy = g_strconcat(temporary, "/files", file->path, NULL);
        if (file->existed && (!file_write(copy, file->text, 0600, error) || !sync_up(copy, temporary, error)))
            return false;
    }
    g_autofree char *manifest = g_build_filename(temporary, "manifest.json", NULL), *text = saved_manifest_text(saved);
    return file_write(manifest, text, 0644, error) && sync_up(manifest, temporary, error);
}

/* Hidden ones are what a killed writer left. */
static void sweep_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (name[0] == '.')
            remove_tree(path);
    }
}

/* The name goes first, so that half a generation is never taken for one. */
static void prune(const char *folder)
{
    g_autoptr(GArray) all = numbers(folder);
    for (guint i = SAVED_KEEP; i < all->len; i++) {
        g_autofree char *path = g_strdup_printf("%s/%u", folder, g_array_index(all, guint, i));
        g_autofree char *hidden = g_strdup_printf("%s/.%u.old", folder, g_array_index(all, guint, i));
        if (rename(path, hidden) == 0)
            remove_tree(hidden);
    }
}

bool saved_keep(Saved *saved, const char *folder, GError **error)
{
    if (!file_make_folder(folder, 0755, error))
        return false;
    sweep_folder(folder);
    g_autoptr(GArray) all = numbers(folder);
    saved->number = all->len ? g_array_index(all, guint, 0) + 1 : 1;
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_free(saved->time);
    saved->time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
    g_free(saved->folder);
    saved->folder = g_strdup_printf("%s/%u", folder, saved->number);
    g_autofree char *temporary = g_strdup_printf("%s/.%u.new", folder, saved->number);
    if (!write_copies(saved, temporary, error))
        return false;
    if (rename(temporary, saved->folder) < 0) {
        error_set_errno(error, errno, "%s: cannot be given its name", saved->folder);
        return false;
    }
    if (!file_sync_folder(folder, error))
        return false;
    prune(folder);
    return true;
}

bool saved_mark(Saved *saved, SavedState state, GError **error)
{
    SavedState before = saved->state;
    saved->state = state;
    g_autofree char *manifest = g_build_filename(saved->folder, "manifest.json", NULL), *text = saved_manifest_text(saved);
    if (file_write(manifest, text, 0644, error))
        return true;
    saved->state = before;
    return false;
}

bool saved_load(Saved *saved, GError **error)
{
    for (guint i = 0; i < saved->files->len; i++) {
        SavedFile *file = saved->files->pdata[i];
        g_autofree char *copy = g_strconcat(saved->folder, "/files", file->path, NULL);
        if (file->existed && !file->text && !(file->text = file_read(copy, FILE_MAX, NULL, error)))
            return false;
    }
    return true;
}

static Saved *load(const char *folder, guint number, GError **error)
{
    g_autofree char *own = g_strdup_printf("%s/%u", folder, number), *path = g_build_filename(own, "manifest.json", NULL);
    gsize length = 0;
    g_autofree char *text = file_read(path, FILE_MAX, &length, error);
    g_autoptr(Saved) saved = text ? saved_manifest_parse(text, length, path, error) : NULL;
    if (!saved)
        return NULL;
    saved->number = number;
    saved->folder = g_steal_pointer(&own);
    return g_steal_pointer(&saved);
}

GPtrArray *saved_list(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)saved_free);
    g_autoptr(GArray) all = numbers(folder);
    if (all->len == 0 && g_access(folder, X_OK | R_OK) < 0 && errno == EACCES) {
        error_set_errno(error, EACCES, "%s: what earlier changes replaced", folder);
        return NULL;
    }
    for (guint i = 0; i < all->len; i++) {
        Saved *saved = load(folder, g_array_index(all, guint, i), error);
        if (!saved) {
            g_prefix_error(error, "%s/%u holds what an earlier change replaced and cannot be read; move it away to go on without it: ",
                           folder, g_array_index(all, guint, i));
            return NULL;
        }
        g_ptr_array_add(list, saved);
    }
    return g_steal_pointer(&list);
}

static char *text_now(const SavedFile *file, const char *root)
{
    g_autofree char *real = g_strconcat(root, file->path, NULL);
    return file_read(real, FILE_MAX, NULL, NULL);
}

bool saved_is_old(const SavedFile *file, const char *root)
{
    g_autofree char *text = text_now(file, root), *real = g_strconcat(root, file->path, NULL);
    struct stat stat_buffer;
    if (!file->existed)
        return !g_file_test(real, G_FILE_TEST_EXISTS);
    return text && g_str_equal(text, file->text) && stat(real, &stat_buffer) == 0 && (stat_buffer.st_mode & 07777) == file->mode;
}

bool saved_is_new(const SavedFile *file, const char *root)
{
    g_autofree char *text = text_now(file, root);
    if (!text || !file->written)
        return !text && !file->written;
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    return g_str_equal(sum, file->written);
}

/* "NAME.XXXXXX.tmp" is file_write's. */
void saved_sweep(const Saved *saved, const char *root)
{
    for (guint i = 0; i < saved->files->len; i++) {
        const SavedFile *file = saved->files->pdata[i];
        g_autofree char *real = g_strconcat(root, file->path, NULL), *folder = g_path_get_dirname(real);
        g_autofree char *name = g_path_get_basename(real), *start = g_strconcat(name, ".", NULL);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        for (const char *other; dir && (other = g_dir_read_name(dir));) {
            g_autofree char *path = g_build_filename(folder, other, NULL);
            if (g_str_has_prefix(other, start) && g_str_has_suffix(other, ".tmp") && strlen(other) == strlen(start) + strlen("XXXXXX.tmp"))
                g_unlink(path);
        }
    }
}
