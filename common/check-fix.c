/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/check-fix.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/kernel-module.h"

#define HEAD "# Written by guestctl host check --fix. Lines of your own stay.\n"

/* Blanks of any kind count as one. */
static char *normal(const char *line)
{
    g_autofree char *copy = g_strdelimit(g_strdup(line), "\t\r", ' ');
    g_auto(GStrv) words = g_strsplit(copy, " ", -1);
    GString *joined = g_string_new(NULL);
    for (char **word = words; *word; word++)
        if (**word)
            g_string_append_printf(joined, "%s%s", joined->len ? " " : "", *word);
    return g_string_free(joined, FALSE);
}

char *check_fix_add_line(const char *text, const char *line)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **at = lines; *at; at++) {
        g_autofree char *present = normal(*at);
        if (g_str_equal(present, line))
            return NULL;
    }
    bool open_end = *text && !g_str_has_suffix(text, "\n");
    return g_strconcat(text, open_end ? "\n" : "", line, "\n", NULL);
}

typedef struct File {
    const char *path;
    char *full, *text; /* text: with what is added */
    GString *added;
} File;

static void file_clear(File *file)
{
    g_free(file->full);
    g_free(file->text);
    if (file->added)
        g_string_free(file->added, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(File, file_clear)

bool check_fix_stays_below(const char *root, const char *path, GError **error)
{
    g_autofree char *top = realpath(root, NULL);
    g_autofree char *at = g_strdup(path), *real = NULL;
    while (!(real = realpath(at, NULL)) && strlen(at) > 1) {
        char *above = g_path_get_dirname(at);
        g_free(at);
        at = above;
    }
    gsize n = top ? strlen(top) : 0;
    if (real && top && strncmp(real, top, n) == 0 && (real[n] == '/' || real[n] == '\0'))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s leads out of %s, to %s; nothing is written there, remove that link first", path, root,
                real ? real : "nowhere");
    return false;
}

static bool file_open(File *file, const CheckFacts *facts, const char *path, GError **error)
{
    g_autoptr(GError) read_error = NULL;
    file->path = path;
    file->full = g_strconcat(facts->tree->root, path, NULL);
    file->added = g_string_new(NULL);
    if (!facts->here && !check_fix_stays_below(facts->tree->root, file->full, error))
        return false;
    g_autofree char *target = g_file_read_link(file->full, NULL);
    if (target && !g_file_test(file->full, G_FILE_TEST_EXISTS)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "%s is a symbolic link that leads nowhere (%s); remove it, or make that file first",
                    file->full, target);
        return false;
    }
    gsize length = 0;
    file->text = file_read(file->full, 1024 * 1024, &length, &read_error);
    if (!file->text && error_exit_status(read_error) != GUESTCTL_ERROR_NOT_FOUND) {
        g_propagate_error(error, g_steal_pointer(&read_error));
        return false;
    }
    if (file->text && strlen(file->text) != length) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: holds a NUL byte; remove or correct this file first", file->full);
        return false;
    }
    if (!file->text)
        file->text = g_strdup(HEAD);
    return true;
}

static void add_line(File *file, const char *line)
{
    char *text = check_fix_add_line(file->text, line);
    if (!text)
        return;
    g_free(file->text);
    file->text = text;
    g_string_append_printf(file->added, "%s\"%s\"", file->added->len ? ", " : "", line);
}

static void add_write(Plan *plan, const File *file, GPtrArray *said)
{
    if (!file->added || file->added->len == 0)
        return;
    plan_add(plan, STEP_WRITE_FILE, file->full, file->text);
    g_ptr_array_add(said, g_strdup_printf("writing %s: adding %s", file->full, file->added->str));
}

static void add_run(Plan *plan, const CheckFacts *facts, const char *what, const char *words, const char *otherwise, GPtrArray *said)
{
    if (facts->here) {
        plan_add(plan, STEP_RUN, what, words);
        g_ptr_array_add(said, g_strdup_printf("running: %s", words));
    } else {
        g_ptr_array_add(said, g_strdup_printf("not run below %s: %s (%s)", facts->tree->root, words, otherwise));
    }
}

/* What a run that was killed has left beside a file ("guestctl.conf.X3kd9a.tmp", file_write()). */
static void add_removal(Plan *plan, const File *file, const CheckFacts *facts, GPtrArray *said)
{
    g_autofree char *folder = g_path_get_dirname(file->path), *base = g_path_get_basename(file->path);
    g_autofree char *prefix = g_strconcat(base, ".", NULL), *real = g_path_get_dirname(file->full);
    g_auto(GStrv) names = sys_names(facts->tree, folder, prefix, ".tmp");
    for (char **name = names; *name; name++) {
        if (strlen(*name) != strlen(prefix) + strlen("XXXXXX.tmp"))
            continue;
        g_autofree char *path = g_build_filename(real, *name, NULL);
        plan_add(plan, STEP_REMOVE_FILE, path, "");
        g_ptr_array_add(said, g_strdup_printf("removing %s, left by a run that was cut off", path));
    }
}

/* Fixes of one kind, each word once. Caller unrefs. */
static GPtrArray *words_of(const GPtrArray *checks, FixKind kind)
{
    GPtrArray *words = g_ptr_array_new();
    for (guint i = 0; i < checks->len; i++) {
        const Check *check = checks->pdata[i];
        for (guint j = 0; j < check->fixes->len; j++) {
            const Fix *fix = check->fixes->pdata[j];
            if (fix->kind == kind && !g_ptr_array_find_with_equal_func(words, fix->word, g_str_equal, NULL))
                g_ptr_array_add(words, fix->word);
        }
    }
    return words;
}

/* Options before the modules that they are for; a module is only kept for the next boot once it has let itself be loaded. */
Plan *check_fix_plan(const CheckFacts *facts, const GPtrArray *checks, GPtrArray *said, GError **error)
{
    g_auto(File) options = {0}, modules = {0};
    g_autoptr(GPtrArray) lines = words_of(checks, FIX_MODULE_OPTION);
    g_autoptr(GPtrArray) names = words_of(checks, FIX_LOAD_MODULE);
    g_autoptr(GPtrArray) devices = words_of(checks, FIX_TRIGGER_UDEV);
    if ((lines->len && !file_open(&options, facts, CHECK_FIX_OPTIONS, error)) || (names->len && !file_open(&modules, facts, CHECK_FIX_MODULES, error)))
        return NULL;

    Plan *plan = plan_new("files", "");
    plan->finish = true;
    if (lines->len)
        add_removal(plan, &options, facts, said);
    if (names->len)
        add_removal(plan, &modules, facts, said);
    for (guint i = 0; i < lines->len; i++)
        add_line(&options, lines->pdata[i]);
    add_write(plan, &options, said);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *words = g_strdup_printf("modprobe %s", (const char *)names->pdata[i]);
        g_autofree char *at_boot = module_at_boot(facts->tree, names->pdata[i]);
        if (!at_boot)
            add_line(&modules, names->pdata[i]);
        if (facts->here || modules.added->len > 0)
            add_run(plan, facts, names->pdata[i], words, "it is loaded at that system's next boot", said);
    }
    add_write(plan, &modules, said);
    for (guint i = 0; i < devices->len; i++) {
        g_autofree char *words = g_strdup_printf("udevadm trigger --sysname-match=%s", (const char *)devices->pdata[i]);
        add_run(plan, facts, devices->pdata[i], words, "its udev does it at the next boot", said);
        if (facts->here)
            add_run(plan, facts, devices->pdata[i], "udevadm settle --timeout=10", "", said);
    }
    return plan;
}
