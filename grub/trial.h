/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "grub/cmdline.h"

/* A line that is booted once: an entry of its own in custom.cfg, and next_entry in GRUB's environment block. grub.cfg and the
 * settings that it is made of are not touched, so the boot after it is the old one. */

#define TRIAL_ID "guestctl-trial"

/* The texts of GRUB's files; NULL: not there, but for grub.cfg. */
typedef struct TrialFiles {
    const char *cfg, *environment, *custom, *user; /* user.cfg has the password of Fedora's grub2-setpassword */
} TrialFiles;

/* The menu entry: that of grub.cfg which starts Xen by default, with these options set in Xen's line and nothing else changed
 * but its title and id. *line: what it gives Xen. GUESTCTL_ERROR_UNSUPPORTED when grub.cfg starts no Xen, or would not read
 * custom.cfg or honour next_entry, or would wait for a password. Both are the caller's. */
char *trial_entry(const TrialFiles *files, const Cmdline *options, char **line, GError **error);

/* custom.cfg with the entry in our part of it, or, with NULL, without. *text is NULL when nothing is left of it.
 * Caller frees. */
bool trial_edit(const char *custom, const char *path, const char *entry, char **text, GError **error);

/* Whether GRUB can write its environment block in this folder; if not it would boot the trial for ever.
 * GUESTCTL_ERROR_UNSUPPORTED says what keeps it from that. */
bool trial_check_storage(const char *folder, GError **error);
/* The same of a file system's magic number and its device's folder in /sys (NULL: it has none). */
bool trial_check_facts(const char *folder, guint32 magic, const char *device, GError **error);

/* Whether Xen runs with these words: each of them is the running line's last one of its name. */
bool trial_is_running(const char *running, const char *options);
