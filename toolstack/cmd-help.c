/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "toolstack/command.h"
#include "toolstack/completion.h"
#include "toolstack/output.h"

static void show_options(const Options *options, const Command *command)
{
    g_autoptr(Table) table = table_new(NULL);
    for (const OptionSpec *spec = option_specs; spec->name; spec++) {
        if (command ? !command_takes(command, spec) : !spec->global)
            continue;
        g_autofree char *letter = spec->letter ? g_strdup_printf("-%c, ", spec->letter) : g_strdup("    ");
        g_autofree char *name =
            g_strdup_printf("  %s--%s%s%s", letter, spec->name, spec->value ? " " : "", spec->value ? spec->value : "");
        table_row(table, TINT_NONE, name, spec->help);
    }
    output_table(options, table);
}

/* All, or those of one group. */
static void show_commands(const Options *options, const char *group)
{
    g_autoptr(Table) table = table_new(NULL);
    for (const Command *command = commands; command->name; command++) {
        if (group && !command_verb(command, group))
            continue;
        g_autofree char *name = g_strdup_printf("  %s%s%s", command->name, *command->synopsis ? " " : "", command->synopsis);
        table_row(table, TINT_NONE, name, command->help);
    }
    output_table(options, table);
}

static void show_one(const Options *options, const Command *command)
{
    output_line(options, "usage: guestctl %s%s%s%s\n\n%s", command->name, *command->options ? " [OPTION...]" : "",
                *command->synopsis ? " " : "", command->synopsis, command->help);
    if (*command->options) {
        output_line(options, "\noptions:");
        show_options(options, command);
    }
    output_line(options, "\nfor example:\n  %s\n\nEvery command also takes the options of: guestctl help", command->example);
}

static void show_all(const Options *options)
{
    output_line(options, "usage: guestctl COMMAND [OPTION...]\n\nBoot and run virtual machines from image metadata, on Xen, KVM or QEMU."
                         "\n\ncommands:");
    show_commands(options, NULL);
    output_line(options, "\noptions of every command:");
    show_options(options, NULL);
    output_line(options, "\nMore on a command: guestctl help COMMAND. Everything: man guestctl");
}

static void show_group(const Options *options, const char *group)
{
    output_line(options, "usage: guestctl %s VERB [OPTION...]\n\nverbs:", group);
    show_commands(options, group);
    output_line(options, "\nMore on one of them: guestctl help %s VERB", group);
}

/* "create", "grub simulate", "grub": what help is wanted for. NULL: all of it. Caller frees. */
static char *topic_of(const Options *options)
{
    if (options->help)
        return g_strdup(options->command ? options->command->name : options->group);
    return options->arguments->len > 0 ? g_strjoin(" ", options_argument(options, 0), options_argument(options, 1), NULL) : NULL;
}

bool cmd_help(Options *options, GError **error)
{
    if (options->completion) {
        g_autofree char *script = NULL;
        if (!g_str_equal(options->completion, "bash")) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "--completion: \"%s\" is not a shell that is known (use bash)",
                        options->completion);
            return false;
        }
        script = completion_bash();
        output_text(options, script);
        return true;
    }
    g_autofree char *topic = topic_of(options);
    if (topic && command_is_group(topic)) {
        show_group(options, topic);
        return true;
    }
    const Command *command = topic ? command_find(topic, error) : NULL;
    if (topic && !command)
        return false;
    if (command)
        show_one(options, command);
    else
        show_all(options);
    return true;
}
