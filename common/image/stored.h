/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/store.h"

/* For the store's own files. Where things are: caller frees. */
char *stored_folder(const Paths *paths, const char *id);
char *stored_name_link(const Paths *paths, const char *name);
char *stored_blob(const Paths *paths, const char *sha512, DiskFormat format);
char *stored_incoming(const Paths *paths, const char *key); /* key NULL: the folder of all of them */

/* The image in a folder of the store, or NULL; INVALID when it has no disk. */
StoredImage *stored_load(const Paths *paths, const char *id, GError **error);
StoredImage *stored_new(void);

/* local.json, the document guestctl-stored-image/1. */
char *stored_to_json(const StoredImage *image);
bool stored_parse(StoredImage *image, const char *text, gsize length, const char *source, GError **error);

/* Whether a file is what is recorded of an image's disk, as far as its size and its real format tell. */
bool stored_is_sound(const char *path, const StoredImage *image);
/* The same of an image's own disk: INVALID, which names it, unless it is. */
bool stored_check_disk(const StoredImage *image, GError **error);

/* The id that a name leads to now, or NULL. Caller frees. */
char *stored_id_of_name(const Paths *paths, const char *name);

/* With the lock held. Make a name lead to an id; what it led to before is not looked at. */
bool stored_link_name(const Paths *paths, const char *name, const char *id, GError **error);

/* With the lock held: finish what was cut off, but for imports that could go on. The sizes may be NULL. */
bool stored_tidy(const Paths *paths, bool dry_run, guint64 *freed, guint *things, GError **error);

/* Remove a folder with its files and folders. *freed grows by what that gives back. What is not there is no error. */
bool stored_remove_folder(const char *folder, bool dry_run, guint64 *freed, GError **error);
