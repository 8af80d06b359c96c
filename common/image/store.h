/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "common/disk-format.h"
#include "common/image/meta.h"
#include "common/image/passport.h"
#include "common/lock.h"
#include "common/paths.h"

/* The image store (docs/decisions/0006): images that guests share and none writes. An image that was put there by hand is a
 * folder images/NAME with disk and, where there is metadata, meta.json: its name is its id. */

typedef struct StoredImage {
    char *id;     /* the image service's, else a UUID made of the content and the name */
    char *name;   /* NULL: none */
    char *folder; /* absolute */
    char *disk;   /* absolute; never written */
    char *document; /* its metadata as it came: a path; NULL: none came */
    char *sha512; /* lower-case hex; NULL: it was put there by hand */
    char *source; /* where it came from; NULL: as above */
    char *source_key; /* ImageSource.key */
    char *converted;  /* the format that the source had, when it was converted; NULL */
    char *source_sha512; /* what the source's content had, when it was converted; NULL */
    DiskFormat format;
    guint64 file_size, virtual_size; /* bytes */
    gint64 imported;                 /* seconds since 1970; 0: not known */
    Passport *passport;              /* NULL: it was not looked at */
    GPtrArray *changes;              /* ImageChange*: what `image set` changed; never NULL */
} StoredImage;

void stored_image_free(StoredImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoredImage, stored_image_free)

/* By name or id, without reading the others. NOT_FOUND names the nearest. */
StoredImage *image_store_find(const Paths *paths, const char *name_or_id, GError **error);
/* The same, but NULL without an error when there is none, for whom that is no fault. */
StoredImage *image_store_look(const Paths *paths, const char *name_or_id, GError **error);

/* Its metadata: the document as it came, with what `image set` changed. Of an image without either it is empty. */
ImageMeta *image_store_metadata(const StoredImage *image, GError **error);

/* All, sorted by name, then id. StoredImage*. A folder that cannot be read is an error that names it. */
GPtrArray *image_store_list(const Paths *paths, GError **error);

/* INVALID unless it can be an image's name: UTF-8 of 1 to 200 bytes, no control characters, no "/" and no "=", no blank at an
 * end, not beginning with "." or "-" or "glance:". */
bool image_name_check(const char *name, GError **error);

/* Held while the store is changed, for a moment. Waits for another one; EXISTS after 30 s, INTERRUPTED. */
Lock *image_store_lock(const Paths *paths, const char *doing, GCancellable *cancel, GError **error);

/* Changes, each under the lock, which they take. A NAME that is taken is EXISTS. */
bool image_store_set(const Paths *paths, const char *name_or_id, const char *new_name, const GPtrArray *changes, GCancellable *cancel, GError **error);

/* Remove an image and nothing that others use. EXISTS names those that do, unless forced. dry_run: only that is looked at. */
bool image_store_remove(const Paths *paths, const StoredImage *image, bool force, bool dry_run, GCancellable *cancel, GError **error);

/* Who uses it: texts such as "guest \"web\"", for messages. char*. What cannot be read counts as one who does, or is an error. */
GPtrArray *image_store_users(const Paths *paths, const StoredImage *image, GError **error);

/* Remove what crashes have left: imports that nobody goes on with, removed images, names and contents without one. *freed is in
 * bytes, *things how many. */
bool image_store_gc(const Paths *paths, bool dry_run, guint64 *freed, guint *things, GCancellable *cancel, GError **error);
