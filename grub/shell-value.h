/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* NAME=value lines of a file that a shell reads. Only plain values are understood: bare, or in quotes without anything that
 * the shell would work out. What else the shell would do with the file is not looked at. */

/* The value of the last one. NULL without an error: there is none; GUESTCTL_ERROR_INVALID names the line: it is not plain.
 * Caller frees. */
char *shell_value_get(const char *text, const char *name, GError **error);

guint shell_value_count(const char *text, const char *name);

/* Whether the name is set in one place and that is a line of its own, not part of an if, a loop or a function:
 * GUESTCTL_ERROR_INVALID names the lines where it is not so. */
bool shell_value_check_alone(const char *text, const char *name, GError **error);

/* The text with the last one changed in its quotes, or a line more. GUESTCTL_ERROR_INVALID when the shell would interpret the
 * value. Caller frees. */
char *shell_value_set(const char *text, const char *name, const char *value, GError **error);
