/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Write bytes at an offset of a file that is empty from there on. Blocks of zeros stay holes: the caller sets the file's size in the
 * end. In order, so that all before the end of a file that was cut off is right. False with errno. */
bool sparse_write(int fd, const guint8 *bytes, gsize length, guint64 at);
