/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The part of a file that is ours, between two lines that say so. All else in the file is the administrator's and stays byte
 * for byte. GUESTCTL_ERROR_INVALID names the file when one of the two lines is missing, or they are there twice. */

/* What stands between the two; *inside is NULL when the file has no such part. Caller frees. */
bool boot_block_get(const char *text, const char *path, char **inside, GError **error);

/* The text with this between the two: in the old place, else at the end. inside is whole lines; NULL: without the part.
 * Caller frees. */
char *boot_block_set(const char *text, const char *path, const char *inside, GError **error);
