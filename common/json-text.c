/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-text.h"

#include <string.h>

/* Printing ASCII but for the quote and the backslash. */
static const bool is_plain[256] = {[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

/* GLib counts the two separators as printing. */
static bool is_printable(gunichar c)
{
    return c >= 0x80 && g_unichar_isprint(c) && c != 0x2028 && c != 0x2029;
}

static void append_plain(GString *out, const char **text)
{
    const char *start = *text;
    while (is_plain[(guchar)**text])
        (*text)++;
    g_string_append_len(out, start, *text - start);
}

/* The next character, which is not plain ASCII. What a terminal would obey and not show (controls, line separators, marks
 * that turn the direction of writing) is escaped, although JSON allows some of it. */
static void append_other(GString *out, const char **text)
{
    gunichar c = g_utf8_get_char_validated(*text, -1);
    if (c == (gunichar)-1 || c == (gunichar)-2) {
        g_string_append(out, "\xef\xbf\xbd"); /* U+FFFD, the replacement character */
        (*text)++;
        return;
    }
    *text = g_utf8_next_char(*text);
    if (is_printable(c))
        g_string_append_unichar(out, c);
    else if (c < 0x10000)
        g_string_append_printf(out, "\\u%04x", c);
    else
        g_string_append_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
}

void json_text_string(GString *out, const char *text)
{
    if (!text) {
        g_string_append(out, "null");
        return;
    }
    g_string_append_c(out, '"');
    for (append_plain(out, &text); *text; append_plain(out, &text)) {
        if (*text != '"' && *text != '\\') {
            append_other(out, &text);
        } else {
            g_string_append_c(out, '\\');
            g_string_append_c(out, *text++);
        }
    }
    g_string_append_c(out, '"');
}

char *json_text_printable(const char *json)
{
    GString *out = g_string_sized_new(strlen(json) + 1);
    for (append_plain(out, &json); *json; append_plain(out, &json)) {
        if (*json != '"' && *json != '\\' && *json != '\n')
            append_other(out, &json);
        else
            g_string_append_c(out, *json++);
    }
    return g_string_free(out, FALSE);
}

void json_text_member(GString *out, const char *name)
{
    if (out->len && out->str[out->len - 1] != '{')
        g_string_append_c(out, ',');
    g_string_append_c(out, '"');
    g_string_append(out, name);
    g_string_append_c(out, '"');
    g_string_append_c(out, ':');
}

void json_text_member_string(GString *out, const char *name, const char *text)
{
    json_text_member(out, name);
    json_text_string(out, text);
}
