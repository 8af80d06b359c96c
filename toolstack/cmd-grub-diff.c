/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/json.h"
#include "toolstack/boot-change.h"
#include "toolstack/command.h"
#include "toolstack/output.h"

static void add_valid(JsonBuilder *builder, const char *name, const char *text)
{
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;
    json_add_string(builder, name, valid);
}

static void show_json(const Options *options, const BootChange *change)
{
    const BootConfig *config = change->config;
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-grub-files/1");
    json_add_string(builder, "target", config->target->name);
    add_valid(builder, "line_before", config->line);
    add_valid(builder, "line_after", change->line);
    add_valid(builder, "recovery_line_after", change->recovery_line);
    json_builder_set_member_name(builder, "files");
    json_builder_begin_array(builder);
    for (guint i = 0; i < change->files->len; i++) {
        const BootFile *file = change->files->pdata[i];
        json_builder_begin_object(builder);
        json_add_string(builder, "path", file->path);
        add_valid(builder, "before", g_hash_table_lookup(config->texts, file->path));
        add_valid(builder, "after", file->text);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_add_reasons(builder, config->reasons);
    json_builder_set_member_name(builder, "simulation");
    json_builder_begin_object(builder);
    simulation_add_json(builder, change->simulation);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    output_json(options, builder);
}

static void show_files(const Options *options, const BootChange *change)
{
    if (change->files->len == 0)
        output_line(options, "# nothing to change: Xen's line is %s", change->line);
    for (guint i = 0; i < change->files->len; i++) {
        const BootFile *file = change->files->pdata[i];
        output_line(options, "# %s%s", file->path, file->text ? "" : " (removed)");
        output_text(options, file->text ? file->text : "");
    }
}

static BootChange *decide(Options *options, GError **error)
{
    g_autoptr(BootChange) change = boot_change_new(options, options_argument(options, 0), options->set_default, error);
    if (!change || !boot_change_warn(change, options, error))
        return NULL;
    if (options->json)
        show_json(options, change);
    return g_steal_pointer(&change);
}

/* Shown whatever Xen thinks of it: the check's error comes after the result. */
bool cmd_grub_generate(Options *options, GError **error)
{
    g_autoptr(BootChange) change = decide(options, error);
    if (!change)
        return false;
    if (!options->json)
        show_files(options, change);
    return boot_change_check(change, options, error);
}

bool cmd_grub_diff(Options *options, GError **error)
{
    g_autoptr(BootChange) change = decide(options, error);
    g_autofree char *diff = change ? boot_change_diff(change, error) : NULL;
    if (!diff)
        return false;
    if (!options->json)
        output_text(options, diff);
    return boot_change_check(change, options, error);
}
