/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/import.h"
#include "toolstack/options.h"

/* An import as a command shows it. */
typedef struct ImageBrought {
    ImportResult result;
    StoredImage *image; /* NULL with --dry-run */
    char *planned;      /* what it would be called, with --dry-run */
    char *source;
    GPtrArray *reasons; /* Reason*: what was decided about the source; NULL: nothing */
} ImageBrought;

/* These two are in image-words.c, which both programs have. */
void image_brought_clear(ImageBrought *brought);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageBrought, image_brought_clear)
const char *image_brought_how(const ImageBrought *brought); /* "is in the store already" */

/* Import word (a file, a URL, "glance:NAME"), with a progress bar, as asked; asked->progress and data are set here. Says what was
 * decided of it, and what is wrong with its metadata. In guestctl itself this goes on in guestctl-image, from the start of the
 * command, and comes back only when it cannot. */
bool image_bring(const Options *options, const char *word, ImageImport *asked, ImageBrought *brought, GError **error);
