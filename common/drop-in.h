/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/sys-tree.h"

/* Folders of small configuration files, as modprobe.d(5) and udev(7) have them. */

/* Paths of all files with this suffix, by name over all folders: the order in which they are read. A name in an earlier folder
 * stands for those in later ones, and a link to /dev/null there hides them. folders ends with NULL. Caller frees. */
GStrv drop_in_paths(SysTree *tree, const char *const *folders, const char *suffix);
/* The text; "" when it cannot be read: a fault only when it might be read by somebody else. Caller frees. */
char *drop_in_read(SysTree *tree, const char *path);
