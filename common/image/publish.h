/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/import.h"

/* The last part of an import: a content that is whole and was looked at becomes an image. */
typedef struct Publish {
    const char *folder;   /* of the import */
    const char *content;  /* a file in it */
    const char *document; /* NULL: none */
    bool any_metadata;    /* see import.h */
    StoredImage *image;   /* all but folder and disk */
    bool shared;          /* out: another image has the same content */
} Publish;

/* Puts it into the store in one step. EXISTS when its id or name is another image's; *there is set when it is in the store
 * already, with the same content, document and changes. */
bool publish_image(const Paths *paths, Publish *publish, bool *there, GCancellable *cancel, GError **error);

/* Whether an image of the store is what this one would be: false with EXISTS when only its id or name is. */
bool publish_is_same(const StoredImage *there, const StoredImage *wanted, const char *document, bool any_metadata, GError **error);
