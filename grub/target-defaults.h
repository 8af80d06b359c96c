/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grub/boot-target.h"

/* What GRUB's two targets share: they differ in the file that is ours, and in who reads it. */

/* path: the file with our part. override_path: one in which GRUB_DEFAULT is kept from Debian's xen.cfg; NULL: none. */
bool target_defaults_read(const char *root, const char *path, const char *override_path, BootConfig *config, GError **error);
bool target_defaults_edit(const BootConfig *config, const Cmdline *options, bool set_default, GPtrArray *add, GError **error);
char *target_defaults_lost(const BootConfig *config, const GPtrArray *files, const char *word, bool recovery);
bool target_defaults_preview(const BootConfig *config, const GPtrArray *files, char **line, char **recovery_line, GError **error);
