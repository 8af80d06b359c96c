/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "common/reason.h"

/* Where an image is imported from: a file, a URL, an image service. What it says is not trusted. Sources embed it first in a
 * struct of their own. */
typedef struct ImageSource ImageSource;

/* Called for each piece, in order. False stops the reading, with its error. */
typedef bool ImageSink(void *data, const void *bytes, gsize length, GError **error);

/* What the administrator said of sources. NULL where it is taken: nothing. */
typedef struct ImageSourceOptions {
    const char *certs; /* folder of the certificates by which images are signed, UUID.pem each */
    bool no_signature; /* take a signed image although nobody verifies its signature */
} ImageSourceOptions;

struct ImageSource {
    char *text;     /* for messages and local.json, without a password: "glance:debian-12" */
    char *key;      /* equal for the same content of the same source, and only then: id and checksum, URL and ETag, file and mtime */
    char *id;       /* the image service's id; NULL: the store makes one */
    char *name;     /* what it is called there; NULL: none */
    char *document; /* its metadata as it came: a Glance v2 document, or what lay beside the file. NULL: none */
    gint64 size;    /* bytes; -1 unknown */
    bool once;      /* nothing tells whether it is the same later: it comes in one piece, and what is cut off is of no use */
    char *hash_algo, *hash_value; /* what its content must hash to: os_hash_algo's word and lower-case hex. NULL: not known */
    int fd;         /* a local file that is open, so that its holes can be skipped and its blocks shared; -1: none */
    GPtrArray *reasons; /* Reason*: what was decided about it: a weak hash, a signature that nobody verifies. NULL: nothing */
    /* Read from byte offset to the end. A source that cannot begin there calls again from 0: *from is where it began.
     * TIMED_OUT when nothing comes, NOT_FOUND, DENIED, INTERRUPTED; INVALID when it ends before its size. */
    bool (*read)(ImageSource *source, guint64 offset, guint64 *from, ImageSink *sink, void *data, GCancellable *cancel, GError **error);
    /* To be called when the content is complete and its hash is right, before it is kept: fd has it as it came, and its offset
     * is not used. DENIED when it is not signed by whom it says. NULL: it has no signature. */
    bool (*verify)(ImageSource *source, int fd, GCancellable *cancel, GError **error);
    void (*free)(ImageSource *source);
};

/* Closes fd, then calls free. */
void image_source_free(ImageSource *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImageSource, image_source_free)

/* One for each kind of word: "glance:NAME-or-ID", "http://...", "https://...", else a path. Opens or asks, reads no content. */
ImageSource *image_source_open(const char *word, const ImageSourceOptions *options, GCancellable *cancel, GError **error);
ImageSource *image_source_file(const char *path, GError **error);
ImageSource *image_source_url(const char *url, GCancellable *cancel, GError **error);
ImageSource *image_source_glance(const char *name_or_id, const ImageSourceOptions *options, GCancellable *cancel, GError **error);

/* What an image of this path or URL is called: its last part, without the endings of formats. Caller frees. */
char *image_source_name(const char *path);
