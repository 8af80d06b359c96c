/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The texts of HTTP, without I/O. */

/* A URL as it may be shown: without password and without query, which can be a password. Free with g_free(). */
char *http_url_shown(const char *url);

/* Whether two URLs name one server: scheme, host, port. */
bool http_same_origin(const char *a, const char *b);

/* Where an answer from that URL points to. INVALID: not http or https, or from https to http. */
char *http_redirect_target(const char *from, const char *location, GError **error);

/* "bytes 0-9/10". A range or a total that is not said ("*") leaves -1. False, and nothing changed: it is not one. */
bool http_parse_content_range(const char *value, gint64 *first, gint64 *last, gint64 *total);

/* What the body of an error says, as one short line that is safe to print: Keystone's JSON, Glance's HTML, plain text.
 * NULL: nothing. Free with g_free(). */
char *http_error_text(const char *body, gsize length);

/* The last part of a URL's path, decoded: "debian.qcow2". NULL: it has none that is good as a name. Free with g_free(). */
char *http_url_name(const char *url);
