/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-strict.h"

#include "common/error.h"

#include <math.h>
#include <string.h>

typedef struct Walk {
    const char *text;
    gsize length;
    gsize at;
    unsigned depth;
    unsigned max_depth;
    GString *string; /* the last one read, unescaped */
} Walk;

/* Each reader fills the node that it is given. */
static bool value(Walk *walk, JsonNode *node, GError **error);

char *json_strict_place(const char *text, gsize offset)
{
    gsize line = 1, start = 0;
    for (gsize i = 0; i < offset; i++)
        if (text[i] == '\n') {
            line++;
            start = i + 1;
        }
    return g_strdup_printf("line %" G_GSIZE_FORMAT ", column %" G_GSIZE_FORMAT, line, offset - start + 1);
}

char *json_strict_shown(const char *text, gsize length)
{
    GString *shown = g_string_new(NULL);
    const char *end = text + length;
    for (glong count = 0; text < end; count++) {
        if (count == 80) {
            g_string_append(shown, "...");
            break;
        }
        gunichar c = g_utf8_get_char_validated(text, end - text);
        if (c == (gunichar)-1 || c == (gunichar)-2 || c == 0) {
            g_string_append_printf(shown, "\\x%02x", (guchar)*text++);
            continue;
        }
        if (c == '"' || c == '\\')
            g_string_append_printf(shown, "\\%c", (char)c);
        else if (g_unichar_isprint(c))
            g_string_append_unichar(shown, c);
        else
            g_string_append_printf(shown, "\\u%04x", c);
        text += g_utf8_skip[(guchar)*text];
    }
    return g_string_free(shown, FALSE);
}

G_GNUC_PRINTF(4, 5)
static bool refuse(const Walk *walk, gsize at, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *place = json_strict_place(walk->text, at);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s", place, what);
    return false;
}

static bool refuse_next(const Walk *walk, GError **error, const char *wanted)
{
    if (walk->at == walk->length)
        return refuse(walk, walk->at, error, "the text ends where %s should be", wanted);
    const char *here = walk->text + walk->at;
    g_autofree char *shown = json_strict_shown(here, g_utf8_skip[(guchar)*here]);
    return refuse(walk, walk->at, error, "\"%s\" where %s should be", shown, wanted);
}

static char peek(const Walk *walk)
{
    return walk->at < walk->length ? walk->text[walk->at] : '\0'; /* the text itself has no NUL */
}

static bool take(Walk *walk, char c)
{
    if (peek(walk) != c)
        return false;
    walk->at++;
    return true;
}

static void blanks(Walk *walk)
{
    while (peek(walk) && strchr(" \t\r\n", peek(walk)))
        walk->at++;
}

/* The four digits of a \u escape; -1 when they are not four digits. */
static int four_digits(Walk *walk)
{
    int code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(peek(walk));
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
        walk->at++;
    }
    return code;
}

static bool unicode_escape(Walk *walk, gsize start, GError **error)
{
    int code = four_digits(walk);
    if (code < 0)
        return refuse(walk, start, error, "\\u needs four hexadecimal digits");
    if (code == 0)
        return refuse(walk, start, error, "a NUL (\\u0000) is not allowed in a string");
    if (code >= 0xd800 && code <= 0xdbff) {
        int low = take(walk, '\\') && take(walk, 'u') ? four_digits(walk) : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return refuse(walk, start, error, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code <= 0xdfff) {
        return refuse(walk, start, error, "half of a surrogate pair");
    }
    g_string_append_unichar(walk->string, (gunichar)code);
    return true;
}

static bool escape(Walk *walk, GError **error)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    gsize start = walk->at++; /* the backslash */
    char c = peek(walk);
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        g_string_append_c(walk->string, to[known - from]);
        walk->at++;
        return true;
    }
    if (take(walk, 'u'))
        return unicode_escape(walk, start, error);
    return refuse(walk, start, error, "an escape that JSON does not have");
}

/* What is before the next quote, backslash or control character. */
static void plain_text(Walk *walk)
{
    gsize start = walk->at;
    while ((guchar)peek(walk) >= 0x20 && peek(walk) != '"' && peek(walk) != '\\')
        walk->at++;
    g_string_append_len(walk->string, walk->text + start, (gssize)(walk->at - start));
}

/* A string, the opening quote next. */
static bool string(Walk *walk, GError **error)
{
    gsize start = walk->at++;
    g_string_truncate(walk->string, 0);
    for (;;) {
        plain_text(walk);
        if (walk->at == walk->length)
            return refuse(walk, start, error, "the string that begins here does not end");
        if (take(walk, '"'))
            return true;
        char c = peek(walk);
        if (c != '\\')
            return refuse(walk, walk->at, error, "a control character (0x%02x) inside a string: write it as \\u%04x", c, c);
        if (!escape(walk, error))
            return false;
    }
}

static bool digits(Walk *walk)
{
    gsize start = walk->at;
    while (g_ascii_isdigit(peek(walk)))
        walk->at++;
    return walk->at > start;
}

/* False for what 64 bits cannot hold: nobody may quietly read another number. */
static bool convert(const char *number, bool whole, JsonNode *node)
{
    gint64 integer;
    if (whole) {
        if (!g_ascii_string_to_signed(number, 10, G_MININT64, G_MAXINT64, &integer, NULL))
            return false;
        json_node_init_int(node, integer);
        return true;
    }
    double fraction = g_ascii_strtod(number, NULL);
    json_node_init_double(node, fraction);
    return isfinite(fraction);
}

static bool number(Walk *walk, JsonNode *node, GError **error)
{
    gsize start = walk->at;
    bool whole = true;

    take(walk, '-');
    bool good = take(walk, '0') || digits(walk);
    if (good && take(walk, '.')) {
        whole = false;
        good = digits(walk);
    }
    if (good && (take(walk, 'e') || take(walk, 'E'))) {
        whole = false;
        if (!take(walk, '+'))
            take(walk, '-');
        good = digits(walk);
    }
    if (!good)
        return refuse_next(walk, error, "a digit");

    g_autofree char *text = g_strndup(walk->text + start, walk->at - start);
    if (!convert(text, whole, node)) {
        g_autofree char *shown = json_strict_shown(text, strlen(text));
        return refuse(walk, start, error, "the number %s is too large", shown);
    }
    return true;
}

static bool word(Walk *walk, const char *wanted, GError **error)
{
    gsize length = strlen(wanted);
    if (walk->length - walk->at < length || memcmp(walk->text + walk->at, wanted, length) != 0)
        return refuse_next(walk, error, "a value");
    walk->at += length;
    return true;
}

static bool member(Walk *walk, JsonObject *object, GError **error)
{
    blanks(walk);
    gsize start = walk->at;
    if (peek(walk) != '"')
        return refuse_next(walk, error, "a key in double quotes");
    if (!string(walk, error))
        return false;
    g_autofree char *key = g_strdup(walk->string->str);
    if (json_object_has_member(object, key)) {
        g_autofree char *shown = json_strict_shown(key, strlen(key));
        return refuse(walk, start, error, "the key \"%s\" is there twice", shown);
    }
    blanks(walk);
    if (!take(walk, ':'))
        return refuse_next(walk, error, "\":\"");
    g_autoptr(JsonNode) node = json_node_alloc();
    if (!value(walk, node, error))
        return false;
    json_object_set_member(object, key, g_steal_pointer(&node));
    return true;
}

static bool object(Walk *walk, JsonNode *node, GError **error)
{
    g_autoptr(JsonObject) object = json_object_new();
    json_node_init_object(node, object);
    walk->at++;
    blanks(walk);
    if (take(walk, '}'))
        return true;
    do {
        if (!member(walk, object, error))
            return false;
        blanks(walk);
    } while (take(walk, ','));
    return take(walk, '}') || refuse_next(walk, error, "\",\" or \"}\"");
}

static bool array(Walk *walk, JsonNode *node, GError **error)
{
    g_autoptr(JsonArray) array = json_array_new();
    json_node_init_array(node, array);
    walk->at++;
    blanks(walk);
    if (take(walk, ']'))
        return true;
    do {
        g_autoptr(JsonNode) element = json_node_alloc();
        if (!value(walk, element, error))
            return false;
        json_array_add_element(array, g_steal_pointer(&element));
        blanks(walk);
    } while (take(walk, ','));
    return take(walk, ']') || refuse_next(walk, error, "\",\" or \"]\"");
}

static bool nested(Walk *walk, bool (*inner)(Walk *, JsonNode *, GError **), JsonNode *node, GError **error)
{
    if (walk->depth == walk->max_depth)
        return refuse(walk, walk->at, error, "nested more than %u deep", walk->max_depth);
    walk->depth++;
    bool good = inner(walk, node, error);
    walk->depth--;
    return good;
}

static bool value(Walk *walk, JsonNode *node, GError **error)
{
    blanks(walk);
    switch (peek(walk)) {
    case '{': return nested(walk, object, node, error);
    case '[': return nested(walk, array, node, error);
    case 't': json_node_init_boolean(node, TRUE); return word(walk, "true", error);
    case 'f': json_node_init_boolean(node, FALSE); return word(walk, "false", error);
    case 'n': json_node_init_null(node); return word(walk, "null", error);
    case '"':
        if (!string(walk, error))
            return false;
        json_node_init_string(node, walk->string->str);
        return true;
    default:
        if (peek(walk) == '-' || g_ascii_isdigit(peek(walk)))
            return number(walk, node, error);
        return refuse_next(walk, error, "a value");
    }
}

static bool text_is_clean(const Walk *walk, gsize max_bytes, GError **error)
{
    if (walk->length > max_bytes) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "%" G_GSIZE_FORMAT " bytes, more than the %" G_GSIZE_FORMAT " that are read", walk->length, max_bytes);
        return false;
    }
    const char *nul = walk->length ? memchr(walk->text, '\0', walk->length) : NULL;
    if (nul)
        return refuse(walk, (gsize)(nul - walk->text), error, "a NUL byte");
    const char *bad;
    if (!g_utf8_validate_len(walk->text, walk->length, &bad))
        return refuse(walk, (gsize)(bad - walk->text), error, "not valid UTF-8 (byte 0x%02x)", (guchar)*bad);
    return true;
}

JsonNode *json_strict_parse(const char *text, gsize length, const JsonStrictLimits *limits, GError **error)
{
    g_autoptr(GString) string = g_string_new(NULL);
    Walk walk = {text, length, 0, 0, MIN(limits->max_depth, (unsigned)JSON_STRICT_DEPTH_MAX), string};
    g_autoptr(JsonNode) root = json_node_alloc();

    if (!text_is_clean(&walk, limits->max_bytes, error) || !value(&walk, root, error))
        return NULL;
    blanks(&walk);
    if (walk.at != length) {
        refuse_next(&walk, error, "the end of the document");
        return NULL;
    }
    return g_steal_pointer(&root);
}
