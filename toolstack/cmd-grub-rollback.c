/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/json.h"
#include "toolstack/boot-carry.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"

static Saved *newest(const Options *options, GError **error)
{
    g_autoptr(GError) newest_error = NULL;
    Saved *saved = boot_newest(options, &newest_error);
    if (newest_error)
        g_propagate_error(error, g_steal_pointer(&newest_error));
    else if (!saved)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "there is nothing to take back: no guestctl grub apply is left of this system");
    return saved;
}

/* The line is that of the files again. What was there before need not have been readable, or had Xen or the right line in it:
 * all is done by now, so this is said and no failure. Then the line is what it was before the change. Caller frees. */
static char *line_now(const Saved *saved, Options *options)
{
    g_autofree char *why = NULL;
    g_autoptr(GError) error = NULL;
    g_free(options->target);
    options->target = g_strdup(saved->target);
    g_autoptr(BootConfig) config = boot_config_of(options, &why, &error);
    if (config && !saved->trial)
        config->target->check(config->root, config->line, config->recovery_line, &error);
    if (error)
        output_notice(options, "the files are back, but: %s", error->message);
    const char *line = config ? config->line : saved->line_before;
    return g_strdup(line ? line : "");
}

static void say_result(const Options *options, const Saved *saved, const char *line)
{
    if (!options->json) {
        output_line(options, "generation %u%s is taken back; Xen's line is: %s", saved->number, saved->trial ? " (a trial)" : "",
                    *line ? line : "(empty)");
        return;
    }
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-grub-change/1");
    json_add_string(builder, "command", options->command->name);
    json_add_string(builder, "status", "rolled-back");
    json_add_string(builder, "target", saved->target);
    json_add_string(builder, "line", line);
    json_builder_end_object(builder);
    output_json(options, builder);
}

static bool dry_run(const Options *options, GError **error)
{
    g_autoptr(Saved) saved = newest(options, error);
    g_autoptr(Plan) plan = saved ? boot_back_plan(saved, PUT_BACK_REGENERATE, options, error) : NULL;
    return plan && perform_files(plan, options, error);
}

bool cmd_grub_rollback(Options *options, GError **error)
{
    if (options->dry_run)
        return dry_run(options, error);
    g_autoptr(Lock) lock = boot_lock(options, error);
    g_autoptr(Saved) saved = lock ? newest(options, error) : NULL;
    if (!saved)
        return false;
    bool cut_off = saved->state == SAVED_BEGUN;
    bool done = cut_off ? boot_recover(options, error) : boot_put_back(saved, PUT_BACK_REGENERATE, options, error);
    if (!done)
        return false;
    g_autofree char *line = line_now(saved, options);
    say_result(options, saved, line);
    return true;
}
