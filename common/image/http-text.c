/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/http-text.h"

#include <curl/curl.h>
#include <string.h>

#include "common/error.h"
#include "common/json-strict.h"

typedef CURLU Url;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Url, curl_url_cleanup)

static Url *url_new(const char *text)
{
    Url *url = curl_url();
    if (curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK)
        return url;
    curl_url_cleanup(url);
    return NULL;
}

/* Free with g_free(); NULL: it has none. */
static char *part(Url *url, CURLUPart which, unsigned flags)
{
    char *text = NULL;
    if (curl_url_get(url, which, &text, flags) != CURLUE_OK)
        return NULL;
    char *copy = g_strdup(text);
    curl_free(text);
    return copy;
}

char *http_url_shown(const char *text)
{
    g_autoptr(Url) url = url_new(text);
    if (!url) /* whatever it is: a secret stands before an "@" or after a "?" */
        return g_strdup("(no URL)");
    g_autofree char *query = part(url, CURLUPART_QUERY, 0);
    static const CURLUPart secrets[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY, CURLUPART_FRAGMENT};
    for (gsize i = 0; i < G_N_ELEMENTS(secrets); i++)
        curl_url_set(url, secrets[i], NULL, 0);
    g_autofree char *plain = part(url, CURLUPART_URL, 0);
    g_autofree char *whole = g_strconcat(plain ? plain : "(no URL)", query ? "?..." : "", NULL);
    return g_strescape(whole, NULL); /* control characters and what is not ASCII */
}

bool http_same_origin(const char *a, const char *b)
{
    static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
    g_autoptr(Url) one = url_new(a);
    g_autoptr(Url) other = url_new(b);
    for (gsize i = 0; one && other && i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *mine = part(one, parts[i], CURLU_DEFAULT_PORT);
        g_autofree char *theirs = part(other, parts[i], CURLU_DEFAULT_PORT);
        if (!mine || !theirs || g_ascii_strcasecmp(mine, theirs) != 0)
            return false;
    }
    return one && other;
}

char *http_redirect_target(const char *from, const char *location, GError **error)
{
    g_autofree char *shown = http_url_shown(from);
    g_autoptr(Url) url = url_new(from);
    g_autofree char *old = url ? part(url, CURLUPART_SCHEME, 0) : NULL;
    if (!url || curl_url_set(url, CURLUPART_URL, location, 0) != CURLUE_OK) {
        g_autofree char *there = json_strict_shown(location, strlen(location));
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: it points to \"%s\", which is no URL", shown, there);
        return NULL;
    }
    g_autofree char *scheme = part(url, CURLUPART_SCHEME, 0);
    g_autofree char *target = part(url, CURLUPART_URL, 0);
    bool safe = g_strcmp0(scheme, "https") == 0 || (g_strcmp0(scheme, "http") == 0 && g_strcmp0(old, "http") == 0);
    if (target && safe)
        return g_steal_pointer(&target);
    g_autofree char *there = http_url_shown(target ? target : location);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: it points to %s; only https, or from http to http, is followed", shown,
                there);
    return NULL;
}

static bool read_number(const char **at, gint64 *number)
{
    char *end = NULL;
    if (!g_ascii_isdigit(**at))
        return false;
    guint64 value = g_ascii_strtoull(*at, &end, 10);
    if (value > G_MAXINT64)
        return false;
    *at = end;
    *number = (gint64)value;
    return true;
}

bool http_parse_content_range(const char *value, gint64 *first, gint64 *last, gint64 *total)
{
    gint64 from = -1, to = -1, size = -1;
    if (g_ascii_strncasecmp(value, "bytes ", 6) != 0)
        return false;
    const char *at = value + 6;
    if (*at == '*')
        at++;
    else if (!read_number(&at, &from) || *at++ != '-' || !read_number(&at, &to) || to < from)
        return false;
    if (*at++ != '/')
        return false;
    if (*at == '*')
        at++;
    else if (!read_number(&at, &size))
        return false;
    if (*at || (size >= 0 && to >= size))
        return false;
    *first = from;
    *last = to;
    *total = size;
    return true;
}

/* Keystone: {"error": {"message": ...}}; others {"message": ...}. */
static char *message_of_json(const char *body, gsize length)
{
    static const JsonStrictLimits limits = {.max_bytes = 64 * 1024, .max_depth = 8};
    g_autoptr(JsonNode) root = json_strict_parse(body, length, &limits, NULL);
    JsonObject *object = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    JsonNode *inner = object ? json_object_get_member(object, "error") : NULL;
    if (inner && JSON_NODE_HOLDS_OBJECT(inner))
        object = json_node_get_object(inner);
    JsonNode *message = object ? json_object_get_member(object, "message") : NULL;
    return message && JSON_NODE_HOLDS_VALUE(message) && json_node_get_value_type(message) == G_TYPE_STRING ? json_node_dup_string(message)
                                                                                                           : NULL;
}

/* What stands between the tags of the body, or of a text that has none; white space made one blank. */
static char *text_of_html(const char *body, gsize length)
{
    g_autofree char *copy = g_strndup(body, length);
    g_autofree char *lower = g_ascii_strdown(copy, -1);
    const char *start = strstr(lower, "<body");
    g_autoptr(GString) text = g_string_new(NULL);
    bool tag = false;
    for (const char *at = start ? copy + (start - lower) : copy; *at; at++) {
        bool blank = g_ascii_isspace(*at) || *at == '<' || *at == '>';
        if (*at == '<' || *at == '>')
            tag = *at == '<';
        if (blank && text->len && text->str[text->len - 1] != ' ')
            g_string_append_c(text, ' ');
        if (!blank && !tag)
            g_string_append_c(text, *at);
    }
    return g_strdup(g_strstrip(text->str));
}

char *http_error_text(const char *body, gsize length)
{
    g_autofree char *message = message_of_json(body, length);
    if (!message)
        message = text_of_html(body, length);
    return *message ? json_strict_shown(message, strlen(message)) : NULL;
}

char *http_url_name(const char *text)
{
    g_autoptr(Url) url = url_new(text);
    g_autofree char *path = url ? part(url, CURLUPART_PATH, CURLU_URLDECODE) : NULL;
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *name = slash ? slash + 1 : path;
    if (!name || !*name || *name == '.' || !g_utf8_validate(name, -1, NULL))
        return NULL;
    for (const char *at = name; *at; at = g_utf8_next_char(at))
        if (!g_unichar_isprint(g_utf8_get_char(at)))
            return NULL;
    return g_strdup(name);
}
