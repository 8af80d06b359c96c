/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/import.h"

/* The content of a source, hashed on its way into a file. */
typedef struct Fetch {
    const char *folder; /* FOLDER/partial while it comes, FOLDER/SHA512.whole afterwards */
    GChecksumType hash; /* of hash_value */
    const char *hash_value; /* lower-case hex; NULL: not declared */
    ImportProgress *progress;
    void *data;
    GCancellable *cancel;
    bool worth_keeping; /* set on failure: another try can go on from what has come */
} Fetch;

/* Its SHA-512. Goes on with a partial file that is there. Caller frees. */
char *fetch_content(Fetch *fetch, ImageSource *source, GError **error);

/* SHA-512 of a file that is open. Caller frees. */
char *fetch_hash(const Fetch *fetch, int fd, const char *path, GError **error);

/* FOLDER/SHA512.whole. Caller frees. */
char *fetch_whole(const char *folder, const char *sha512);
/* The SHA-512 of a content that is there whole, or NULL. Caller frees. */
char *fetch_found(const char *folder);
