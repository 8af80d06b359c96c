/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/text.h"

#include <string.h>

char *text_span(const char *text, Span span)
{
    return g_strndup(text + span.start, span.end - span.start);
}

char *text_splice(const char *text, Span span, const char *replacement)
{
    GString *made = g_string_new_len(text, (gssize)span.start);
    g_string_append(made, replacement);
    g_string_append(made, text + span.end);
    return g_string_free(made, FALSE);
}

const char *text_newline(const char *text)
{
    const char *end = strchr(text, '\n');
    return end && end > text && end[-1] == '\r' ? "\r\n" : "\n";
}

bool text_line(const char *text, gsize *at, Span *line)
{
    if (!text[*at])
        return false;
    gsize length = strcspn(text + *at, "\n");
    line->start = *at;
    line->end = *at + length;
    *at = line->end + (text[line->end] == '\n');
    if (length > 0 && text[line->end - 1] == '\r')
        line->end--;
    return true;
}

char *text_append_line(const char *text, const char *line)
{
    const char *newline = text_newline(text);
    bool ended = !*text || g_str_has_suffix(text, "\n");
    return g_strconcat(text, ended ? "" : newline, line, newline, NULL);
}
