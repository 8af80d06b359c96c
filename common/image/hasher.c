/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/hasher.h"

#include <stdbool.h>

#include <openssl/evp.h>

#include "common/error.h"

enum { BUFFERS = 8 };

typedef struct Digest {
    EVP_MD_CTX *context;
    char hex[EVP_MAX_MD_SIZE * 2 + 1]; /* once it has ended */
} Digest;

typedef struct Piece {
    guint8 *bytes;
    gsize length;
} Piece;

struct Hasher {
    Digest sha512, other; /* without a context: it is SHA-512 too */
    GAsyncQueue *free;         /* Piece* */
    GAsyncQueue *full;         /* Piece*, then one without bytes: the end */
    GThread *thread;           /* NULL: it has ended */
    Piece pieces[BUFFERS], last;
};

static gpointer hash(gpointer data)
{
    Hasher *hasher = data;
    for (Piece *piece; (piece = g_async_queue_pop(hasher->full))->bytes;) {
        EVP_DigestUpdate(hasher->sha512.context, piece->bytes, piece->length);
        if (hasher->other.context)
            EVP_DigestUpdate(hasher->other.context, piece->bytes, piece->length);
        g_async_queue_push(hasher->free, piece);
    }
    return NULL;
}

static bool digest_begin(Digest *digest, GChecksumType type, GError **error)
{
    const EVP_MD *const types[] = {[G_CHECKSUM_MD5] = EVP_md5(),       [G_CHECKSUM_SHA1] = EVP_sha1(),     [G_CHECKSUM_SHA256] = EVP_sha256(),
                                   [G_CHECKSUM_SHA384] = EVP_sha384(), [G_CHECKSUM_SHA512] = EVP_sha512()};
    digest->context = EVP_MD_CTX_new();
    if (digest->context && EVP_DigestInit_ex(digest->context, types[type], NULL) == 1)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "OpenSSL does not compute this hash here; see openssl.cnf, or have the image hashed by SHA-512");
    return false;
}

static const char *digest_end(Digest *digest)
{
    guint8 bytes[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (*digest->hex == '\0') {
        EVP_DigestFinal_ex(digest->context, bytes, &length);
        for (unsigned i = 0; i < length; i++)
            g_snprintf(digest->hex + (gsize)i * 2, 3, "%02x", bytes[i]);
    }
    return digest->hex;
}

Hasher *hasher_new(GChecksumType other, GError **error)
{
    g_autoptr(Hasher) hasher = g_new0(Hasher, 1);
    if (!digest_begin(&hasher->sha512, G_CHECKSUM_SHA512, error) || (other != G_CHECKSUM_SHA512 && !digest_begin(&hasher->other, other, error)))
        return NULL;
    hasher->free = g_async_queue_new();
    hasher->full = g_async_queue_new();
    for (gsize i = 0; i < BUFFERS; i++) {
        hasher->pieces[i].bytes = g_malloc(HASHER_BUFFER);
        g_async_queue_push(hasher->free, &hasher->pieces[i]);
    }
    hasher->thread = g_thread_new("hash", hash, hasher);
    return g_steal_pointer(&hasher);
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

static void stop(Hasher *hasher)
{
    if (!hasher->thread)
        return;
    g_async_queue_push(hasher->full, &hasher->last);
    g_thread_join(hasher->thread);
    hasher->thread = NULL;
}

const char *hasher_end(Hasher *hasher, const char **other)
{
    stop(hasher);
    const char *sha512 = digest_end(&hasher->sha512);
    *other = hasher->other.context ? digest_end(&hasher->other) : sha512;
    return sha512;
}

void hasher_free(Hasher *hasher)
{
    if (!hasher)
        return;
    stop(hasher);
    for (gsize i = 0; i < BUFFERS; i++)
        g_free(hasher->pieces[i].bytes);
    g_clear_pointer(&hasher->free, g_async_queue_unref);
    g_clear_pointer(&hasher->full, g_async_queue_unref);
    EVP_MD_CTX_free(hasher->sha512.context);
    EVP_MD_CTX_free(hasher->other.context);
    g_free(hasher);
}
