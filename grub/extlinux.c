/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/extlinux.h"

#include <stdbool.h>
#include <string.h>

#include "grub/text.h"

typedef struct Entry {
    char *label;
    char *line; /* Xen's; NULL: it has no Xen */
    bool mboot, is_default;
} Entry;

static void entry_free(gpointer data)
{
    Entry *entry = data;
    g_free(entry->label);
    g_free(entry->line);
    g_free(entry);
}

/* What follows the keyword; NULL: another one. */
static const char *after(const char *line, const char *keyword)
{
    gsize length = strlen(keyword);
    if (g_ascii_strncasecmp(line, keyword, length) != 0 || !strchr(" \t", line[length]))
        return NULL;
    line += length;
    return line + strspn(line, " \t");
}

/* Of "xen.gz OPTIONS --- vmlinuz ...". */
static char *xen_of(const char *append)
{
    const char *options = append + strcspn(append, " \t");
    const char *end = strstr(options, " ---");
    g_autofree char *name = g_strndup(append, (gsize)(options - append)), *file = g_path_get_basename(name);
    if (!end || !g_str_has_prefix(file, "xen"))
        return NULL;
    return end > options ? g_strstrip(g_strndup(options, (gsize)(end - options))) : g_strdup("");
}

static void take(Entry *entry, const char *line)
{
    const char *value;
    if (g_ascii_strcasecmp(line, "MENU DEFAULT") == 0)
        entry->is_default = true;
    else if ((value = after(line, "COM32")) || (value = after(line, "KERNEL")))
        entry->mboot = strstr(value, "mboot.c32") != NULL;
    else if ((value = after(line, "APPEND"))) {
        g_free(entry->line);
        entry->line = xen_of(value);
    }
}

static GPtrArray *parse(const char *text)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    gsize at = 0;
    for (Span span; text_line(text, &at, &span);) {
        g_autofree char *copy = text_span(text, span);
        const char *line = g_strstrip(copy), *label = after(line, "LABEL");
        if (label) {
            Entry *entry = g_new0(Entry, 1);
            entry->label = g_strdup(label);
            g_ptr_array_add(entries, entry);
        } else if (entries->len) {
            take(entries->pdata[entries->len - 1], line);
        }
    }
    return entries;
}

static const Entry *booted(const GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++)
        if (((const Entry *)entries->pdata[i])->is_default)
            return entries->pdata[i];
    return entries->len ? entries->pdata[0] : NULL;
}

static bool has_xen(const Entry *entry)
{
    return entry && entry->mboot && entry->line;
}

char *extlinux_default(const char *text)
{
    g_autoptr(GPtrArray) entries = parse(text);
    const Entry *entry = booted(entries);
    return entry ? g_strdup(entry->label) : NULL;
}

char *extlinux_xen_line(const char *text)
{
    g_autoptr(GPtrArray) entries = parse(text);
    const Entry *entry = booted(entries);
    for (guint i = 0; i < entries->len && !has_xen(entry); i++)
        entry = entries->pdata[i];
    return has_xen(entry) ? g_strdup(entry->line) : NULL;
}
