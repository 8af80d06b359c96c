/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/xen-entry.h"

#include <string.h>

#include "common/error.h"
#include "grub/esp.h"

void xen_entry_free(XenEntry *entry)
{
    if (!entry)
        return;
    xen_efi_free(entry->efi);
    g_free(entry->config);
    g_free(entry->section);
    g_free(entry->behind);
    g_free(entry);
}

bool xen_entry_is(const LoaderEntry *entry)
{
    if (!entry->efi)
        return false;
    const char *name = entry->efi + strlen(entry->efi);
    while (name > entry->efi && !strchr("/\\", name[-1]))
        name--;
    return xen_efi_is_name(name);
}

static bool is_config_option(const char *word)
{
    return (*word == '-' || *word == '/') && g_str_has_prefix(word + 1, "cfg");
}

/* One word of the options; more: the word behind it. True when that was used too. */
static bool take(XenEntry *entry, const char *word, const char *more)
{
    bool split = is_config_option(word) && word[4] == '\0' && more;
    if (is_config_option(word) && (word[4] == '=' || split)) {
        g_free(entry->config);
        entry->config = g_strdup(split ? more : word + 5);
    } else if (*word != '-' && *word != '/') {
        g_free(entry->section);
        entry->section = g_strdup(word);
    }
    return split;
}

/* Up to "--"; what follows that is Xen's. Caller frees both. */
static GPtrArray *split(const char *options, char **behind)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    for (;;) {
        options += strspn(options, " \t");
        gsize length = strcspn(options, " \t");
        if (length == 0)
            break;
        g_autofree char *word = g_strndup(options, length);
        options += length;
        const char *rest = options + strspn(options, " \t");
        if (g_str_equal(word, "--") && *rest) {
            *behind = g_strdup(rest);
            return words;
        }
        g_ptr_array_add(words, g_steal_pointer(&word));
    }
    *behind = g_strdup("");
    return words;
}

static void read_options(XenEntry *entry, const char *options)
{
    g_autoptr(GPtrArray) words = split(options, &entry->behind);
    entry->headless = words->len > 0 && is_config_option(words->pdata[0]);
    for (guint i = entry->headless ? 0 : 1; i < words->len; i++)
        i += take(entry, words->pdata[i], i + 1 < words->len ? words->pdata[i + 1] : NULL);
}

XenEntry *xen_entry_new(const char *root, const LoaderEntry *from, GError **error)
{
    g_autofree char *path = esp_find(root, from->mount, from->efi);
    if (!path) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "%s: %s is not on %s, so systemd-boot leaves the entry out; correct its efi line",
                    from->path, from->efi, from->mount);
        return NULL;
    }
    XenEntry *entry = g_new0(XenEntry, 1);
    entry->efi = xen_efi_new(root, path);
    read_options(entry, from->options);
    return entry;
}

XenBoot *xen_entry_read(const char *root, const LoaderEntry *from, const XenEntry *entry, bool lenient, GError **error)
{
    g_autofree char *named = entry->config ? xen_efi_find(root, entry->efi, entry->config) : NULL;
    const char *config = entry->headless && !(lenient && !entry->efi->config) ? entry->efi->config : entry->config ? named : entry->efi->config;
    if (!config) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s finds no configuration: %s%s", from->path, entry->efi->name,
                    entry->headless  ? "it takes the first word of options for its own name; write: options xen.efi "
                    : entry->config ? "this is not there: "
                                     : "there is no xen.cfg beside it; write one",
                    entry->headless ? from->options : entry->config ? entry->config : "");
        return NULL;
    }
    XenBoot *boot = xen_boot_read(root, entry->efi, config, entry->section, error);
    if (!boot)
        g_prefix_error(error, "%s: ", from->path);
    return boot;
}

char *xen_entry_line(const XenEntry *entry, const XenBoot *boot)
{
    return *entry->behind ? g_strjoin(*boot->line ? " " : "", boot->line, entry->behind, NULL) : g_strdup(boot->line);
}
