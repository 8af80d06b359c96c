/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Hashes in a thread of its own what another one reads and writes: an import takes as long as the slower of the two, and a few
 * buffers are all the memory that it needs. By OpenSSL, which is twice as fast as GLib's own SHA-512 (docs/performance.md). */
typedef struct Hasher Hasher;

enum { HASHER_BUFFER = 1024 * 1024 }; /* bytes */

/* SHA-512, and another one beside it when that is another. UNSUPPORTED when OpenSSL does not compute it here (MD5 where only FIPS is
 * allowed). */
Hasher *hasher_new(GChecksumType other, GError **error);
guint8 *hasher_buffer(Hasher *hasher);                              /* to fill; waits until one is free */
void hasher_push(Hasher *hasher, guint8 *buffer, gsize length);     /* its content comes next. length 0: only gives it back */
const char *hasher_end(Hasher *hasher, const char **other);         /* lower-case hex of both, owned by the hasher */
void hasher_free(Hasher *hasher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hasher, hasher_free)
