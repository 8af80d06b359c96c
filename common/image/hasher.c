/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/hasher.h"

enum { BUFFERS = 8 };

typedef struct Piece {
    guint8 *bytes;
    gsize length;
} Piece;

struct Hasher {
    GChecksum *sha512, *other; /* other NULL: it is SHA-512 too */
    GAsyncQueue *free;         /* Piece* */
    GAsyncQueue *full;         /* Piece*, then one without bytes: the end */
    GThread *thread;           /* NULL: it has ended */
    Piece pieces[BUFFERS], last;
};

static gpointer hash(gpointer data)
{
    Hasher *hasher = data;
    for (Piece *piece; (piece = g_async_queue_pop(hasher->full))->bytes;) {
        g_checksum_update(hasher->sha512, piece->bytes, (gssize)piece->length);
        if (hasher->other)
            g_checksum_update(hasher->other, piece->bytes, (gssize)piece->length);
        g_async_queue_push(hasher->free, piece);
    }
    return NULL;
}

Hasher *hasher_new(GChecksumType other)
{
    Hasher *hasher = g_new0(Hasher, 1);
    hasher->sha512 = g_checksum_new(G_CHECKSUM_SHA512);
    hasher->other = other == G_CHECKSUM_SHA512 ? NULL : g_checksum_new(other);
    hasher->free = g_async_queue_new();
    hasher->full = g_async_queue_new();
    for (gsize i = 0; i < BUFFERS; i++) {
        hasher->pieces[i].bytes = g_malloc(HASHER_BUFFER);
        g_async_queue_push(hasher->free, &hasher->pieces[i]);
    }
    hasher->thread = g_thread_new("hash", hash, hasher);
    return hasher;
}

guint8 *hasher_buffer(Hasher *hasher)
{
    return ((Piece *)g_async_queue_pop(hasher->free))->bytes;
}

void hasher_push(Hasher *hasher, guint8 *buffer, gsize length)
{
    for (gsize i = 0; i < BUFFERS; i++)
        if (hasher->pieces[i].bytes == buffer) {
            hasher->pieces[i].length = length;
            g_async_queue_push(length ? hasher->full : hasher->free, &hasher->pieces[i]);
        }
}

const char *hasher_end(Hasher *hasher, const char **other)
{
    if (hasher->thread) {
        g_async_queue_push(hasher->full, &hasher->last);
        g_thread_join(hasher->thread);
        hasher->thread = NULL;
    }
    *other = g_checksum_get_string(hasher->other ? hasher->other : hasher->sha512);
    return g_checksum_get_string(hasher->sha512);
}

void hasher_free(Hasher *hasher)
{
    const char *ignored;
    if (!hasher)
        return;
    hasher_end(hasher, &ignored);
    for (gsize i = 0; i < BUFFERS; i++)
        g_free(hasher->pieces[i].bytes);
    g_async_queue_unref(hasher->free);
    g_async_queue_unref(hasher->full);
    g_checksum_free(hasher->sha512);
    if (hasher->other)
        g_checksum_free(hasher->other);
    g_free(hasher);
}
