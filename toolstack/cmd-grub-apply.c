/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/json.h"
#include "toolstack/backend-pick.h"
#include "toolstack/boot-carry.h"
#include "toolstack/boot-trial.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"

/* One word for what was done: "applied", "unchanged", "trial", "confirmed". */
static void say_result(const Options *options, const BootChange *change, const char *status)
{
    if (!options->json) {
        output_line(options, "%s: %s", status, change->line);
        return;
    }
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-grub-change/1");
    json_add_string(builder, "command", options->command->name);
    json_add_string(builder, "status", status);
    json_add_string(builder, "target", change->config->target->name);
    json_add_string(builder, "line", change->line);
    json_builder_end_object(builder);
    output_json(options, builder);
}

/* With --set-default: Xen's entry is the default one now. */
static bool verify_default(const BootChange *change, GError **error)
{
    g_autoptr(BootConfig) now = change->set_default ? boot_config_read(change->config->target, change->config->root, error) : NULL;
    if (!change->set_default || (now && now->xen_is_default))
        return true;
    if (now)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR,
                    "the default entry does not start Xen, though it was set to; a file that is read later, or saved_entry in grubenv, has "
                    "the last word (see: guestctl grub show)");
    return false;
}

/* The loader's own file has the lines. Without any Xen in it there is nothing to look at: --force goes on. */
static bool verify(gconstpointer data, GError **error)
{
    const BootChange *change = data;
    const BootConfig *config = change->config;
    return config->target->check(config->root, change->line, change->recovery_line, error) && verify_default(change, error);
}

static bool verify_forced(gconstpointer data, GError **error)
{
    g_autoptr(GError) check_error = NULL;
    if (verify(data, &check_error) || g_error_matches(check_error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED))
        return true;
    g_propagate_error(error, g_steal_pointer(&check_error));
    return false;
}

static Saved *new_saved(const BootChange *change, GError **error)
{
    const BootConfig *config = change->config;
    g_autoptr(Saved) saved = saved_new();
    saved->target = g_strdup(config->target->name);
    saved->options = cmdline_print(change->options);
    saved->line_before = g_strdup(config->line);
    saved->line_after = g_strdup(change->line);
    saved->set_default = change->set_default;
    for (guint i = 0; i < change->files->len; i++) {
        const BootFile *file = change->files->pdata[i];
        if (!saved_add(saved, config->root, file->path, file->text, false, error))
            return NULL;
    }
    const char *generated = config->target->generated(config->root);
    if (generated && !saved_add(saved, config->root, generated, NULL, true, error))
        return NULL;
    return g_steal_pointer(&saved);
}

/* *status: what came of it. */
static bool carry_out(const BootChange *change, const char **status, const Options *options, GError **error)
{
    g_autoptr(GError) stale = NULL;
    BootVerify look = options->force ? verify_forced : verify;
    if (change->files->len == 0 && look(change, &stale)) {
        *status = "unchanged";
        return true;
    }
    if (change->files->len == 0)
        output_notice(options, "the files are right already, but what is made of them is not: %s", stale->message);
    g_autoptr(Saved) saved = boot_change_check_program(change->config, error) ? new_saved(change, error) : NULL;
    g_autoptr(Plan) plan = saved ? boot_change_plan(change) : NULL;
    *status = "applied";
    return plan && boot_carry_out(saved, plan, look, change, options, error);
}

/* Before anything is written: what others have put into the line too must be what Xen gets. */
static bool check_words(const BootChange *change, GError **error)
{
    if (change->config->target->check != grub_cfg_check)
        return true;
    return menu_check_words("Xen's line", change->line, error) &&
           (!change->recovery_line || menu_check_words("Xen's line in recovery entries", change->recovery_line, error));
}

static bool show(const BootChange *change, const Options *options, GError **error)
{
    if (!boot_change_warn(change, options, error))
        return false;
    bool shown = !options->json && !options->dry_run && !options->trial; /* a trial shows what it changes itself */
    g_autofree char *diff = shown ? boot_change_diff(change, error) : g_strdup("");
    if (!diff)
        return false;
    output_text(options, diff);
    return check_words(change, error) && boot_change_check(change, options, error);
}

/* As carry_out() does, but for who runs it: a dry run is for everybody. */
static bool check_program(const BootChange *change, GError **error)
{
    g_autoptr(GError) program_error = NULL;
    bool fine = change->files->len == 0 || boot_change_check_program(change->config, &program_error) ||
                g_error_matches(program_error, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED);
    if (!fine)
        g_propagate_error(error, g_steal_pointer(&program_error));
    return fine;
}

static bool dry_run(const Options *options, GError **error)
{
    if (!boot_recover_dry(options, error) || !boot_trial_check_none(options, error))
        return false;
    g_autoptr(BootChange) change = boot_change_new(options, options_argument(options, 0), options->set_default, error);
    if (!change || !show(change, options, error))
        return false;
    if (options->trial)
        return boot_trial_apply(change, options, error);
    if (!check_program(change, error))
        return false;
    g_autoptr(Plan) plan = boot_change_plan(change);
    if (change->files->len == 0) {
        output_notice(options, "the files are as they should be; what is made of them is made anew only when it is not");
        g_ptr_array_set_size(plan->steps, 0);
    }
    return perform_files(plan, options, error);
}

bool cmd_grub_apply(Options *options, GError **error)
{
    if (options->dry_run)
        return dry_run(options, error);
    /* Decided under the lock, and after an earlier change was put back: what is read must be what is replaced. */
    g_autoptr(Lock) lock = boot_lock(options, error);
    if (!lock || !boot_recover(options, error) || !boot_trial_check_none(options, error))
        return false;
    g_autoptr(BootChange) change = boot_change_new(options, options_argument(options, 0), options->set_default, error);
    if (!change || !show(change, options, error))
        return false;
    const char *status = "trial";
    bool done = options->trial ? boot_trial_apply(change, options, error)
                               : carry_out(change, &status, options, error);
    if (!done)
        return false;
    say_result(options, change, status);
    if (options->trial && !options->json)
        output_line(options, "the next boot has this line, the one after it the old one; keep it, once it runs, with: guestctl grub confirm");
    return true;
}

/* The trial that is pending, when it is what runs. */
static bool check_running(const Saved *pending, const Host *host, const Options *options, GError **error)
{
    const char *running = host->xen.command_line;
    bool is_next = boot_trial_is_next(options->paths->system);
    if (is_next && !options->force) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "\"%s\" has not been booted yet: next_entry in %s%s still names the trial; boot it, or end it with: guestctl grub rollback "
                    "(--force: if GRUB cannot write there and so has not forgotten it)",
                    pending->options, options->paths->system, grub_env(options->paths->system));
        return false;
    }
    if (running && trial_is_running(running, pending->options))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                "\"%s\" was tried, and %s%s%s runs: the trial did not boot, or has not been booted yet; boot it, or end it with: guestctl grub "
                "rollback",
                pending->options, running ? "\"" : "", running ? running : "no Xen that tells its line", running ? "\"" : "");
    return false;
}

static Saved *pending_trial(const Options *options, GError **error)
{
    g_autoptr(GError) pending_error = NULL;
    Saved *pending = boot_trial_pending(options, &pending_error);
    if (pending_error)
        g_propagate_error(error, g_steal_pointer(&pending_error));
    else if (!pending)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "no trial waits to be confirmed; begin one with: guestctl grub apply --trial");
    return pending;
}

/* After the line is applied for good. Cut off here, confirm finds it unchanged and comes here again. */
static bool end_trial(Saved *pending, const Options *options, GError **error)
{
    g_autoptr(Plan) plan = plan_new("files", "");
    return boot_trial_add_removal(plan, options->paths->system, error) && perform_files(plan, options, error) &&
           saved_mark(pending, SAVED_CONFIRMED, error);
}

/* A line that is kept, and not booted by itself, is not what confirm promises. */
static bool check_default(const BootChange *change, GError **error)
{
    if (change->set_default || change->config->xen_is_default)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "the default entry does not start Xen, so the next boot would not have this line, nor Xen; use: guestctl grub confirm "
                "--set-default");
    return false;
}

static bool confirm_dry_run(const BootChange *change, const Options *options, GError **error)
{
    g_autoptr(Plan) plan = boot_change_plan(change);
    return boot_trial_add_removal(plan, options->paths->system, error) && perform_files(plan, options, error);
}

bool cmd_grub_confirm(Options *options, GError **error)
{
    g_autoptr(Lock) lock = options->dry_run ? NULL : boot_lock(options, error);
    if (!options->dry_run && (!lock || !boot_recover(options, error)))
        return false;
    g_autoptr(Saved) pending = pending_trial(options, error);
    g_autoptr(Host) host = pending ? host_of(options, error) : NULL;
    if (!host || !check_running(pending, host, options, error))
        return false;
    g_free(options->target);
    options->target = g_strdup(pending->target);
    g_autoptr(BootChange) change = boot_change_new(options, pending->options, pending->set_default || options->set_default, error);
    if (!change || !check_default(change, error) || !show(change, options, error))
        return false;
    if (options->dry_run)
        return confirm_dry_run(change, options, error);
    const char *status = NULL;
    if (!carry_out(change, &status, options, error) || !end_trial(pending, options, error))
        return false;
    say_result(options, change, "confirmed");
    return true;
}
