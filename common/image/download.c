/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/download.h"

#include "common/error.h"

enum {
    TRIES = 3, /* in a row without a single new byte */
    PAUSE_MS = 200,
};

typedef struct Flow {
    const Download *download;
    ImageSink *sink;
    void *data;
    guint64 at;   /* what the reader has, from the start of the content */
    guint64 skip; /* of this answer: what it has already */
} Flow;

static bool refuse(const Flow *flow, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool refuse(const Flow *flow, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s", flow->download->subject, what);
    return false;
}

/* Before the first byte of an answer: is it what was asked for? */
static bool begin(void *data, const HttpAnswer *answer, GError **error)
{
    Flow *flow = data;
    gint64 size = flow->download->size;
    gint64 whole = answer->status == 206 ? answer->total : answer->length;
    if (answer->encoding && g_ascii_strcasecmp(answer->encoding, "identity") != 0)
        return refuse(flow, error, "the server packs it although nobody asked; have it sent without Content-Encoding");
    if (answer->status == 206 && answer->range_first != (gint64)flow->at)
        return refuse(flow, error, "the server sends another part than was asked for");
    if (size >= 0 && whole >= 0 && whole != size)
        return refuse(flow, error, "the server sends %" G_GINT64_FORMAT " bytes, and it should have %" G_GINT64_FORMAT, whole, size);
    flow->skip = answer->status == 206 ? 0 : flow->at;
    return !flow->download->same || flow->download->same(flow->download->data, answer, error);
}

static bool take(void *data, const void *bytes, gsize length, GError **error)
{
    Flow *flow = data;
    gsize known = MIN(flow->skip, length);
    flow->skip -= known;
    if (known == length)
        return true;
    gsize fresh = length - known;
    if (flow->download->size >= 0 && flow->at + fresh > (guint64)flow->download->size)
        return refuse(flow, error, "the server sends more than the %" G_GINT64_FORMAT " bytes that it should have", flow->download->size);
    if (!flow->sink(flow->data, (const char *)bytes + known, fresh, error))
        return false;
    flow->at += fresh;
    return true;
}

/* True when all is there. *cut: asking again may help. */
static bool attempt(Flow *flow, bool *cut, GCancellable *cancel, GError **error)
{
    g_autofree char *range = flow->at ? g_strdup_printf("%" G_GUINT64_FORMAT "-", flow->at) : NULL;
    const HttpRequest request = {.range = range, .begin = begin, .begin_data = flow, .sink = take, .sink_data = flow};
    g_autoptr(HttpAnswer) answer = flow->download->ask(flow->download->data, &request, cut, cancel, error);
    if (!answer)
        return false;
    if (flow->download->size < 0 || flow->at == (guint64)flow->download->size)
        return true;
    *cut = true;
    return refuse(flow, error, "it ends after %" G_GUINT64_FORMAT " of %" G_GINT64_FORMAT " bytes; try again", flow->at, flow->download->size);
}

static void pause_ms(unsigned ms, GCancellable *cancel)
{
    for (unsigned passed = 0; passed < ms && !g_cancellable_is_cancelled(cancel); passed += 50)
        g_usleep(50 * 1000);
}

bool download_run(const Download *download, guint64 offset, ImageSink *sink, void *data, GCancellable *cancel, GError **error)
{
    Flow flow = {.download = download, .sink = sink, .data = data, .at = offset};
    if (download->size >= 0 && offset == (guint64)download->size)
        return true;
    for (unsigned tries = 1;; tries++) {
        g_autoptr(GError) failure = NULL;
        bool cut = false;
        guint64 before = flow.at;
        if (attempt(&flow, &cut, cancel, &failure))
            return true;
        if (flow.at > before)
            tries = 1;
        if (cut && download->once && flow.at > 0) {
            g_propagate_prefixed_error(error, g_steal_pointer(&failure), "its server gives neither a strong ETag nor Last-Modified, so the rest cannot be asked for: ");
            return false;
        }
        /* A server that was never reached is not waited for. */
        if (!cut || flow.at == offset || tries >= TRIES) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        pause_ms(PAUSE_MS, cancel);
    }
}
