/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The INI files that people write: [kind name] groups of key = value lines, # comments on a line of their own
 * or after white space, values in double quotes when they hold a #.
 *
 * By hand and not GKeyFile, which takes the last of two equal keys, merges equal groups, knows no lines and
 * no comments behind a value: a typo or a lost line in a guest's file must be an error that names its line. */
typedef struct KeyEntry {
    char *key, *value;
    unsigned line;
} KeyEntry;

typedef struct KeyGroup {
    char *kind; /* "disk" of [disk root] */
    char *name; /* "root"; NULL when there is none */
    unsigned line;
    GPtrArray *entries; /* KeyEntry* */
} KeyGroup;

#define KEYFILE_MAX (256 * 1024) /* bytes */

/* KeyGroup* in the order of the file. GUESTCTL_ERROR_INVALID names source and line: syntax, two equal groups
 * or keys, NUL bytes, text that is not UTF-8, more than KEYFILE_MAX. */
GPtrArray *keyfile_parse(const char *text, gsize length, const char *source, GError **error);

/* Append "key = value", quoted when it has to be, so that keyfile_parse() reads the same value. INVALID for what no line can hold:
 * a control character. */
bool keyfile_add(GString *text, const char *key, const char *value, GError **error);
