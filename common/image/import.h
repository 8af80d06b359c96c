/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/source.h"
#include "common/image/store.h"

/* Bringing an image into the store. It blocks: who has a main loop calls it in a thread of its own, one at a time. */

typedef enum {
    IMPORT_WAITING,    /* for another import of the same image */
    IMPORT_CHECKING,   /* what an earlier one had brought already */
    IMPORT_COPYING,
    IMPORT_CONVERTING, /* how far is not known */
    IMPORT_PHASES,
} ImportPhase;

/* Called in the importing thread. done and total are bytes; total -1: not known. */
typedef void ImportProgress(void *data, ImportPhase phase, guint64 done, gint64 total);

typedef struct ImageImport {
    const char *name;          /* NULL: what its metadata calls it, else its source */
    const char *document;      /* its metadata; NULL: the source's */
    const char *document_name; /* where that is, for messages */
    const GPtrArray *changes;  /* ImageChange*; NULL: none */
    bool any_metadata;         /* an image of the store with this name and content will do, whatever its metadata is by now */
    bool convert;              /* to format, when it is another */
    DiskFormat format;
    ImportProgress *progress;  /* NULL: nobody looks */
    void *data;
} ImageImport;

typedef enum {
    IMPORT_NEW,
    IMPORT_SHARED, /* another image has the same content: nothing was copied */
    IMPORT_THERE,  /* this very image was there already */
    IMPORT_PLANNED, /* image_import_plan() */
} ImportResult;

/* Import what source has. On failure nothing is in the store; what has come is kept for the next import of the same source when
 * the source failed, or cancel fired (INTERRUPTED). EXISTS: another image has this name or id. INVALID: it is not what was
 * declared, or nothing should open it. RESOURCES: the disk is full, and all that had come was removed. */
StoredImage *image_import(const Paths *paths, ImageSource *source, const ImageImport *import, ImportResult *result, GCancellable *cancel,
                          GError **error);

/* What it would be called and whether it could be, without reading its content. IMPORT_PLANNED or IMPORT_THERE. Caller frees. */
char *image_import_plan(const Paths *paths, ImageSource *source, const ImageImport *import, ImportResult *result, GError **error);
