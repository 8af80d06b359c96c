/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/libvirt-conf.h"

#include <string.h>

#include "common/error.h"
#include "grub/text.h"

static bool not_plain(guint line, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "line %u is not NAME = NUMBER or NAME = \"TEXT\"; correct it, or look by hand", line);
    return false;
}

/* NAME = NUMBER or "TEXT", and perhaps a comment. What is wrong elsewhere in the file is libvirt's to say. */
static bool read_value(const char *rest, guint line, char **value, bool *quoted, GError **error)
{
    g_autoptr(GRegex) plain = g_regex_new("^(?:(-?[0-9]+)|\"([^\"]*)\"|'([^']*)')[ \\t]*(?:#.*)?$", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(plain, rest, 0, &match))
        return not_plain(line, error);
    g_autofree char *number = g_match_info_fetch(match, 1);
    *quoted = *number == '\0';
    *value = *quoted ? g_match_info_fetch(match, g_str_has_prefix(rest, "'") ? 3 : 2) : g_steal_pointer(&number);
    return true;
}

char *libvirt_conf_get(const char *text, const char *name, bool *quoted, GError **error)
{
    guint number = 0;
    gsize at = 0;
    for (Span span; text_line(text, &at, &span);) {
        number++;
        g_autofree char *copy = text_span(text, span);
        const char *line = g_strstrip(copy), *rest = line + strlen(name);
        if (!g_str_has_prefix(line, name))
            continue;
        rest += strspn(rest, " \t");
        if (*rest != '=')
            continue;
        rest += 1 + strspn(rest + 1, " \t");
        char *value = NULL;
        return read_value(rest, number, &value, quoted, error) ? value : NULL;
    }
    return NULL;
}
