/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/import.h"

typedef struct ImageExport {
    const Paths *paths; /* whose store and guests are not written over */
    const char *path;  /* of the new file; its metadata goes into PATH.meta.json */
    bool convert;      /* to format, when the image has another */
    DiskFormat format;
    bool force;        /* replace what is there */
    ImportProgress *progress; /* NULL: nobody looks */
    void *data;
} ImageExport;

/* Whether the two files can be written there: what image_export() refuses before it writes. */
bool image_export_check(const ImageExport *wish, GError **error);

/* Write an image of the store into a file, sparse, and its metadata as it counts now beside it, so that an import of the two gives
 * the same image. Each file appears whole or not at all. EXISTS when one is there; INVALID for a file in the store or among the guests' own. */
bool image_export(const StoredImage *image, const ImageExport *wish, GCancellable *cancel, GError **error);
