/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The volumes that firmware and boot loaders read, where they are mounted: the EFI system partition, or the extended boot
 * partition. They are FAT: names are the same whatever their case. Paths have no root in front. */
extern const char *const esp_mounts[]; /* ends with NULL */

/* A file or folder below a folder, as it is really written. Both '/' and '\' separate; ".." is not followed. NULL: not
 * there. Caller frees. */
char *esp_find(const char *root, const char *folder, const char *path);

/* Names in a folder that match a pattern (fnmatch, any case), sorted; none when there is no such folder. Caller unrefs. */
GPtrArray *esp_list(const char *root, const char *folder, const char *pattern);

/* Which of esp_mounts a path is on; NULL: none. */
const char *esp_of(const char *path);
