/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { SSH_KEY_FILE_MAX = 64 * 1024 }; /* bytes of a file of keys */

/* A line of authorized_keys(5): options, type, key, comment. The type must be the one that the key itself begins with, so
 * that half a key, or something else, is noticed before the guest is there and lets nobody in. INVALID says what it is. */
bool ssh_key_check(const char *line, GError **error);

/* Every key of a .pub or authorized_keys file; blank lines and comments are left out. char*. INVALID names source and line,
 * and a file without a key. */
GPtrArray *ssh_keys_parse(const char *text, const char *source, GError **error);

/* Whether a word is a key itself and not a file of keys: it has a blank in it, and no file is called so. folder: what a relative
 * path counts from; NULL: the working directory. */
bool ssh_key_is_literal(const char *word, const char *folder);
