/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/http.h"

/* A long body, in one piece for its reader although connections break: where one was cut, the rest is asked for by Range. */
typedef struct Download {
    /* Ask from range on (NULL: all), as http_ask() does; an answer that is not 200 or 206 must be an error already. */
    HttpAnswer *(*ask)(void *data, const HttpRequest *request, bool *cut, GCancellable *cancel, GError **error);
    /* Whether an answer is still about the same content; NULL: it always is. */
    bool (*same)(void *data, const HttpAnswer *answer, GError **error);
    void *data;
    const char *subject; /* for messages */
    gint64 size;         /* bytes; -1 unknown */
    bool once;           /* the rest cannot be asked for: nothing would tell that it is the rest of the same */
} Download;

/* From byte offset to the end. INVALID: it ends early or goes on too long, or is not the same any more. */
bool download_run(const Download *download, guint64 offset, ImageSink *sink, void *data, GCancellable *cancel, GError **error);
