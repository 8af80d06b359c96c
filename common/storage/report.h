/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

/* What lvs and rbd say as JSON. They are programs of the system; what they print beside the document (warnings) is passed over,
 * and the document itself is read strictly. */

/* Run one line of words; the document that it prints. INVALID when it prints none, and the errors of run_program(). */
JsonNode *report_run(const char *words, GError **error);
/* Run lines of words one after the other. */
bool report_do(const GPtrArray *words, GError **error);

/* All of them take NULL and the wrong type, and then give NULL. Owned by the document. */
JsonArray *report_array(JsonNode *object, const char *member); /* member NULL: the node itself */
JsonNode *report_first(JsonArray *array);
const char *report_text(JsonNode *object, const char *member);
/* Copies of the text member of each object in it. */
void report_texts(JsonArray *array, const char *member, GPtrArray *texts);
bool report_has_text(JsonArray *array, const char *text);
