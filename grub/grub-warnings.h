/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "grub/menu.h"

/* What an administrator should know before GRUB's files are changed: each adds Reason* to reasons. */

/* Which files are read and which of them set what ours sets. others: see BootConfig. */
void grub_warn_of_files(GPtrArray *reasons, const GPtrArray *files, const char *ours, GHashTable *others);

/* What is booted when nobody chooses; whether that is Xen. environment: the text of grubenv, or NULL. */
bool grub_warn_of_menu(GPtrArray *reasons, const char *cfg, const Menu *menu, const char *environment);

/* Kernels below root that cannot be dom0's. */
void grub_warn_of_kernels(GPtrArray *reasons, const char *root);
