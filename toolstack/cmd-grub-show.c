/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/json.h"
#include "toolstack/backend-pick.h"
#include "toolstack/boot-carry.h"
#include "toolstack/command.h"
#include "toolstack/output.h"

typedef struct Shown {
    BootConfig *config;
    char *why;
    Simulation *simulation; /* NULL: the machine is not known */
    GPtrArray *saved;       /* Saved* */
} Shown;

static void shown_clear(Shown *shown)
{
    boot_config_free(shown->config);
    g_free(shown->why);
    simulation_free(shown->simulation);
    if (shown->saved)
        g_ptr_array_unref(shown->saved);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shown, shown_clear)

static bool gather(Shown *shown, const Options *options, GError **error)
{
    shown->config = boot_config_of(options, &shown->why, error);
    if (!shown->config)
        return false;
    g_autoptr(GError) simulate_error = NULL, saved_error = NULL;
    g_autoptr(Host) host = host_of(options, &simulate_error);
    g_autoptr(Cmdline) cmdline = cmdline_parse(shown->config->line ? shown->config->line : "");
    shown->simulation = host ? simulate(cmdline, host, &simulate_error) : NULL;
    if (!shown->simulation)
        output_notice(options, "what Xen will do with the line is not known: %s", simulate_error->message);
    g_autofree char *folder = boot_saved_folder(options);
    shown->saved = saved_list(folder, &saved_error);
    if (!shown->saved) {
        output_notice(options, "earlier changes cannot be shown: %s", saved_error->message);
        shown->saved = g_ptr_array_new();
    }
    return true;
}

/* Also when what grub.cfg is made of has changed since. */
static void say_interpreted(const BootConfig *config, const Options *options)
{
    g_autoptr(GError) error = NULL;
    if (config->target->check == grub_cfg_check && config->line && !menu_check_words("Xen's line", config->line, &error))
        output_notice(options, "%s", error->message);
}

static const char *state_text(const Saved *saved)
{
    if (saved->state == SAVED_BEGUN)
        return "cut off";
    return saved->trial && saved->state == SAVED_APPLIED ? "trial, waits for confirm" : saved_state_name(saved->state);
}

static void say_pending(const Shown *shown, const Options *options)
{
    for (guint i = 0; i < shown->saved->len; i++) {
        const Saved *saved = shown->saved->pdata[i];
        if (saved->state == SAVED_BEGUN)
            output_notice(options, "the change of %s (generation %u) was cut off, or is under way; take it back with: guestctl grub rollback",
                          saved->time, saved->number);
        else if (saved->trial && saved->state == SAVED_APPLIED)
            output_notice(options, "a trial of \"%s\" waits; keep it with guestctl grub confirm once it runs, or end it with guestctl grub rollback",
                          saved->options);
    }
}

static void show_saved(const Shown *shown, const Options *options)
{
    static const char *const headings[] = {"GENERATION", "TIME", "STATE", "OPTIONS", NULL};
    g_autoptr(Table) table = table_new(headings);
    for (guint i = 0; i < shown->saved->len; i++) {
        const Saved *saved = shown->saved->pdata[i];
        g_autofree char *number = g_strdup_printf("%u", saved->number);
        table_row(table, saved->state == SAVED_BEGUN ? TINT_BAD : TINT_NONE, number, saved->time, state_text(saved), saved->options);
    }
    if (table_rows(table) == 0)
        return;
    output_text(options, "\n");
    output_table(options, table);
}

static void show_text(const Shown *shown, const Options *options)
{
    const BootConfig *config = shown->config;
    output_line(options, "target:    %s (%s)", config->target->name, shown->why);
    if (config->path)
        output_line(options, "file:      %s%s", config->path,
                    g_hash_table_contains(config->texts, config->path) ? "" : " (not there yet)");
    output_line(options, "line:      %s", config->line && *config->line ? config->line : "(empty)");
    output_line(options, "recovery:  %s",
                !config->recovery_line ? "(no recovery entries)" : *config->recovery_line ? config->recovery_line : "(empty)");
    output_text(options, "\n");
    output_reasons(options, config->reasons, true);
    if (shown->simulation) {
        output_line(options, "\nXen 4.17 will do this with the line:");
        output_reasons(options, shown->simulation->reasons, true);
    }
    show_saved(shown, options);
}

static void add_saved_json(JsonBuilder *builder, const GPtrArray *all)
{
    json_builder_set_member_name(builder, "generations");
    json_builder_begin_array(builder);
    for (guint i = 0; i < all->len; i++) {
        const Saved *saved = all->pdata[i];
        json_builder_begin_object(builder);
        json_add_int(builder, "number", saved->number);
        json_add_string(builder, "time", saved->time);
        json_add_string(builder, "state", saved_state_name(saved->state));
        json_add_bool(builder, "trial", saved->trial);
        json_add_string(builder, "target", saved->target);
        json_add_string(builder, "options", saved->options);
        json_add_string(builder, "line_before", saved->line_before);
        json_add_string(builder, "line_after", saved->line_after);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void show_json(const Shown *shown, const Options *options)
{
    const BootConfig *config = shown->config;
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-grub-show/1");
    json_add_string(builder, "target", config->target->name);
    json_add_string(builder, "why", shown->why);
    json_add_string(builder, "file", config->path);
    g_autofree char *line = g_utf8_make_valid(config->line ? config->line : "", -1);
    g_autofree char *recovery = config->recovery_line ? g_utf8_make_valid(config->recovery_line, -1) : NULL;
    json_add_string(builder, "line", line);
    json_add_string(builder, "recovery_line", recovery);
    json_add_bool(builder, "xen_is_default", config->xen_is_default);
    json_add_reasons(builder, config->reasons);
    json_builder_set_member_name(builder, "simulation");
    if (shown->simulation) {
        json_builder_begin_object(builder);
        simulation_add_json(builder, shown->simulation);
        json_builder_end_object(builder);
    } else
        json_builder_add_null_value(builder);
    add_saved_json(builder, shown->saved);
    json_builder_end_object(builder);
    output_json(options, builder);
}

bool cmd_grub_show(Options *options, GError **error)
{
    g_auto(Shown) shown = {0};
    if (!gather(&shown, options, error))
        return false;
    say_pending(&shown, options);
    say_interpreted(shown.config, options);
    if (options->json)
        show_json(&shown, options);
    else
        show_text(&shown, options);
    return true;
}
