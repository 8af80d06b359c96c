/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/meta.h"

#include <json-glib/json-glib.h>

/* The forms that image metadata comes in. This half knows documents and Glance's own fields; what
 * the custom properties mean is image-meta.c's. */

/* Fill the core fields of META from TEXT and give the custom properties as they came, in the
 * document's order: ImageProperty* with the given name and value alone. Takes the three forms of
 * image_meta_parse(); adds to META's warnings. Errors are GUESTCTL_ERROR_INVALID and begin with the
 * place. Free with g_ptr_array_unref(). */
GPtrArray *image_document_read(const char *text, gsize length, ImageMeta *meta, GError **error);

/* A property as it came. Free with image_property_free(). */
ImageProperty *image_property_new(const char *name, const char *value, const char *given_name, const char *given_value);
void image_property_free(ImageProperty *property);

/* The core fields, one at a time (image-field.c). */
typedef enum { IMAGE_FIELD_DONE, IMAGE_FIELD_CUSTOM, IMAGE_FIELD_WRONG } ImageFieldResult;

/* A field from JSON. CUSTOM: it is none of Glance's own. WRONG: *WHY says what is wrong, without
 * the place; the caller frees it. */
ImageFieldResult image_field_from_json(ImageMeta *meta, const char *name, JsonNode *node, char **why);

/* The same from the text of a key=value line, where an empty value or None is an absent one. */
ImageFieldResult image_field_from_text(ImageMeta *meta, const char *name, const char *value, char **why);

/* Fold GIVEN, which image_document_read() gave, into META's properties, unknown, warnings and
 * problems (image-fold.c). */
void image_fold(ImageMeta *meta, const GPtrArray *given);

/* Carry out changes (ImageChange*) on META's core fields and on GIVEN, the properties as they came (change.c). */
void image_changes_apply(const GPtrArray *changes, ImageMeta *meta, GPtrArray *given);
