/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "inspect/disk.h"

/* Called for each piece of what was packed, in order. False: it is enough. */
typedef bool UnpackSink(void *data, const guint8 *bytes, gsize length);

/* By the first bytes: "none" for an ELF file, "gzip", "xz", "lzma", "bzip2", "lzo", "lz4", "zstd" or "unknown". */
const char *unpack_name(const guint8 *bytes, gsize length);

/* Whatever stands at a place, by its name, until sink has enough or 48 MiB have come out. False when it cannot be unpacked here
 * (bzip2, lzo, unknown) or breaks before sink had enough. */
bool unpack(Disk *from, guint64 at, guint64 length, const char *name, UnpackSink *sink, void *data);
