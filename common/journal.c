/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"

#define SUFFIX ".journal"
#define SWEEP_AFTER_S 60

struct Journal {
    int fd;
    char *path;
    char *folder;
};

static char *journal_path(const Paths *paths, const char *guest)
{
    return g_strdup_printf("%s/%s" SUFFIX, paths->journal, guest);
}

/* A journal file appears whole or not at all, so a plan that was never on disk was never begun. */
Journal *journal_begin(const Paths *paths, const Plan *plan, GError **error)
{
    g_autofree char *path = journal_path(paths, plan->guest);
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "guest \"%s\": %s holds an unfinished plan that was not recovered", plan->guest, path);
        return NULL;
    }
    g_autofree char *line = plan_to_line(plan);
    if (strlen(line) > PLAN_MAX) { /* nobody could read it again */
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "guest \"%s\": its plan has %" G_GSIZE_FORMAT " bytes, and %d are the most; give cloud-init or [inject] less data", plan->guest,
                    strlen(line), PLAN_MAX);
        return NULL;
    }
    g_autofree char *text = g_strconcat(line, "\n", NULL);
    if (!file_write(path, text, 0600, error))
        return NULL;
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
        unlink(path); /* nothing of this plan has begun */
        return NULL;
    }
    Journal *journal = g_new0(Journal, 1);
    journal->fd = fd;
    journal->folder = g_strdup(paths->journal);
    journal->path = g_steal_pointer(&path);
    return journal;
}

static bool append(Journal *journal, const char *what, guint step, GError **error)
{
    g_autofree char *line = g_strdup_printf("%s %u\n", what, step);
    if (write(journal->fd, line, strlen(line)) == (ssize_t)strlen(line) && fdatasync(journal->fd) == 0)
        return true;
    error_set_errno(error, errno, "%s: cannot be written", journal->path);
    return false;
}

bool journal_step_begins(Journal *journal, guint step, GError **error)
{
    return append(journal, "begin", step, error);
}

bool journal_step_done(Journal *journal, guint step, GError **error)
{
    return append(journal, "done", step, error);
}

bool journal_end(Journal *journal, GError **error)
{
    if (unlink(journal->path) < 0 && errno != ENOENT) {
        error_set_errno(error, errno, "%s: cannot be removed", journal->path);
        return false;
    }
    return file_sync_folder(journal->folder, error);
}

void journal_free(Journal *journal)
{
    if (!journal)
        return;
    close(journal->fd);
    g_free(journal->path);
    g_free(journal->folder);
    g_free(journal);
}

/* What file_write() leaves when it is killed before its rename: nothing of such a plan has begun. A young one may be
 * somebody's who is still at it. */
static void sweep(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct stat stat;
    if (lstat(path, &stat) == 0 && S_ISREG(stat.st_mode) && time(NULL) - stat.st_mtime > SWEEP_AFTER_S)
        unlink(path);
}

GPtrArray *journal_pending(const Paths *paths, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) open_error = NULL;
    g_autoptr(GDir) folder = g_dir_open(paths->journal, 0, &open_error);
    if (!folder && !g_error_matches(open_error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, g_steal_pointer(&open_error));
        return NULL;
    }
    for (const char *name; folder && (name = g_dir_read_name(folder));) {
        if (g_str_has_suffix(name, SUFFIX))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(SUFFIX)));
        else if (g_str_has_suffix(name, ".tmp"))
            sweep(paths->journal, name);
    }
    return g_steal_pointer(&names);
}

Plan *journal_load(const Paths *paths, const char *guest, guint *begun, guint *done, GError **error)
{
    g_autofree char *path = journal_path(paths, guest);
    g_autofree char *text = file_read(path, 2 * PLAN_MAX, NULL, error);
    if (!text)
        return NULL;
    if (!*text) { /* zeros, or nothing: what a power cut makes of a file on some file systems */
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: is empty", path);
        return NULL;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(Plan) plan = plan_parse(lines[0], path, error);
    if (!plan)
        return NULL;

    guint first_unbegun = 0, first_undone = 0;
    for (char **line = lines + 1; *line; line++) {
        guint step;
        /* A last line that a crash cut short says nothing; the line before it does. */
        if (sscanf(*line, "begin %u", &step) == 1 && step < plan->steps->len)
            first_unbegun = step + 1;
        else if (sscanf(*line, "done %u", &step) == 1 && step < plan->steps->len)
            first_undone = step + 1;
    }
    *begun = first_unbegun;
    *done = first_undone;
    return g_steal_pointer(&plan);
}

bool journal_remove(const Paths *paths, const char *guest, GError **error)
{
    g_autofree char *path = journal_path(paths, guest);
    if (unlink(path) < 0 && errno != ENOENT) {
        error_set_errno(error, errno, "%s: cannot be removed", path);
        return false;
    }
    return file_sync_folder(paths->journal, error);
}

char *journal_put_aside(const Paths *paths, const char *guest, GError **error)
{
    g_autofree char *path = journal_path(paths, guest);
    g_autofree char *aside = g_strdup_printf("%s.broken.%" G_GINT64_FORMAT, path, g_get_real_time() / G_USEC_PER_SEC);
    if (rename(path, aside) == 0)
        return g_steal_pointer(&aside);
    error_set_errno(error, errno, "%s: cannot be renamed", path);
    return NULL;
}
