/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/http.h"

#include <curl/curl.h>
#include <string.h>

#include "common/error.h"
#include "common/image/http-text.h"
#include "common/json-strict.h"

enum {
    HTTP_HEADERS_MAX = 64 * 1024, /* bytes; libcurl 7.88 has no bound of its own for all of them */
    HTTP_ERROR_MAX = 8 * 1024,    /* bytes of an error's body that are kept */
    REDIRECTS_MAX = 5,
    CONNECT_S = 20,
};

typedef CURL CurlHandle;
typedef struct curl_slist CurlList;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CurlHandle, curl_easy_cleanup)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CurlList, curl_slist_free_all)

/* One request on the wire. */
typedef struct Exchange {
    const HttpRequest *request;
    HttpAnswer *answer;
    CURL *curl;
    GCancellable *cancel;
    GError *error; /* why we ended it ourselves */
    char *location;
    gsize header_bytes;
    bool begun;  /* the body's first byte came */
    bool enough; /* we ended it, and that is right */
} Exchange;

void http_answer_free(HttpAnswer *answer)
{
    if (!answer)
        return;
    g_free(answer->url);
    g_string_free(answer->body, TRUE);
    g_free(answer->type);
    g_free(answer->etag);
    g_free(answer->modified);
    g_free(answer->encoding);
    g_free(answer->subject_token);
    g_free(answer);
}

static HttpAnswer *answer_new(const char *url)
{
    HttpAnswer *answer = g_new0(HttpAnswer, 1);
    answer->url = g_strdup(url);
    answer->body = g_string_new(NULL);
    answer->length = answer->range_first = answer->range_last = answer->total = -1;
    return answer;
}

static bool is_good(const HttpAnswer *answer)
{
    return answer->status == 200 || answer->status == 206;
}

/* --- what libcurl calls */

static void take_header(Exchange *exchange, const char *name, const char *value)
{
    HttpAnswer *answer = exchange->answer;
    const struct {
        const char *name;
        char **place;
    } texts[] = {{"content-type", &answer->type},         {"etag", &answer->etag},
                 {"last-modified", &answer->modified},    {"content-encoding", &answer->encoding},
                 {"x-subject-token", &answer->subject_token}, {"location", &exchange->location}};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (g_ascii_strcasecmp(name, texts[i].name) == 0) {
            g_free(*texts[i].place);
            *texts[i].place = g_strdup(value);
        }
    if (g_ascii_strcasecmp(name, "content-range") == 0)
        http_parse_content_range(value, &answer->range_first, &answer->range_last, &answer->total);
}

static size_t on_header(char *bytes, size_t size, size_t count, void *data)
{
    Exchange *exchange = data;
    exchange->header_bytes += count;
    if (exchange->header_bytes > HTTP_HEADERS_MAX) {
        g_set_error(&exchange->error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "it sends more than %d bytes of headers",
                    (int)HTTP_HEADERS_MAX);
        return CURL_WRITEFUNC_ERROR;
    }
    g_autofree char *line = g_strndup(bytes, count); /* a NUL ends it early: no header of ours has one */
    char *colon = strchr(line, ':');
    if (g_str_has_prefix(line, "HTTP/")) { /* after "100 Continue" there is a second block */
        g_clear_pointer(&exchange->location, g_free);
        return count;
    }
    if (colon) {
        *colon = '\0';
        take_header(exchange, line, g_strstrip(colon + 1));
    }
    return count;
}

static void note_status(Exchange *exchange)
{
    long status = 0;
    curl_off_t length = -1;
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(exchange->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    exchange->answer->status = (unsigned)status;
    exchange->answer->length = length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data)
{
    Exchange *exchange = data;
    GString *body = exchange->answer->body;
    note_status(exchange);
    bool good = is_good(exchange->answer);
    const HttpRequest *request = exchange->request;
    if (good && !exchange->begun && request->begin && !request->begin(request->begin_data, exchange->answer, &exchange->error))
        return CURL_WRITEFUNC_ERROR;
    exchange->begun = true;
    if (good && request->head_only) {
        exchange->enough = true;
        return CURL_WRITEFUNC_ERROR;
    }
    if (good && request->sink)
        return request->sink(request->sink_data, bytes, count, &exchange->error) ? count : CURL_WRITEFUNC_ERROR;
    gsize max = good || exchange->answer->status == 201 ? HTTP_TEXT_MAX : HTTP_ERROR_MAX;
    g_string_append_len(body, bytes, (gssize)MIN(count, max - body->len));
    if (body->len < max)
        return count;
    exchange->enough = max == HTTP_ERROR_MAX;
    if (!exchange->enough)
        g_set_error(&exchange->error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "its answer has more than %d bytes", (int)HTTP_TEXT_MAX);
    return CURL_WRITEFUNC_ERROR;
}

/* Called at least once a second. */
static int on_progress(void *data, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now)
{
    const Exchange *exchange = data;
    return g_cancellable_is_cancelled(exchange->cancel);
}

/* --- one request */

static bool add_header(CurlList **list, const char *name, const char *value, GError **error)
{
    if (!value)
        return true;
    for (const char *at = value; *at; at++)
        if (*at < ' ' || *at > '~') {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "its %s would have a character that no header may have", name);
            return false;
        }
    g_autofree char *line = g_strdup_printf("%s: %s", name, value);
    *list = curl_slist_append(*list, line);
    return true;
}

static CurlList *headers_new(const HttpRequest *request, bool with_token, GError **error)
{
    CurlList *list = curl_slist_append(NULL, "Expect:"); /* no wait for a "100 Continue" */
    if (!add_header(&list, "X-Auth-Token", with_token ? request->token : NULL, error) ||
        !add_header(&list, "X-Subject-Token", with_token ? request->subject : NULL, error) ||
        !add_header(&list, "Content-Type", request->body ? request->type : NULL, error) ||
        !add_header(&list, "If-Range", request->range ? request->if_range : NULL, error)) {
        curl_slist_free_all(list);
        return NULL;
    }
    return list;
}

static void set_peer(CURL *curl, const HttpPeer *peer)
{
    if (!peer)
        return;
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, peer->insecure ? 0L : 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, peer->insecure ? 0L : 2L);
    if (peer->cacert)
        curl_easy_setopt(curl, CURLOPT_CAINFO, peer->cacert);
    if (peer->cert)
        curl_easy_setopt(curl, CURLOPT_SSLCERT, peer->cert);
    if (peer->key)
        curl_easy_setopt(curl, CURLOPT_SSLKEY, peer->key);
}

static void set_bounds(CURL *curl)
{
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)HTTP_STALL_S);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "guestctl");
}

static void set_request(Exchange *exchange, const char *url, CurlList *headers)
{
    CURL *curl = exchange->curl;
    const HttpRequest *request = exchange->request;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (request->range)
        curl_easy_setopt(curl, CURLOPT_RANGE, request->range);
    if (request->body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request->body));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    }
    if (request->method)
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, exchange);
}

static const struct {
    CURLcode code;
    int error;
    bool cut; /* asking again may help */
    const char *advice;
} failures[] = {
    {CURLE_UNSUPPORTED_PROTOCOL, GUESTCTL_ERROR_INVALID, false, "use http:// or https://"},
    {CURLE_URL_MALFORMAT, GUESTCTL_ERROR_INVALID, false, "correct the URL"},
    {CURLE_COULDNT_RESOLVE_HOST, GUESTCTL_ERROR_REMOTE, false, "is the host's name right?"},
    {CURLE_COULDNT_CONNECT, GUESTCTL_ERROR_REMOTE, true, "is the server running, and is the port right?"},
    {CURLE_OPERATION_TIMEDOUT, GUESTCTL_ERROR_TIMED_OUT, false, "the server does not answer, or stopped sending; try again later"},
    {CURLE_PEER_FAILED_VERIFICATION, GUESTCTL_ERROR_DENIED, false, "name the certificate to trust with OS_CACERT or cacert"},
    {CURLE_SSL_CACERT_BADFILE, GUESTCTL_ERROR_INVALID, false, "correct OS_CACERT or cacert"},
    {CURLE_SSL_CERTPROBLEM, GUESTCTL_ERROR_INVALID, false, "correct OS_CERT and OS_KEY, or cert and key"},
    {CURLE_SSL_CONNECT_ERROR, GUESTCTL_ERROR_REMOTE, false, "is it really https there?"},
    {CURLE_PARTIAL_FILE, GUESTCTL_ERROR_REMOTE, true, "the connection was cut; try again"},
    {CURLE_RECV_ERROR, GUESTCTL_ERROR_REMOTE, true, "the connection was cut; try again"},
    {CURLE_SEND_ERROR, GUESTCTL_ERROR_REMOTE, true, "the connection was cut; try again"},
    {CURLE_GOT_NOTHING, GUESTCTL_ERROR_REMOTE, true, "the connection was cut; try again"},
};

static void set_failure(Exchange *exchange, CURLcode code, const char *said, bool *cut, GError **error)
{
    g_autofree char *shown = http_url_shown(exchange->answer->url);
    if (exchange->error) {
        g_propagate_error(error, g_steal_pointer(&exchange->error));
        if (!exchange->request->sink)
            g_prefix_error(error, "%s: ", shown);
        return;
    }
    if (g_cancellable_is_cancelled(exchange->cancel)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "%s: interrupted", shown);
        return;
    }
    int kind = GUESTCTL_ERROR_REMOTE;
    const char *advice = "try again, or look at the server's log";
    for (gsize i = 0; i < G_N_ELEMENTS(failures); i++)
        if (failures[i].code == code) {
            kind = failures[i].error;
            advice = failures[i].advice;
            *cut = failures[i].cut;
        }
    g_autofree char *why = json_strict_shown(*said ? said : curl_easy_strerror(code), strlen(*said ? said : curl_easy_strerror(code)));
    g_set_error(error, GUESTCTL_ERROR, kind, "%s: %s; %s", shown, why, advice);
}

static bool exchange_run(Exchange *exchange, bool with_token, const HttpPeer *peer, bool *cut, GError **error)
{
    char said[CURL_ERROR_SIZE] = "";
    g_autoptr(CurlHandle) curl = curl_easy_init();
    g_autoptr(CurlList) headers = headers_new(exchange->request, with_token, error);
    if (!headers)
        return false;
    exchange->curl = curl;
    set_bounds(curl);
    set_peer(curl, peer);
    set_request(exchange, exchange->answer->url, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, said);
    CURLcode code = curl_easy_perform(curl);
    note_status(exchange);
    if (code == CURLE_OK || exchange->enough)
        return true;
    set_failure(exchange, code, said, cut, error);
    return false;
}

/* The answer, and in *location where it points to. NULL with the error. */
static HttpAnswer *ask_once(const HttpRequest *request, const char *url, bool with_token, const HttpPeer *peer, char **location, bool *cut,
                            GCancellable *cancel, GError **error)
{
    g_autoptr(HttpAnswer) answer = answer_new(url);
    Exchange exchange = {.request = request, .answer = answer, .cancel = cancel};
    bool done = exchange_run(&exchange, with_token, peer, cut, error);
    *location = exchange.location;
    g_clear_error(&exchange.error);
    return done ? g_steal_pointer(&answer) : NULL;
}

static bool is_redirect(const HttpAnswer *answer)
{
    static const unsigned statuses[] = {301, 302, 303, 307, 308};
    for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
        if (answer->status == statuses[i])
            return true;
    return false;
}

HttpAnswer *http_ask(const HttpRequest *request, const HttpPeer *peer, bool *cut, GCancellable *cancel, GError **error)
{
    g_autofree char *url = g_strdup(request->url);
    bool ignored;
    cut = cut ? cut : &ignored;
    *cut = false;
    for (unsigned hops = 0; hops <= REDIRECTS_MAX; hops++) {
        g_autofree char *location = NULL;
        bool with_token = http_same_origin(request->url, url);
        g_autoptr(HttpAnswer) answer = ask_once(request, url, with_token, peer, &location, cut, cancel, error);
        if (!answer || !is_redirect(answer) || !location)
            return g_steal_pointer(&answer);
        g_autofree char *next = http_redirect_target(url, location, error);
        if (!next)
            return NULL;
        if (request->body) { /* a password may be in it */
            g_autofree char *from = http_url_shown(url), *to = http_url_shown(next);
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: it points to %s; use that URL", from, to);
            return NULL;
        }
        g_free(url);
        url = g_steal_pointer(&next);
    }
    g_autofree char *shown = http_url_shown(request->url);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: more than %d redirects; use the URL that they end at", shown,
                (int)REDIRECTS_MAX);
    return NULL;
}

static const struct {
    unsigned status;
    int code;
    const char *name;
} statuses[] = {
    {204, GUESTCTL_ERROR_NOT_FOUND, "No Content"},
    {400, GUESTCTL_ERROR_INVALID, "Bad Request"},
    {401, GUESTCTL_ERROR_DENIED, "Unauthorized"},
    {403, GUESTCTL_ERROR_DENIED, "Forbidden"},
    {404, GUESTCTL_ERROR_NOT_FOUND, "Not Found"},
    {405, GUESTCTL_ERROR_INVALID, "Method Not Allowed"},
    {408, GUESTCTL_ERROR_TIMED_OUT, "Request Timeout"},
    {409, GUESTCTL_ERROR_EXISTS, "Conflict"},
    {410, GUESTCTL_ERROR_NOT_FOUND, "Gone"},
    {413, GUESTCTL_ERROR_RESOURCES, "Content Too Large"},
    {416, GUESTCTL_ERROR_INVALID, "Range Not Satisfiable"},
    {429, GUESTCTL_ERROR_RESOURCES, "Too Many Requests"},
    {500, GUESTCTL_ERROR_REMOTE, "Internal Server Error"},
    {502, GUESTCTL_ERROR_REMOTE, "Bad Gateway"},
    {503, GUESTCTL_ERROR_REMOTE, "Service Unavailable"},
    {504, GUESTCTL_ERROR_TIMED_OUT, "Gateway Timeout"},
};

void http_set_error(GError **error, const HttpAnswer *answer, const char *doing)
{
    int code = GUESTCTL_ERROR_REMOTE;
    const char *name = "";
    for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
        if (statuses[i].status == answer->status) {
            code = statuses[i].code;
            name = statuses[i].name;
        }
    g_autofree char *shown = http_url_shown(answer->url);
    g_autofree char *text = http_error_text(answer->body->str, answer->body->len);
    g_set_error(error, GUESTCTL_ERROR, code, "%s: %s answers %u%s%s%s%s", doing, shown, answer->status, *name ? " " : "", name,
                text ? ": " : "", text ? text : "");
}
