/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/disk-format.h"
#include "common/image/meta.h"
#include "common/image/passport.h"
#include "common/paths.h"

/* The image store (docs/decisions/0006): images that guests share and none writes. */

typedef struct StoredImage {
    char *id;     /* the image service's, else a UUID made of the content */
    char *name;   /* NULL: none */
    char *folder; /* absolute */
    char *disk;   /* absolute; never written */
    char *sha512; /* lower-case hex */
    char *source; /* where it came from */
    DiskFormat format;
    guint64 file_size, virtual_size; /* bytes */
    gint64 imported;                 /* seconds since 1970 */
    Passport *passport;              /* NULL: it was not looked at */
} StoredImage;

void stored_image_free(StoredImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoredImage, stored_image_free)

/* By name or id, without reading the others. NOT_FOUND names the nearest. */
StoredImage *image_store_find(const Paths *paths, const char *name_or_id, GError **error);

/* Its metadata: the document as it came, with what `image set` changed. */
ImageMeta *image_store_metadata(const StoredImage *image, GError **error);

/* All, sorted by name, then id. StoredImage*. A folder that cannot be read is an error that names it. */
GPtrArray *image_store_list(const Paths *paths, GError **error);
