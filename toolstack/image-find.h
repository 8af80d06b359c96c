/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/store.h"
#include "toolstack/options.h"

/* Where an image's metadata is, and the disk that it describes. */
typedef struct ImageFound {
    char *document; /* NULL: nothing is said of the disk */
    char *text;     /* that document, when it came from the image service, and document is "glance:IMAGE"; NULL: it is a file */
    char *disk;     /* NULL: only the metadata was named */
    StoredImage *stored; /* NULL: it is not of the image store */
} ImageFound;

void image_found_clear(ImageFound *found);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageFound, image_found_clear)

/* argument is "glance:IMAGE", of which the metadata is asked of the image service, a name in the image store, a disk, with metadata beside it or in --metadata, or the metadata itself: a file that
 * begins with text. Nothing is read but that beginning. NOT_FOUND when it is none of them. */
bool image_find(const char *argument, const Options *options, ImageFound *found, GError **error);

/* The metadata of what was found, with what `image set` changed. Empty of a stored image that has none; else there must be a
 * document. */
ImageMeta *image_found_metadata(const ImageFound *found, GError **error);
