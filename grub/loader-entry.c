/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/loader-entry.h"

#include <fnmatch.h>
#include <string.h>

#include "common/file.h"
#include "grub/esp.h"
#include "grub/text.h"

#define LOADER_FILE_MAX (64 * 1024) /* bytes */

/* What is on a line: the key, and the value without quotes. */
static bool read_line(const char *text, Span line, Span *key, Span *value)
{
    while (line.start < line.end && strchr(" \t", text[line.start]))
        line.start++;
    while (line.end > line.start && strchr(" \t\r", text[line.end - 1]))
        line.end--;
    if (line.start == line.end || text[line.start] == '#')
        return false;
    *key = (Span){line.start, line.start};
    while (key->end < line.end && !strchr(" \t", text[key->end]))
        key->end++;
    *value = (Span){key->end, line.end};
    while (value->start < line.end && strchr(" \t", text[value->start]))
        value->start++;
    bool quoted = value->end > value->start + 1 && text[value->start] == '"' && text[value->end - 1] == '"';
    value->start += quoted;
    value->end -= quoted;
    return value->start < value->end;
}

static bool is_key(const char *text, Span key, const char *name)
{
    return key.end - key.start == strlen(name) && strncmp(text + key.start, name, key.end - key.start) == 0;
}

/* The line that counts. */
static bool find_last(const char *text, const char *name, Span *found, Span *value)
{
    bool there = false;
    gsize at = 0;
    for (Span line, key, its; text_line(text, &at, &line);)
        if (read_line(text, line, &key, &its) && is_key(text, key, name)) {
            *found = line;
            *value = its;
            there = true;
        }
    return there;
}

char *loader_get(const char *text, const char *key)
{
    Span line, value;
    return find_last(text, key, &line, &value) ? text_span(text, value) : NULL;
}

char *loader_set(const char *text, const char *key, const char *value)
{
    Span line, old;
    g_autofree char *made = g_strdup_printf("%s %s", key, value);
    return find_last(text, key, &line, &old) ? text_splice(text, line, made) : text_append_line(text, made);
}

void loader_entry_free(LoaderEntry *entry)
{
    if (!entry)
        return;
    g_free(entry->mount);
    g_free(entry->path);
    g_free(entry->id);
    g_free(entry->text);
    g_free(entry->efi);
    g_free(entry->kernel);
    g_free(entry->version);
    g_free(entry->machine_id);
    g_free(entry->options);
    g_ptr_array_unref(entry->ramdisks);
    g_free(entry);
}

static void take(LoaderEntry *entry, Span key, Span value)
{
    const char *text = entry->text;
    g_autofree char *name = text_span(text, key), *got = text_span(text, value);
    char **kept = g_str_equal(name, "version")      ? &entry->version
                  : g_str_equal(name, "machine-id") ? &entry->machine_id
                  : g_str_equal(name, "efi")        ? &entry->efi
                  : g_str_equal(name, "linux")      ? &entry->kernel
                                                    : NULL;
    if (kept) {
        g_free(*kept);
        *kept = g_steal_pointer(&got);
    } else if (g_str_equal(name, "initrd")) {
        g_ptr_array_add(entry->ramdisks, g_steal_pointer(&got));
    } else if (g_str_equal(name, "options")) {
        char *joined = *entry->options ? g_strconcat(entry->options, " ", got, NULL) : g_strdup(got);
        g_free(entry->options);
        entry->options = joined;
    }
}

/* NAME+3-1.conf is NAME.conf that has been tried once (systemd, "Automatic Boot Assessment"). */
char *loader_id(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    g_autoptr(GRegex) counter = g_regex_new("\\+[0-9]+(-[0-9]+)?(\\.conf)$", G_REGEX_CASELESS, 0, NULL);
    return g_regex_replace(counter, name, -1, 0, "\\2", 0, NULL);
}

LoaderEntry *loader_entry_parse(const char *mount, const char *path, const char *text)
{
    LoaderEntry *entry = g_new0(LoaderEntry, 1);
    entry->mount = g_strdup(mount);
    entry->path = g_strdup(path);
    entry->id = loader_id(path);
    entry->text = g_strdup(text);
    entry->options = g_strdup("");
    entry->ramdisks = g_ptr_array_new_with_free_func(g_free);
    gsize at = 0;
    for (Span line, key, value; text_line(text, &at, &line);)
        if (read_line(text, line, &key, &value))
            take(entry, key, value);
    if (!entry->efi == !entry->kernel)
        g_clear_pointer(&entry, loader_entry_free);
    return entry;
}

static void add_from(const char *root, const char *mount, GPtrArray *entries)
{
    g_autofree char *folder = esp_find(root, mount, "loader/entries");
    g_autoptr(GPtrArray) names = folder ? esp_list(root, folder, "*.conf") : g_ptr_array_new();
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_strconcat(folder, "/", names->pdata[i], NULL);
        g_autofree char *full = g_strconcat(root, path, NULL);
        g_autofree char *text = file_read(full, LOADER_FILE_MAX, NULL, NULL);
        LoaderEntry *entry = text ? loader_entry_parse(mount, path, text) : NULL;
        if (entry)
            g_ptr_array_add(entries, entry);
    }
}

GPtrArray *loader_entries(const char *root)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)loader_entry_free);
    for (const char *const *mount = esp_mounts; *mount; mount++)
        add_from(root, *mount, entries);
    return entries;
}

char *loader_conf_path(const char *root)
{
    const char *first = NULL;
    for (const char *const *mount = esp_mounts; *mount; mount++) {
        g_autofree char *folder = esp_find(root, *mount, "loader");
        char *path = folder ? esp_find(root, folder, "loader.conf") : NULL;
        if (path)
            return path;
        first = folder && !first ? *mount : first;
    }
    return g_strconcat(first ? first : esp_mounts[0], "/loader/loader.conf", NULL);
}

bool loader_matches(const char *id, const char *pattern)
{
    return fnmatch(pattern, id, FNM_CASEFOLD) == 0;
}
