/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

/* JSON from somebody who is not trusted.
 *
 * Why this is by hand: json-glib's parser takes comments, single quotes, trailing commas and text
 * after the document, keeps only the last of two equal keys, recurses without a limit and names a
 * line at best. Two programs that read such a document differently are how a check gets bypassed.
 * So the text is read here by RFC 8259 and nothing more; the values are json-glib's. */

typedef struct JsonStrictLimits {
    gsize max_bytes;    /* of the whole text */
    unsigned max_depth; /* of objects and arrays, at most JSON_STRICT_DEPTH_MAX */
} JsonStrictLimits;

enum { JSON_STRICT_DEPTH_MAX = 64 };

/* The values of TEXT, which must be one JSON document: UTF-8, no NUL (not even as \u0000), no lone
 * surrogate, no duplicate key (compared after unescaping), within the limits, whole numbers within
 * 64 bits and nothing but white space after it. Else GUESTCTL_ERROR_INVALID, and the message starts
 * with "line L, column C: " (both count from 1, columns in bytes). Free with json_node_unref(). */
JsonNode *json_strict_parse(const char *text, gsize length, const JsonStrictLimits *limits, GError **error);

/* TEXT in a form that is safe to print in a message: control characters, quotes and backslashes
 * escaped, broken UTF-8 as \xNN, and cut after 80 characters with "...". Free with g_free(). */
char *json_strict_shown(const char *text, gsize length);

/* "line L, column C" of the byte at OFFSET. Free with g_free(). */
char *json_strict_place(const char *text, gsize offset);
