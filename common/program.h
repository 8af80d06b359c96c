/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Where a program of ours is that guestctl starts: beside guestctl in a build tree, else where it is installed. variable names an
 * environment variable that says another place, for tests; it is not read where guestctl has rights that its caller has not. NOT_FOUND.
 * Caller frees. */
char *program_find(const char *name, const char *variable, GError **error);
