/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* systemd-boot's files: lines of a key, blanks and a value, # comments on lines of their own, a value all in double quotes
 * without them (systemd 249 src/boot/efi/boot.c line_get_key_value). */

/* The last value of a key, as systemd-boot takes it. NULL: none. Caller frees. */
char *loader_get(const char *text, const char *key);
/* The text with the last line of a key replaced, or one added. Caller frees. */
char *loader_set(const char *text, const char *key, const char *value);

/* A type 1 entry of the Boot Loader Specification. */
typedef struct LoaderEntry {
    char *mount, *path; /* of its volume, and of the file */
    char *id;           /* what default= matches: the file's name without its boot counter */
    char *text;
    char *efi, *kernel; /* efi and linux: one is set, as it stands there */
    char *version, *machine_id;
    char *options;      /* all of them joined; "" when there are none */
    GPtrArray *ramdisks; /* char*: initrd, each as it stands there */
} LoaderEntry;

/* What "default" calls the entry of this file: its name without the boot counter. Caller frees. */
char *loader_id(const char *path);

LoaderEntry *loader_entry_parse(const char *mount, const char *path, const char *text); /* NULL: starts nothing */
void loader_entry_free(LoaderEntry *entry);

/* LoaderEntry*: of every volume, sorted by path. An unreadable one is left out. Caller unrefs. */
GPtrArray *loader_entries(const char *root);

/* loader.conf of the first volume that has one, or where it would be. Paths have no root in front. */
char *loader_conf_path(const char *root);

/* Whether "default PATTERN" picks an entry of this id. */
bool loader_matches(const char *id, const char *pattern);
