/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "toolstack/options.h"

/* The image service through the image commands: what --remote and "glance:" mean where no image is imported. In guestctl itself
 * each of these goes on in guestctl-image (image-program.c) and comes back only when it cannot. */

bool image_remote_list(const Options *options, GError **error);

/* Its document as it came. Caller frees. */
char *image_remote_document(const Options *options, const char *name_or_id, GError **error);

/* Carry changes (ImageChange*) out there, and its new name when --name gives one; with --dry-run say them. */
bool image_remote_change(const Options *options, const char *name_or_id, const GPtrArray *changes, GError **error);
