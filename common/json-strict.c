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
} Walk;

static bool value(Walk *walk, GError **error);

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

static bool unicode_escape(Walk *walk, GString *out, gsize start, GError **error)
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
    g_string_append_unichar(out, (gunichar)code);
    return true;
}

static bool escape(Walk *walk, GString *out, GError **error)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    gsize start = walk->at++; /* the backslash */
    char c = peek(walk);
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        g_string_append_c(out, to[known - from]);
        walk->at++;
        return true;
    }
    if (take(walk, 'u'))
        return unicode_escape(walk, out, start, error);
    return refuse(walk, start, error, "an escape that JSON does not have");
}

/* A string, the opening quote next. OUT gets its unescaped text. */
static bool string(Walk *walk, GString *out, GError **error)
{
    gsize start = walk->at++;
    for (;;) {
        if (walk->at == walk->length)
            return refuse(walk, start, error, "the string that begins here does not end");
        char c = peek(walk);
        if (take(walk, '"'))
            return true;
        if ((guchar)c < 0x20)
            return refuse(walk, walk->at, error, "a control character (0x%02x) inside a string: write it as \\u%04x", c, c);
        if (c == '\\') {
            if (!escape(walk, out, error))
                return false;
        } else {
            g_string_append_c(out, c);
            walk->at++;
        }
    }
}

static bool digits(Walk *walk)
{
    gsize start = walk->at;
    while (g_ascii_isdigit(peek(walk)))
        walk->at++;
    return walk->at > start;
}

/* Beyond 64 bits json-glib would quietly give another number. */
static bool in_range(const char *number, bool whole)
{
    gint64 ignored;
    return whole ? g_ascii_string_to_signed(number, 10, G_MININT64, G_MAXINT64, &ignored, NULL)
                 : isfinite(g_ascii_strtod(number, NULL));
}

static bool number(Walk *walk, GError **error)
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
    if (!in_range(text, whole)) {
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

static bool member(Walk *walk, GHashTable *seen, GError **error)
{
    blanks(walk);
    gsize start = walk->at;
    if (peek(walk) != '"')
        return refuse_next(walk, error, "a key in double quotes");
    g_autoptr(GString) key = g_string_new(NULL);
    if (!string(walk, key, error))
        return false;
    if (!g_hash_table_add(seen, g_strdup(key->str))) {
        g_autofree char *shown = json_strict_shown(key->str, key->len);
        return refuse(walk, start, error, "the key \"%s\" is there twice", shown);
    }
    blanks(walk);
    if (!take(walk, ':'))
        return refuse_next(walk, error, "\":\"");
    return value(walk, error);
}

static bool object(Walk *walk, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    walk->at++;
    blanks(walk);
    if (take(walk, '}'))
        return true;
    do {
        if (!member(walk, seen, error))
            return false;
        blanks(walk);
    } while (take(walk, ','));
    return take(walk, '}') || refuse_next(walk, error, "\",\" or \"}\"");
}

static bool array(Walk *walk, GError **error)
{
    walk->at++;
    blanks(walk);
    if (take(walk, ']'))
        return true;
    do {
        if (!value(walk, error))
            return false;
        blanks(walk);
    } while (take(walk, ','));
    return take(walk, ']') || refuse_next(walk, error, "\",\" or \"]\"");
}

static bool nested(Walk *walk, bool (*inner)(Walk *, GError **), GError **error)
{
    if (walk->depth == walk->max_depth)
        return refuse(walk, walk->at, error, "nested more than %u deep", walk->max_depth);
    walk->depth++;
    bool good = inner(walk, error);
    walk->depth--;
    return good;
}

static bool value(Walk *walk, GError **error)
{
    blanks(walk);
    switch (peek(walk)) {
    case '{': return nested(walk, object, error);
    case '[': return nested(walk, array, error);
    case 't': return word(walk, "true", error);
    case 'f': return word(walk, "false", error);
    case 'n': return word(walk, "null", error);
    case '"': {
        g_autoptr(GString) text = g_string_new(NULL);
        return string(walk, text, error);
    }
    default:
        if (peek(walk) == '-' || g_ascii_isdigit(peek(walk)))
            return number(walk, error);
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

bool json_strict_check(const char *text, gsize length, const JsonStrictLimits *limits, GError **error)
{
    Walk walk = {text, length, 0, 0, MIN(limits->max_depth, (unsigned)JSON_STRICT_DEPTH_MAX)};

    if (!text_is_clean(&walk, limits->max_bytes, error) || !value(&walk, error))
        return false;
    blanks(&walk);
    return walk.at == length || refuse_next(&walk, error, "the end of the document");
}

JsonNode *json_strict_parse(const char *text, gsize length, const JsonStrictLimits *limits, GError **error)
{
    if (!json_strict_check(text, length, limits, error))
        return NULL;

    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) local = NULL;
    if (!json_parser_load_from_data(parser, text, (gssize)length, &local)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "not readable as JSON: %s", local->message);
        return NULL;
    }
    return json_node_ref(json_parser_get_root(parser));
}
