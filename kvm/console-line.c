/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/console-line.h"

#include <string.h>

enum { LINE_MAX_BYTES = 4096 };

struct ConsoleLine {
    char *until;
    GString *current, *last;
};

ConsoleLine *console_line_new(const char *until)
{
    ConsoleLine *line = g_new0(ConsoleLine, 1);
    line->until = g_strdup(until);
    line->current = g_string_new(NULL);
    line->last = g_string_new(NULL);
    return line;
}

void console_line_free(ConsoleLine *line)
{
    if (!line)
        return;
    g_free(line->until);
    g_string_free(line->current, TRUE);
    g_string_free(line->last, TRUE);
    g_free(line);
}

gsize console_line_feed(ConsoleLine *line, const char *data, gsize length, bool *found)
{
    for (gsize i = 0; i < length; i++) {
        if (data[i] == '\0' || data[i] == '\r') /* would hide what follows from strstr() */
            continue;
        if (data[i] != '\n') {
            if (line->current->len >= LINE_MAX_BYTES)
                g_string_erase(line->current, 0, LINE_MAX_BYTES / 2);
            g_string_append_c(line->current, data[i]);
            continue;
        }
        bool match = line->until && strstr(line->current->str, line->until);
        if (line->current->len)
            g_string_assign(line->last, line->current->str);
        g_string_truncate(line->current, 0);
        if (match) {
            *found = true;
            return i + 1;
        }
    }
    return length;
}

char *console_line_last(const ConsoleLine *line)
{
    const GString *text = line->current->len ? line->current : line->last;
    g_autofree char *valid = g_utf8_make_valid(text->str, -1);
    GString *shown = g_string_new(NULL);
    for (const char *at = valid; *at && shown->len < 200; at += g_utf8_skip[*(const guchar *)at])
        if (g_unichar_isprint(g_utf8_get_char(at)))
            g_string_append_unichar(shown, g_utf8_get_char(at));
    return g_string_free(shown, FALSE);
}
