/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/store.h"
#include "toolstack/options.h"

#include <json-glib/json-glib.h>

/* The words of the image commands. */

/* Take the properties out of the options and the arguments: --property KEY=VALUE, and the further KEY=VALUE words that OpenStack's
 * guides write behind one --property (openstack's own client takes them for images). What is left of the arguments is one word,
 * *subject, which belongs to the options. ImageChange*; caller unrefs. */
GPtrArray *image_words(const Options *options, const char **subject, GError **error);

/* What became of an image: a line, or guestctl-image-result/1. image NULL: of none; bytes: freed, or written. */
void image_result(const Options *options, const char *status, const StoredImage *image, guint64 bytes, const char *format, ...) G_GNUC_PRINTF(5, 6);
const char *image_label(const StoredImage *image); /* its name, else its id */
void image_add_stored(JsonBuilder *builder, const StoredImage *image); /* the object of guestctl-images/1 */
