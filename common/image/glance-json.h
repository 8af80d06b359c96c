/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

/* The image service's JSON, without I/O. It is not trusted. */

/* A text of at most max bytes that is an object. Free with json_node_unref(). */
JsonNode *glance_parse(const char *text, gsize length, gsize max, GError **error);

/* A member that is a string; "" when it is not there or no string. Owned by the object. */
const char *glance_text(JsonObject *object, const char *name);

/* An id becomes the name of a folder: INVALID unless it is a UUID. */
bool glance_has_good_id(JsonObject *image, GError **error);

/* One page of a list, its images added as JsonNode*; *next, owned by the caller, is the path of the page after it, or NULL. */
bool glance_page(const char *text, gsize length, GPtrArray *images, char **next, GError **error);

/* "key=value" into two texts of the caller's. */
bool glance_split(const char *pair, char **key, char **value, GError **error);

/* The body of a PATCH that makes the changes, "key=value" or "key" to remove it, in that document. Free with g_free(). */
char *glance_patch(const char *document, const char *const *changes, GError **error);
