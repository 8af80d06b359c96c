/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-text.h"

#include <string.h>

void json_text_string(GString *out, const char *text)
{
    if (!text) {
        g_string_append(out, "null");
        return;
    }
    g_autofree char *valid = g_utf8_validate(text, -1, NULL) ? NULL : g_utf8_make_valid(text, -1);
    g_string_append_c(out, '"');
    for (const char *at = valid ? valid : text; *at;) {
        gsize plain = 0;
        while ((guchar)at[plain] >= 0x20 && at[plain] != '"' && at[plain] != '\\')
            plain++;
        g_string_append_len(out, at, (gssize)plain);
        at += plain;
        if (*at == '"' || *at == '\\')
            g_string_append_printf(out, "\\%c", *at++);
        else if (*at)
            g_string_append_printf(out, "\\u%04x", (guchar)*at++);
    }
    g_string_append_c(out, '"');
}

void json_text_member(GString *out, const char *name)
{
    if (out->len && out->str[out->len - 1] != '{')
        g_string_append_c(out, ',');
    g_string_append_c(out, '"');
    g_string_append(out, name);
    g_string_append(out, "\":");
}

void json_text_member_string(GString *out, const char *name, const char *text)
{
    json_text_member(out, name);
    json_text_string(out, text);
}
