/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/host.h"
#include "common/plan.h"
#include "grub/grub.h"
#include "toolstack/options.h"

/* What a change of Xen's line in the boot loader's files will be: decided, and nothing done yet. */
typedef struct BootChange {
    BootConfig *config;
    char *why;        /* why this target */
    Host *host;
    Cmdline *options; /* that shall stand in the line */
    GPtrArray *files; /* BootFile*: those that become different ones */
    char *line, *recovery_line; /* afterwards */
    Simulation *simulation;     /* of line */
    bool set_default;
} BootChange;

/* --target's files, or those that this machine boots Xen with. *why is the caller's. */
BootConfig *boot_config_of(const Options *options, char **why, GError **error);

/* line: the options; NULL: the policy's. */
BootChange *boot_change_new(const Options *options, const char *line, bool set_default, GError **error);
void boot_change_free(BootChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BootChange, boot_change_free)

/* Xen does with the whole line what the options ask for. GUESTCTL_ERROR_INVALID names who else has a word in it; --force goes
 * on against a doubt, not when dom0 would not start. */
bool boot_change_check(const BootChange *change, const Options *options, GError **error);

/* The difference of one file (diff -u). Caller frees. */
char *boot_diff(const BootConfig *config, const BootFile *file, GError **error);
/* That of each file, then the line's. Caller frees. */
char *boot_change_diff(const BootChange *change, GError **error);
/* What was seen that the administrator should know, as notices; GUESTCTL_ERROR_INVALID under --strict when there is some. */
bool boot_change_warn(const BootChange *change, const Options *options, GError **error);

/* The files, then the loader's own made anew. */
Plan *boot_change_plan(const BootChange *change);
/* The program that makes the loader's own file is there and can be run. */
bool boot_change_check_program(const BootConfig *config, GError **error);
char *boot_path(const BootConfig *config, const char *path); /* with the root in front; caller frees */
