/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/keyfile.h"

#include <string.h>

#include "common/error.h"

typedef struct Parser {
    const char *source;
    unsigned line;
    GPtrArray *groups;
} Parser;

static void entry_free(void *data)
{
    KeyEntry *entry = data;
    g_free(entry->key);
    g_free(entry->value);
    g_free(entry);
}

static void group_free(void *data)
{
    KeyGroup *group = data;
    g_free(group->kind);
    g_free(group->name);
    g_ptr_array_unref(group->entries);
    g_free(group);
}

static bool fail(const Parser *parser, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool fail(const Parser *parser, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s:%u: %s", parser->source, parser->line, what);
    return false;
}

static bool name_is_plain(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!g_ascii_isalnum(*c) && !strchr("-_.", *c))
            return false;
    return *name != '\0';
}

static bool parse_group(Parser *parser, char *line, GError **error)
{
    char *end = strchr(line, ']');
    if (!end || (end[1] && !g_ascii_isspace(end[1]) && end[1] != '#'))
        return fail(parser, error, "a group is written [kind] or [kind name]");
    const char *rest = g_strchug(end + 1);
    if (*rest && *rest != '#')
        return fail(parser, error, "a group is written [kind] or [kind name]");
    *end = '\0';
    char *kind = g_strstrip(line + 1);
    char *name = kind + strcspn(kind, " \t");
    if (*name) {
        *name++ = '\0';
        name = g_strstrip(name);
    }
    if (!name_is_plain(kind) || (*name && !name_is_plain(name)))
        return fail(parser, error, "a group is written [kind] or [kind name], each of letters, digits, - _ .");

    for (guint i = 0; i < parser->groups->len; i++) {
        const KeyGroup *other = parser->groups->pdata[i];
        if (g_str_equal(other->kind, kind) && g_strcmp0(other->name ? other->name : "", name) == 0)
            return fail(parser, error, "group [%s%s%s] is already on line %u; write each group once", kind, *name ? " " : "", name,
                        other->line);
    }
    KeyGroup *group = g_new0(KeyGroup, 1);
    group->kind = g_strdup(kind);
    group->name = *name ? g_strdup(name) : NULL;
    group->line = parser->line;
    group->entries = g_ptr_array_new_with_free_func(entry_free);
    g_ptr_array_add(parser->groups, group);
    return true;
}

/* A value up to its comment, or a quoted one with \" and \\ in it. */
static char *parse_value(const Parser *parser, const char *text, GError **error)
{
    if (*text != '"') {
        const char *end = text;
        while (*end && !(*end == '#' && (end == text || g_ascii_isspace(end[-1]))))
            end++;
        return g_strchomp(g_strndup(text, (gsize)(end - text)));
    }
    g_autoptr(GString) value = g_string_new(NULL);
    const char *c = text + 1;
    for (; *c && *c != '"'; c++) {
        if (*c == '\\' && (c[1] == '"' || c[1] == '\\'))
            c++;
        g_string_append_c(value, *c);
    }
    if (*c != '"') {
        fail(parser, error, "a quoted value needs its closing quote");
        return NULL;
    }
    for (c++; g_ascii_isspace(*c); c++)
        ;
    if (*c && *c != '#') {
        fail(parser, error, "there is text behind the closing quote");
        return NULL;
    }
    return g_strdup(value->str);
}

static bool parse_entry(Parser *parser, char *line, GError **error)
{
    char *equals = strchr(line, '=');
    if (!equals)
        return fail(parser, error, "\"%.60s\" is neither [group] nor key = value", line);
    if (parser->groups->len == 0)
        return fail(parser, error, "a key stands before the first [group]");
    *equals = '\0';
    const char *key = g_strchomp(line);
    if (!name_is_plain(key))
        return fail(parser, error, "a key is of letters, digits and -");

    KeyGroup *group = parser->groups->pdata[parser->groups->len - 1];
    for (guint i = 0; i < group->entries->len; i++) {
        const KeyEntry *other = group->entries->pdata[i];
        if (g_str_equal(other->key, key))
            return fail(parser, error, "key \"%s\" is already on line %u; write each key once", key, other->line);
    }
    g_autofree char *value = parse_value(parser, g_strchug(equals + 1), error);
    if (!value)
        return false;
    KeyEntry *entry = g_new0(KeyEntry, 1);
    entry->key = g_strdup(key);
    entry->value = g_steal_pointer(&value);
    entry->line = parser->line;
    g_ptr_array_add(group->entries, entry);
    return true;
}

static bool has_control(const char *line)
{
    for (const char *c = line; *c; c++)
        if (((guchar)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return true;
    return false;
}

GPtrArray *keyfile_parse(const char *text, gsize length, const char *source, GError **error)
{
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(group_free);
    Parser parser = {.source = source, .line = 1, .groups = groups};
    const char *invalid = NULL;
    if (length > KEYFILE_MAX) {
        fail(&parser, error, "the file is larger than %d KiB", KEYFILE_MAX / 1024);
        return NULL;
    }
    if (!g_utf8_validate_len(text, length, &invalid)) {
        for (const char *c = text; c < invalid; c++)
            parser.line += *c == '\n';
        fail(&parser, error, "the text is not UTF-8 or holds a NUL byte");
        return NULL;
    }

    gsize mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark, from Windows */
    for (const char *at = text + mark, *end = text + length; at < end; parser.line++) {
        const char *newline = memchr(at, '\n', (gsize)(end - at));
        gsize n = newline ? (gsize)(newline - at) : (gsize)(end - at);
        g_autofree char *copy = g_strndup(at, n);
        at += n + 1;
        if (g_str_has_suffix(copy, "\r"))
            copy[n - 1] = '\0';
        char *line = g_strstrip(copy);
        if (!*line || *line == '#')
            continue;
        if (has_control(line)) {
            fail(&parser, error, "the line holds a control character");
            return NULL;
        }
        if (!(*line == '[' ? parse_group(&parser, line, error) : parse_entry(&parser, line, error)))
            return NULL;
    }
    return g_steal_pointer(&groups);
}

/* What parse_value() and the stripping of the line would not give back as it is. */
static bool needs_quotes(const char *value)
{
    gsize length = strlen(value);
    return length == 0 || strchr(value, '#') || *value == '"' || g_ascii_isspace(*value) || g_ascii_isspace(value[length - 1]);
}

bool keyfile_add(GString *text, const char *key, const char *value, GError **error)
{
    for (const char *c = value; *c; c++)
        if (g_ascii_iscntrl(*c)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: a value with a control character in it cannot stand in a file of lines", key);
            return false;
        }
    g_string_append_printf(text, "%s = ", key);
    bool quoted = needs_quotes(value);
    if (quoted)
        g_string_append_c(text, '"');
    for (const char *c = value; *c; c++) {
        if (quoted && (*c == '"' || *c == '\\'))
            g_string_append_c(text, '\\');
        g_string_append_c(text, *c);
    }
    g_string_append(text, quoted ? "\"\n" : "\n");
    return true;
}
