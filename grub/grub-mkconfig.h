/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* GRUB's own programs below a root: the system's ("") or that of a tree, where they run within it (chroot). */

/* The first of these names (NULL ends them) in the folders of programs below root; NULL: none is there. */
const char *grub_program(const char *root, const char *const *names);
char *grub_program_words(const char *root, const char *program, const char *arguments); /* caller frees */

/* What makes grub.cfg anew: update-grub, or grub2-mkconfig, or grub-mkconfig. Also when none is there. Caller frees. */
char *grub_mkconfig_words(const char *root);
/* Whether the grub-mkconfig below root reads /etc/default/grub.d (Debian's does, upstream's does not). */
bool grub_mkconfig_reads_folder(const char *root);

const char *grub_folder(const char *root); /* "/boot/grub2" where there is one, else "/boot/grub" */
const char *grub_cfg(const char *root);    /* grub.cfg in it */
const char *grub_env(const char *root);    /* grubenv in it */
char *grub_read(const char *root, const char *path, GError **error); /* a file of GRUB's, as text; caller frees */
char *grub_environment(const char *grubenv, const char *name); /* a variable of its block; NULL: not set. Caller frees */

/* That the default entries of grub.cfg give Xen this line, and the recovery entries the other (NULL: there need be none), and
 * that GRUB can read the whole file. GUESTCTL_ERROR_UNSUPPORTED when no entry starts Xen, GUESTCTL_ERROR_INVALID when GRUB would
 * interpret a character of the line. */
bool grub_cfg_check(const char *root, const char *line, const char *recovery_line, GError **error);
