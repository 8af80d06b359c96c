/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "common/image/source.h"

/* HTTP by libcurl, for servers that are not trusted: http and https only, TLS verified, every answer bounded, nothing waits for
 * ever. It blocks: who has a main loop asks in a thread of its own. Redirects are followed here and not by libcurl, because a
 * token must not follow them to another server. */

enum {
    HTTP_TEXT_MAX = 4 * 1024 * 1024, /* bytes of a JSON answer: a page of 50 Glance documents of 64 KiB, a large catalog */
    HTTP_STALL_S = 30,               /* seconds in which less than 1 KiB/s came */
};

/* How servers are reached; the texts belong to the caller. NULL where it is taken: the system's certificates. */
typedef struct HttpPeer {
    const char *cacert;     /* file of certificates to trust; NULL: the system's */
    const char *cert, *key; /* a certificate of our own; NULL: none */
    bool insecure;          /* believe any certificate */
} HttpPeer;

struct HttpAnswer;
typedef struct HttpRequest {
    const char *method; /* NULL: GET */
    const char *url;
    const char *token;    /* X-Auth-Token, for this URL's origin alone; NULL: none */
    const char *subject;  /* X-Subject-Token; the same */
    const char *type;     /* of the body */
    const char *body;     /* NULL: none */
    const char *range;    /* "10-": from byte 10 to the end; NULL: all */
    const char *if_range; /* an ETag or a date: range only if it is still that; NULL: in any case */
    /* Called before the first byte of a 200 or 206's body; false ends it with its error. NULL: nothing to say. */
    bool (*begin)(void *data, const struct HttpAnswer *answer, GError **error);
    void *begin_data;
    ImageSink *sink; /* where the body of a 200 or 206 goes; NULL: into the answer, at most HTTP_TEXT_MAX */
    void *sink_data;
    bool head_only; /* end when the headers of a 200 or 206 are there */
} HttpRequest;

typedef struct HttpAnswer {
    unsigned status;
    char *url;                               /* after redirects */
    GString *body;                           /* without a sink, or of an error: then its first HTTP_ERROR_MAX bytes */
    char *type, *etag, *modified, *encoding; /* headers; NULL: not there */
    char *subject_token;
    gint64 length;                           /* Content-Length; -1: not there */
    gint64 range_first, range_last, total;   /* Content-Range; -1: not there, or unknown */
} HttpAnswer;

void http_answer_free(HttpAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpAnswer, http_answer_free)

/* Any answer of the server is one, whatever its status; a body that was cut is not. REMOTE when the server cannot be reached or
 * breaks off, TIMED_OUT, INTERRUPTED, INVALID when its answer breaks our bounds; the sink's own error. *cut (may be NULL) is true
 * when the connection broke or stalled, so that asking again may help. */
HttpAnswer *http_ask(const HttpRequest *request, const HttpPeer *peer, bool *cut, GCancellable *cancel, GError **error);

/* What an answer of a wrong status means: "URL: 404 Not Found: what the server says of it", with the code that fits; doing is put in
 * front: "image \"web\"". */
void http_set_error(GError **error, const HttpAnswer *answer, const char *doing);
