/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/image/download.h"
#include "common/image/http-text.h"
#include "common/image/http.h"
#include "common/image/source.h"

/* An image at a URL. What its server says of it at first (length, ETag, Last-Modified) must hold to the end. */
typedef struct UrlSource {
    ImageSource base;
    char *url;
    char *etag, *modified;
} UrlSource;

/* An ETag that holds for each byte; only such a one, or else a date, is good for a Range (RFC 9110, 13.1.5). */
static bool is_strong(const char *etag)
{
    return etag && etag[0] == '"';
}

static bool changed(const char *before, const char *now)
{
    return before && now && strcmp(before, now) != 0;
}

static bool is_same(void *data, const HttpAnswer *answer, GError **error)
{
    const UrlSource *source = data;
    if (!changed(source->etag, answer->etag) && !changed(source->modified, answer->modified))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: it was changed on its server meanwhile; import it again", source->base.text);
    return false;
}

static HttpAnswer *ask(void *data, const HttpRequest *asked, bool *cut, GCancellable *cancel, GError **error)
{
    const UrlSource *source = data;
    HttpRequest request = *asked;
    request.url = source->url;
    request.if_range = is_strong(source->etag) ? source->etag : source->modified;
    g_autoptr(HttpAnswer) answer = http_ask(&request, NULL, cut, cancel, error);
    if (!answer || answer->status == 200 || answer->status == 206)
        return g_steal_pointer(&answer);
    http_set_error(error, answer, "image");
    return NULL;
}

static bool read_url(ImageSource *base, guint64 offset, guint64 *from, ImageSink *sink, void *data, GCancellable *cancel, GError **error)
{
    UrlSource *source = (UrlSource *)base;
    const Download download = {.ask = ask, .same = is_same, .data = source, .subject = base->text, .size = base->size, .once = base->once};
    *from = offset;
    return download_run(&download, offset, sink, data, cancel, error);
}

static void free_url(ImageSource *base)
{
    UrlSource *source = (UrlSource *)base;
    g_free(source->url);
    g_free(source->etag);
    g_free(source->modified);
    g_free(source);
}

/* Without an ETag or a date nobody can tell whether it is the same later: then each import is one of its own. A URL may have a
 * password or a token in it, and everybody can read where the key is kept: it is a hash. */
static char *key_of(const UrlSource *source)
{
    g_autofree char *once = source->base.once ? g_uuid_string_random() : NULL;
    g_autofree char *text = g_strdup_printf("%s %" G_GINT64_FORMAT " %s %s%s", source->url, source->base.size, source->etag ? source->etag : "-",
                                            source->modified ? source->modified : "-", once ? once : "");
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    return g_strconcat("url ", hash, NULL);
}

static void take_answer(UrlSource *source, const HttpAnswer *answer)
{
    source->base.size = answer->status == 206 ? answer->total : answer->length;
    source->etag = g_strdup(answer->etag);
    source->modified = g_strdup(answer->modified);
    source->base.once = !is_strong(answer->etag) && !answer->modified;
    source->base.key = key_of(source);
}

/* One byte is asked for, not a HEAD: signed URLs of object stores take GET only. */
ImageSource *image_source_url(const char *url, GCancellable *cancel, GError **error)
{
    const HttpRequest request = {.url = url, .range = "0-0", .head_only = true};
    g_autoptr(HttpAnswer) answer = http_ask(&request, NULL, NULL, cancel, error);
    if (!answer)
        return NULL;
    g_autofree char *shown = http_url_shown(url);
    if (answer->status == 416 || ((answer->status == 200 || answer->status == 206) && answer->length == 0)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: there is nothing in it", shown);
        return NULL;
    }
    if (answer->status != 200 && answer->status != 206) {
        http_set_error(error, answer, "image");
        return NULL;
    }
    UrlSource *source = g_new0(UrlSource, 1);
    source->url = g_strdup(url);
    source->base = (ImageSource){.text = g_steal_pointer(&shown), .fd = -1, .read = read_url, .free = free_url};
    g_autofree char *file = http_url_name(url);
    source->base.name = file ? image_source_name(file) : NULL;
    take_answer(source, answer);
    return &source->base;
}
