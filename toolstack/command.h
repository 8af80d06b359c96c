/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "toolstack/options.h"

/* What a command needs from the machine. */
typedef enum {
    REACH_NOTHING, /* files and probes at most: works without privileges */
    REACH_READ,    /* opens the hypervisor, changes nothing */
    REACH_WAIT,    /* as READ, and Ctrl-C ends it in good order */
    REACH_CHANGE,  /* acts through perform(): --dry-run prints the plan */
} Reach;

typedef struct Command {
    const char *name;      /* one word, or two: a group and a verb in it */
    bool (*run)(Options *options, GError **error);
    const char *synopsis;  /* its arguments; "" when there are none */
    unsigned min, max;     /* how many of them */
    const char *help;      /* one line */
    const char *options;   /* names of its own options, separated by blanks */
    Reach reach;
    const char *example;   /* for its own help */
} Command;

/* The only list: help, completion and the man page check read it. Ends with a NULL name. */
extern const Command commands[];

/* By name, "grub simulate". GUESTCTL_ERROR_USAGE names the nearest one, or ours for a verb of xl or virsh. */
const Command *command_find(const char *name, GError **error);

/* Whether there are commands of two words that begin with this one. */
bool command_is_group(const char *word);
const Command *command_find_in_group(const char *group, const char *verb, GError **error);
const Command *command_of_group(const char *group, GError **error); /* of the group's word alone: a "show" that takes no argument */
GPtrArray *command_first_words(void); /* char*: each once, in order; caller unrefs */
const char *command_verb(const Command *command, const char *group); /* the word after the group; NULL: of another group */
char *command_group_verbs(const char *group);                        /* "plan, set, show"; caller frees */
bool command_takes(const Command *command, const OptionSpec *spec);
bool command_check_arguments(const Command *command, guint count, GError **error);

/* "create, start": the commands that have an option. Caller frees. */
char *command_names_taking(const OptionSpec *spec);

bool cmd_plan(Options *options, GError **error);
bool cmd_why(Options *options, GError **error);
bool cmd_define(Options *options, GError **error);
bool cmd_undefine(Options *options, GError **error);
bool cmd_create(Options *options, GError **error);
bool cmd_run(Options *options, GError **error);
bool cmd_start(Options *options, GError **error);
bool cmd_list(Options *options, GError **error);
bool cmd_show(Options *options, GError **error);
bool cmd_shutdown(Options *options, GError **error);
bool cmd_reboot(Options *options, GError **error);
bool cmd_destroy(Options *options, GError **error);
bool cmd_pause(Options *options, GError **error);
bool cmd_unpause(Options *options, GError **error);
bool cmd_console(Options *options, GError **error);
bool cmd_host_show(Options *options, GError **error);
bool cmd_host_save(Options *options, GError **error);
bool cmd_host_check(Options *options, GError **error);
bool cmd_can_run(Options *options, GError **error);
bool cmd_image_import(Options *options, GError **error);
bool cmd_image_list(Options *options, GError **error);
bool cmd_image_check(Options *options, GError **error);
bool cmd_image_show(Options *options, GError **error);
bool cmd_image_set(Options *options, GError **error);
bool cmd_image_unset(Options *options, GError **error);
bool cmd_image_export(Options *options, GError **error);
bool cmd_image_remove(Options *options, GError **error);
bool cmd_image_gc(Options *options, GError **error);
bool cmd_disk_list(Options *options, GError **error);
bool cmd_disk_resize(Options *options, GError **error);
bool cmd_disk_snapshot(Options *options, GError **error);
bool cmd_disk_revert(Options *options, GError **error);
bool cmd_disk_forget(Options *options, GError **error);
bool cmd_disk_delete(Options *options, GError **error);
bool cmd_dom0_plan(Options *options, GError **error);
bool cmd_grub_apply(Options *options, GError **error);
bool cmd_grub_confirm(Options *options, GError **error);
bool cmd_grub_diff(Options *options, GError **error);
bool cmd_grub_generate(Options *options, GError **error);
bool cmd_grub_rollback(Options *options, GError **error);
bool cmd_grub_show(Options *options, GError **error);
bool cmd_grub_check(Options *options, GError **error);
bool cmd_dom0_show(Options *options, GError **error);
bool cmd_dom0_set(Options *options, GError **error);
bool cmd_dom0_pin(Options *options, GError **error);
bool cmd_dom0_restore(Options *options, GError **error);
bool cmd_grub_simulate(Options *options, GError **error);
bool cmd_version(Options *options, GError **error);
bool cmd_help(Options *options, GError **error);
