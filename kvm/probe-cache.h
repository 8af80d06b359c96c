/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Answers that cost milliseconds to find again, kept in ROOT/run/guestctl/probe. The key names everything that
 * the answer depends on (a file's size and times, the boot), so a stale answer is never asked for. Keeping
 * is an optimisation: it never fails. Neither key nor value may hold a tab or a newline. */
char *probe_cache_get(const char *key); /* NULL: not known. Caller frees */
void probe_cache_put(const char *key, const char *value);

/* "KIND PATH SIZE MTIME CTIME RDEV", or NULL when there is no such file. Caller frees. */
char *probe_cache_key(const char *kind, const char *path);
