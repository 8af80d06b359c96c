/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/unpack.h"

#include <lz4.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "common/disk-bytes.h"

/* Out of each packer by its own library, in pieces: what comes out is looked at and forgotten. */

enum { PIECE = 64 * 1024 };
#define OUT_MOST (G_GUINT64_CONSTANT(48) << 20)

typedef struct Flow {
    Disk *from;
    guint64 at, left; /* of what is packed */
    guint64 out;
    UnpackSink *sink;
    void *data;
    guint8 in[PIECE];
} Flow;

static const struct {
    const char *name, *bytes;
    gsize length;
} signatures[] = {
    {"none", "\x7f" "ELF", 4},       {"gzip", "\x1f\x8b", 2},  {"xz", "\xfd" "7zXZ", 6},        {"bzip2", "BZh", 3},
    {"lzo", "\x89" "LZO", 4},        {"lz4", "\x02\x21\x4c\x18", 4}, {"zstd", "\x28\xb5\x2f\xfd", 4}, {"lzma", "\x5d\0\0", 3},
};

const char *unpack_name(const guint8 *bytes, gsize length)
{
    for (gsize i = 0; i < G_N_ELEMENTS(signatures); i++)
        if (length >= signatures[i].length && memcmp(bytes, signatures[i].bytes, signatures[i].length) == 0)
            return signatures[i].name;
    return "unknown";
}

/* The next bytes of what is packed; 0 at its end, or when it cannot be read. */
static gsize take(Flow *flow)
{
    gsize length = (gsize)MIN(flow->left, (guint64)PIECE);
    if (length == 0 || !disk_read(flow->from, flow->at, flow->in, length))
        return 0;
    flow->at += length;
    flow->left -= length;
    return length;
}

/* False when no more is wanted. */
static bool give(Flow *flow, const guint8 *bytes, gsize length)
{
    flow->out += length;
    return flow->sink(flow->data, bytes, length) && flow->out < OUT_MOST;
}

static bool flow_plain(Flow *flow)
{
    for (gsize length; (length = take(flow)) > 0;)
        if (!give(flow, flow->in, length))
            return true;
    return false;
}

static bool flow_gzip(Flow *flow)
{
    g_autofree guint8 *out = g_malloc(PIECE);
    z_stream stream = {0};
    bool enough = false;
    if (inflateInit2(&stream, 15 + 16) != Z_OK)
        return false;
    for (gsize length; !enough && (length = take(flow)) > 0;) {
        stream.next_in = flow->in;
        stream.avail_in = (uInt)length;
        int end = Z_OK;
        do {
            stream.next_out = out;
            stream.avail_out = PIECE;
            end = inflate(&stream, Z_NO_FLUSH);
            enough = !give(flow, out, PIECE - stream.avail_out);
        } while (!enough && end == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
        if (end != Z_OK && end != Z_BUF_ERROR)
            break;
    }
    inflateEnd(&stream);
    return enough;
}

/* xz with the x86 filter, as the kernel packs itself, and its older form. The dictionary is at most 32 MiB. */
static bool flow_lzma(Flow *flow, bool alone)
{
    enum { MEMORY = 48 << 20 };
    g_autofree guint8 *out = g_malloc(PIECE);
    lzma_stream stream = LZMA_STREAM_INIT;
    bool enough = false;
    if ((alone ? lzma_alone_decoder(&stream, MEMORY) : lzma_stream_decoder(&stream, MEMORY, 0)) != LZMA_OK)
        return false;
    for (gsize length; !enough && (length = take(flow)) > 0;) {
        stream.next_in = flow->in;
        stream.avail_in = length;
        lzma_ret end = LZMA_OK;
        do {
            stream.next_out = out;
            stream.avail_out = PIECE;
            end = lzma_code(&stream, LZMA_RUN);
            enough = !give(flow, out, PIECE - stream.avail_out);
        } while (!enough && end == LZMA_OK && (stream.avail_in > 0 || stream.avail_out == 0));
        if (end != LZMA_OK && end != LZMA_BUF_ERROR)
            break;
    }
    lzma_end(&stream);
    return enough;
}

/* The legacy form, as the kernel packs itself: a magic number, then blocks of 8 MiB, each with its packed length. */
static bool flow_lz4(Flow *flow)
{
    enum { BLOCK = 8 << 20, MAGIC = 0x184c2102 };
    g_autofree guint8 *out = g_malloc(BLOCK), *in = g_malloc(LZ4_COMPRESSBOUND(BLOCK));
    guint64 end = flow->at + flow->left;
    for (guint64 at = flow->at; at + 4 < end;) {
        guint8 head[4];
        if (!disk_read(flow->from, at, head, sizeof head))
            return false;
        at += sizeof head;
        if (le32(head) == MAGIC)
            continue;
        gsize length = le32(head);
        if (length == 0 || length > LZ4_COMPRESSBOUND(BLOCK) || length > end - at || !disk_read(flow->from, at, in, length))
            return false;
        int got = LZ4_decompress_safe((const char *)in, (char *)out, (int)length, BLOCK);
        if (got <= 0)
            return false;
        if (!give(flow, out, (gsize)got))
            return true;
        at += length;
    }
    return false;
}

/* Block by block into one buffer, which is its own window: the kernel is packed with a window of 128 MiB, and a stream decoder
 * would want all of it at once. Where the buffer ends we have seen enough anyway: the notes stand before the data. */
static bool flow_zstd(Flow *flow)
{
    enum { OUT = 34 << 20 };
    guint64 end = flow->at + flow->left;
    g_autofree guint8 *out = g_try_malloc(OUT), *in = g_malloc(ZSTD_BLOCKSIZE_MAX + 64);
    ZSTD_DCtx *context = ZSTD_createDCtx();
    bool enough = false;
    gsize done = 0;
    if (!context || !out || ZSTD_isError(ZSTD_decompressBegin(context))) {
        ZSTD_freeDCtx(context);
        return false;
    }
    for (guint64 at = flow->at; !enough;) {
        size_t wanted = ZSTD_nextSrcSizeToDecompress(context);
        if (wanted == 0 || wanted > ZSTD_BLOCKSIZE_MAX + 64 || wanted > end - at || !disk_read(flow->from, at, in, wanted))
            break;
        size_t got = ZSTD_decompressContinue(context, out + done, OUT - done, in, wanted);
        if (ZSTD_isError(got))
            break;
        at += wanted;
        enough = got > 0 && !give(flow, out + done, got);
        done += got;
    }
    ZSTD_freeDCtx(context);
    return enough;
}

bool unpack(Disk *from, guint64 at, guint64 length, const char *name, UnpackSink *sink, void *data)
{
    if (at > from->size || length > from->size - at)
        return false;
    g_autofree Flow *flow = g_new0(Flow, 1);
    *flow = (Flow){.from = from, .at = at, .left = length, .sink = sink, .data = data};
    if (g_str_equal(name, "none"))
        return flow_plain(flow);
    if (g_str_equal(name, "gzip"))
        return flow_gzip(flow);
    if (g_str_equal(name, "xz") || g_str_equal(name, "lzma"))
        return flow_lzma(flow, g_str_equal(name, "lzma"));
    if (g_str_equal(name, "lz4"))
        return flow_lz4(flow);
    return g_str_equal(name, "zstd") && flow_zstd(flow);
}
