/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "common/disk-format.h"

/* A copy in another format, by qemu-img, which is told the format and guesses nothing. Only of an image that was looked at. to is
 * written anew. UNSUPPORTED when QEMU cannot read or write one of them; NOT_FOUND without qemu-img; RESOURCES when the disk
 * is full. What it wrote is the caller's to remove. */
bool convert_image(const char *from, DiskFormat from_format, const char *to, DiskFormat to_format, GCancellable *cancel, GError **error);
