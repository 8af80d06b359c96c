/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The pieces of a compressed disk that were unpacked last: a file's bytes and the tables that say where they are lie in different
 * ones, and are read in turn. */
enum { DISK_CACHE_SLOTS = 4 };

typedef struct DiskCache {
    struct {
        guint64 number; /* of the piece, from 1; 0: nothing is in it */
        guint64 used;   /* when it was asked for */
        guint8 *bytes;
    } slots[DISK_CACHE_SLOTS];
    guint64 now;
} DiskCache;

/* Piece number, or NULL. */
static inline guint8 *disk_cache_find(DiskCache *cache, guint64 number)
{
    for (gsize i = 0; i < DISK_CACHE_SLOTS; i++)
        if (cache->slots[i].number == number + 1) {
            cache->slots[i].used = ++cache->now;
            return cache->slots[i].bytes;
        }
    return NULL;
}

/* The slot for a piece of size bytes, the same for all: that of the one which was not asked for the longest. Its bytes are NULL
 * without memory. disk_cache_keep() when they were filled. */
static inline gsize disk_cache_room(DiskCache *cache, gsize size)
{
    gsize oldest = 0;
    for (gsize i = 1; i < DISK_CACHE_SLOTS; i++)
        if (cache->slots[i].used < cache->slots[oldest].used)
            oldest = i;
    cache->slots[oldest].number = 0;
    if (!cache->slots[oldest].bytes)
        cache->slots[oldest].bytes = g_try_malloc(size);
    return oldest;
}

static inline guint8 *disk_cache_keep(DiskCache *cache, gsize slot, guint64 number)
{
    cache->slots[slot].number = number + 1;
    cache->slots[slot].used = ++cache->now;
    return cache->slots[slot].bytes;
}

static inline void disk_cache_clear(DiskCache *cache)
{
    for (gsize i = 0; i < DISK_CACHE_SLOTS; i++)
        g_free(cache->slots[i].bytes);
}
