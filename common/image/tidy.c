/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/image/stored.h"

/* What a crash leaves in the store, and how it goes (docs/decisions/0006). */

typedef struct Tidy {
    const Paths *paths;
    bool dry_run;
    guint64 freed; /* bytes */
    guint things;
} Tidy;

static bool fail(const char *path, GError **error)
{
    if (errno == ENOENT)
        return true;
    error_set_errno(error, errno, "%s: cannot be removed", path);
    return false;
}

/* A file whose content another name keeps gives nothing back. */
static bool remove_file(const char *path, const struct stat *stat, bool dry_run, guint64 *freed, GError **error)
{
    if (freed && S_ISREG(stat->st_mode) && stat->st_nlink == 1)
        *freed += (guint64)stat->st_blocks * 512;
    return dry_run || unlink(path) == 0 || fail(path, error);
}

static bool remove_below(const char *path, unsigned depth, bool dry_run, guint64 *freed, GError **error)
{
    struct stat stat;
    if (lstat(path, &stat) < 0)
        return fail(path, error);
    if (!S_ISDIR(stat.st_mode))
        return remove_file(path, &stat, dry_run, freed, error);
    g_autoptr(GDir) folder = depth ? g_dir_open(path, 0, error) : NULL;
    if (!folder) {
        if (!depth)
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: too many folders in each other; see what it is, then remove it", path);
        return false;
    }
    for (const char *name; (name = g_dir_read_name(folder));) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        if (!remove_below(below, depth - 1, dry_run, freed, error))
            return false;
    }
    return dry_run || rmdir(path) == 0 || fail(path, error);
}

bool stored_remove_folder(const char *folder, bool dry_run, guint64 *freed, GError **error)
{
    enum { DEPTH_MAX = 32 };
    return remove_below(folder, DEPTH_MAX, dry_run, freed, error);
}

/* Images that were removed, but not to the end. */
static bool tidy_removed(Tidy *tidy, const char *name, const char *path, GError **error)
{
    if (!g_str_has_prefix(name, "gone-"))
        return true;
    tidy->things++;
    return stored_remove_folder(path, tidy->dry_run, &tidy->freed, error);
}

/* Names whose image has gone, was never finished, or has another name now. */
static bool tidy_name(Tidy *tidy, const char *name, const char *path, GError **error)
{
    g_autoptr(GError) find_error = NULL;
    g_autofree char *id = *name == '.' ? NULL : stored_id_of_name(tidy->paths, name);
    g_autofree char *folder = id ? stored_folder(tidy->paths, id) : NULL;
    g_autoptr(StoredImage) image = folder && g_file_test(folder, G_FILE_TEST_IS_DIR) ? stored_load(tidy->paths, id, &find_error) : NULL;
    if (find_error || (image && g_strcmp0(image->name, name) == 0)) /* an image that cannot be read keeps its name */
        return true;
    tidy->things++;
    return tidy->dry_run || unlink(path) == 0 || fail(path, error);
}

/* Contents that no image has. An import that is about to use one has a link of its own by then, or makes its own copy. */
static bool tidy_blob(Tidy *tidy, const char *name, const char *path, GError **error)
{
    struct stat stat;
    if (lstat(path, &stat) < 0)
        return fail(path, error);
    if (stat.st_nlink != 1)
        return true;
    tidy->things++;
    return remove_file(path, &stat, tidy->dry_run, &tidy->freed, error);
}

/* What file_write() had not renamed yet. */
static bool tidy_image(Tidy *tidy, const char *name, const char *path, GError **error)
{
    g_autoptr(GDir) folder = *name == '.' ? NULL : g_dir_open(path, 0, NULL);
    for (const char *file; folder && (file = g_dir_read_name(folder));) {
        g_autofree char *below = g_build_filename(path, file, NULL);
        if (!g_str_has_prefix(file, "local.json.") || !g_str_has_suffix(file, ".tmp"))
            continue;
        tidy->things++;
        if (!tidy->dry_run && unlink(below) < 0 && !fail(below, error))
            return false;
    }
    return true;
}

static bool each(Tidy *tidy, const char *folder_name, bool (*look)(Tidy *, const char *, const char *, GError **), GError **error)
{
    g_autofree char *path = g_build_filename(tidy->paths->images, folder_name, NULL);
    g_autoptr(GError) open_error = NULL;
    g_autoptr(GDir) folder = g_dir_open(path, 0, &open_error);
    if (!folder && !g_error_matches(open_error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, g_steal_pointer(&open_error));
        return false;
    }
    for (const char *name; folder && (name = g_dir_read_name(folder));) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        if (!look(tidy, name, below, error))
            return false;
    }
    return true;
}

bool stored_tidy(const Paths *paths, bool dry_run, guint64 *freed, guint *things, GError **error)
{
    Tidy tidy = {.paths = paths, .dry_run = dry_run};
    if (!each(&tidy, "", tidy_image, error) || !each(&tidy, ".incoming", tidy_removed, error) || !each(&tidy, ".names", tidy_name, error) ||
        !each(&tidy, ".blobs", tidy_blob, error))
        return false;
    if (freed)
        *freed += tidy.freed;
    if (things)
        *things += tidy.things;
    return true;
}
