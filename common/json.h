/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "common/reason.h"

/* Small helps over json-glib that every document of ours shares. */

/* Add a member; a NULL string becomes null. */
void json_add_string(JsonBuilder *builder, const char *name, const char *value);
void json_add_bool(JsonBuilder *builder, const char *name, bool value);
void json_add_int(JsonBuilder *builder, const char *name, gint64 value);
void json_add_strings(JsonBuilder *builder, const char *name, const char *const *values); /* NULL: empty */
void json_add_reasons(JsonBuilder *builder, const GPtrArray *reasons); /* "reasons": [...] */

/* The text of what was built, which is consumed: pretty with a newline at its end, or one line without. */
char *json_finish(JsonBuilder *builder, bool pretty);

/* A document of ours, read strictly (json-strict.h): its root is an object whose "format" is format. max is
 * in bytes. GUESTCTL_ERROR_INVALID names source and place. Free with json_node_unref(). */
JsonNode *json_open(const char *text, gsize length, gsize max, const char *source, const char *format, GError **error);

/* A member by type: false with GUESTCTL_ERROR_INVALID when it has another one; absent or null leaves *value. */
bool json_get_string(JsonObject *object, const char *name, char **value, GError **error); /* replaces, caller owns */
bool json_get_bool(JsonObject *object, const char *name, bool *value, GError **error);
bool json_get_uint(JsonObject *object, const char *name, guint64 *value, GError **error);
bool json_get_strings(JsonObject *object, const char *name, GStrv *value, GError **error);
bool json_get_reasons(JsonObject *object, GPtrArray *reasons, GError **error);
