/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/boot-carry.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "toolstack/boot-trial.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"

Lock *boot_lock(const Options *options, GError **error)
{
    if (!*options->paths->system && geteuid() != 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED,
                    "only root may change the boot loader's files of this system; see what would be done with: guestctl grub diff");
        return NULL;
    }
    /* Where generations are kept is written to as well. */
    g_autofree char *kept = saved_real_path(options->paths->system, "/var/lib/guestctl/grub/1", error);
    if (!kept)
        return NULL;
    g_autofree char *doing = g_strdup_printf("guestctl %s", options->command ? options->command->name : "");
    return lock_named(options->paths, "@boot", "the boot loader's configuration", doing, error);
}

char *boot_saved_folder(const Options *options)
{
    return g_strconcat(options->paths->system, "/var/lib/guestctl/grub", NULL);
}

static bool is_open(const Saved *saved)
{
    return saved->state == SAVED_BEGUN || saved->state == SAVED_APPLIED;
}

Saved *boot_newest(const Options *options, GError **error)
{
    g_autofree char *folder = boot_saved_folder(options);
    g_autoptr(GPtrArray) all = saved_list(folder, error);
    for (guint i = 0; all && i < all->len; i++)
        if (is_open(all->pdata[i]))
            return g_ptr_array_steal_index(all, i);
    return NULL;
}

/* What is put back is written below the root only, as what replaced it was. */
static bool check_paths(const Saved *saved, const char *root, GError **error)
{
    for (guint i = 0; i < saved->files->len; i++) {
        g_autofree char *real = saved_real_path(root, ((const SavedFile *)saved->files->pdata[i])->path, error);
        if (!real)
            return false;
    }
    return true;
}

static bool refuse(const Saved *saved, const SavedFile *file, const char *root, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED,
                "%s%s was changed by others since generation %u replaced it%s; put it right by hand (what it was is in %s/files%s), or add "
                "--force: then that edit goes, and the file as it is now is kept as %s/changed%s",
                root, file->path, saved->number, saved_has_blocks(saved) ? ", in guestctl's part of it" : "", saved->folder, file->path,
                saved->folder, file->path);
    return false;
}

/* Under --force a file that others changed is kept too. */
static bool keep_changed(const Saved *saved, const char *root, GError **error)
{
    for (guint i = 0; i < saved->files->len; i++) {
        const SavedFile *file = saved->files->pdata[i];
        g_autofree char *real = g_strconcat(root, file->path, NULL), *unused = NULL;
        g_autofree char *copy = g_strconcat(saved->folder, "/changed", file->path, NULL);
        if (saved_back(file, saved_has_blocks(saved), root, &unused) != BACK_REFUSED || !g_file_test(real, G_FILE_TEST_EXISTS))
            continue;
        g_autofree char *text = file_read(real, 4 * 1024 * 1024, NULL, error);
        if (!text || !file_write(copy, text, 0600, error))
            return false;
    }
    return true;
}

static bool add_back(Plan *plan, const Saved *saved, const SavedFile *file, const Options *options, GError **error)
{
    const char *root = options->paths->system;
    g_autofree char *real = g_strconcat(root, file->path, NULL), *text = NULL;
    BackHow how = saved_back(file, saved_has_blocks(saved), root, &text);
    if (how == BACK_NOTHING)
        return true;
    if (how == BACK_REFUSED && !options->force)
        return refuse(saved, file, root, error);
    if (how == BACK_REFUSED) {
        text = g_strdup(file->text);
        output_notice(options, "%s was changed by others since; as --force says that edit goes, and is kept as %s/changed%s", real, saved->folder,
                      file->path);
    } else if (how == BACK_BLOCK)
        output_notice(options, "%s was changed by others since; that is kept, and only guestctl's part of it is taken back", real);
    plan_add(plan, text ? STEP_WRITE_FILE : STEP_REMOVE_FILE, real, text);
    return true;
}

static bool add_regenerate(Plan *plan, const Saved *saved, const char *root, GError **error)
{
    g_autofree char *why = NULL;
    const BootTarget *target = boot_target_pick(saved->target, root, &why, error);
    g_autofree char *words = target ? target->regenerate(root) : NULL;
    if (words) {
        g_autofree char *made = g_strconcat(root, target->generated(root), NULL);
        plan_add(plan, STEP_RUN, made, words);
    }
    return target != NULL;
}

Plan *boot_back_plan(Saved *saved, PutBack how, const Options *options, GError **error)
{
    const char *root = options->paths->system;
    if (!saved_load(saved, error) || !check_paths(saved, root, error))
        return NULL;
    g_autoptr(Plan) plan = plan_new("files", "");
    if (saved->trial)
        boot_trial_add_forget(plan, root);
    for (guint i = 0; i < saved->files->len; i++) {
        const SavedFile *file = saved->files->pdata[i];
        bool wanted = !file->generated || how == PUT_BACK_COPY;
        if (wanted && !add_back(plan, saved, file, options, error))
            return NULL;
    }
    if (how == PUT_BACK_REGENERATE && !saved->trial && !add_regenerate(plan, saved, root, error))
        return NULL;
    return g_steal_pointer(&plan);
}

/* A file that was made anew has the usual mode. */
static bool restore_modes(const Saved *saved, const char *root, GError **error)
{
    for (guint i = 0; i < saved->files->len; i++) {
        const SavedFile *file = saved->files->pdata[i];
        g_autofree char *real = g_strconcat(root, file->path, NULL);
        GStatBuf stat_buffer;
        bool other = file->existed && g_stat(real, &stat_buffer) == 0 && (stat_buffer.st_mode & 07777) != file->mode;
        if (other && g_chmod(real, (int)file->mode) < 0) {
            error_set_errno(error, errno, "%s: its mode cannot be set to %04o", real, file->mode);
            return false;
        }
    }
    return true;
}

/* The next boot is not the trial's, whatever becomes of the rest. */
static bool disarm(const Options *options, GError **error)
{
    g_autoptr(Plan) plan = plan_new("files", "");
    boot_trial_add_forget(plan, options->paths->system);
    return perform_files(plan, options, error);
}

bool boot_put_back(Saved *saved, PutBack how, const Options *options, GError **error)
{
    const char *root = options->paths->system;
    Options steady = *options; /* a Ctrl-C that ended the change must not end taking it back */
    steady.cancel = NULL;
    if (saved->trial && !disarm(&steady, error))
        return false;
    g_autoptr(Plan) plan = boot_back_plan(saved, how, options, error);
    if (!plan || (options->force && !keep_changed(saved, root, error)))
        return false;
    saved_sweep(saved, root);
    return perform_files(plan, &steady, error) && restore_modes(saved, root, error) && saved_mark(saved, SAVED_ROLLED_BACK, error);
}

static void say_steps(const Saved *saved, const Plan *plan, const Options *options)
{
    if (options->json)
        return;
    output_line(options, "what is replaced is kept in %s", saved->folder);
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        const char *what = step->kind == STEP_RUN ? "run" : step->kind == STEP_WRITE_FILE ? "write" : "remove";
        output_line(options, "%s %s", what, step->kind == STEP_RUN ? step->native : step->target);
    }
    fflush(options->out);
}

/* After a step that failed. */
static void take_back(Saved *saved, const Options *options, GError **error)
{
    g_autoptr(GError) back_error = NULL;
    bool back = boot_put_back(saved, PUT_BACK_COPY, options, &back_error);
    if (back)
        g_prefix_error(error, "nothing was changed, the old files are back: ");
    else
        g_prefix_error(error, "the old files could not be put back (%s); try: guestctl grub rollback: ", back_error->message);
}

bool boot_carry_out(Saved *saved, const Plan *plan, BootVerify verify, gconstpointer data, const Options *options, GError **error)
{
    g_autofree char *folder = boot_saved_folder(options);
    if (!saved_keep(saved, folder, error))
        return false;
    say_steps(saved, plan, options);
    if (perform_files(plan, options, error) && verify(data, error)) {
        bool marked = saved_mark(saved, SAVED_APPLIED, error);
        if (!marked)
            g_prefix_error(error, "everything was done, but it cannot be written down, so the next guestctl grub apply takes it back first: ");
        return marked;
    }
    take_back(saved, options, error);
    return false;
}

/* Made anew if it can be; else as it was then. */
static bool put_back_cut_off(Saved *saved, const Options *options, GError **error)
{
    g_autoptr(GError) first = NULL;
    if (boot_put_back(saved, PUT_BACK_REGENERATE, options, &first))
        return true;
    if (g_error_matches(first, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED)) {
        g_propagate_error(error, g_steal_pointer(&first));
        return false;
    }
    if (!boot_put_back(saved, PUT_BACK_COPY, options, error))
        return false;
    output_notice(options, "the boot loader's own file is the one of %s, since it could not be made anew: %s", saved->time, first->message);
    return true;
}

/* *saved: the change that was cut off, NULL: none was. */
static bool find_cut_off(Saved **saved, const Options *options, GError **error)
{
    g_autoptr(GError) newest_error = NULL;
    g_autoptr(Saved) newest = boot_newest(options, &newest_error);
    if (newest && newest->state == SAVED_BEGUN)
        *saved = g_steal_pointer(&newest);
    if (!newest_error)
        return true;
    g_propagate_error(error, g_steal_pointer(&newest_error));
    return false;
}

static void say_not_recovered(const Saved *saved, GError **error)
{
    g_prefix_error(error, "an earlier change (%s) was cut off and cannot be put back: ", saved->folder);
}

bool boot_recover(const Options *options, GError **error)
{
    g_autoptr(Saved) saved = NULL;
    if (!find_cut_off(&saved, options, error))
        return false;
    if (!saved)
        return true;
    if (!put_back_cut_off(saved, options, error)) {
        say_not_recovered(saved, error);
        return false;
    }
    output_notice(options, "an earlier change, of %s, was cut off; the files from before it are back", saved->time);
    return true;
}

bool boot_recover_dry(const Options *options, GError **error)
{
    g_autoptr(Saved) saved = NULL;
    if (!find_cut_off(&saved, options, error))
        return false;
    if (!saved)
        return true;
    g_autoptr(Plan) plan = boot_back_plan(saved, PUT_BACK_COPY, options, error);
    if (!plan) {
        say_not_recovered(saved, error);
        return false;
    }
    output_notice(options, "an earlier change, of %s, was cut off: the files from before it would come back first, and what follows is decided "
                           "without that; see guestctl grub rollback --dry-run",
                  saved->time);
    return true;
}
