/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "grub/boot-target.h"

/* GRUB's settings: /etc/default/grub, and the drop-ins beside it where grub-mkconfig reads them. They are shell text, so a
 * shell says what they set; nothing here takes them apart. */

#define DEFAULTS_FILE "/etc/default/grub"
#define DEFAULTS_FOLDER "/etc/default/grub.d"
#define DEFAULTS_MAX (100 * 1024) /* bytes of one file: it becomes a word of a command line */

typedef enum {
    DEFAULTS_XEN,         /* GRUB_CMDLINE_XEN: of every entry */
    DEFAULTS_XEN_DEFAULT, /* GRUB_CMDLINE_XEN_DEFAULT: after it, but not in recovery entries */
    DEFAULTS_ENTRY,       /* GRUB_DEFAULT */
    DEFAULTS_NO_RECOVERY, /* GRUB_DISABLE_RECOVERY */
    DEFAULTS_COUNT,
} DefaultsKey;

/* What is set after one of the files was read. */
typedef struct DefaultsValues {
    char *value[DEFAULTS_COUNT]; /* "" when it is not set */
} DefaultsValues;

/* The files that grub-mkconfig reads, in its order: BootFile*. */
GPtrArray *defaults_files(const char *root, bool with_folder, GError **error);

/* What is set after each of these texts: DefaultsValues*, as many as there are files. The shell gets no environment, and of
 * grub-mkconfig's own functions those that drop-ins call. GUESTCTL_ERROR_INVALID names the file that it stumbles over. */
GPtrArray *defaults_evaluate(const GPtrArray *files, GError **error);

/* The line of a normal entry, and of a recovery entry (NULL: there are none). Caller frees. */
char *defaults_line(const DefaultsValues *values);
char *defaults_recovery_line(const DefaultsValues *values);

/* Whether each word stands in these files as it is: not a character that they or GRUB would interpret.
 * GUESTCTL_ERROR_INVALID names option and character. */
bool defaults_check_words(const Cmdline *options, GError **error);
