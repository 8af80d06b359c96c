/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/grub-warnings.h"

#include <string.h>

#include "common/file.h"
#include "grub/boot-block.h"
#include "grub/boot-target.h"

/* The names of our options, of the last assignment that our part has. */
static Cmdline *our_options(const GPtrArray *files, const char *ours)
{
    const BootFile *file = boot_files_find(files, ours);
    g_autofree char *inside = NULL;
    if (!file || !boot_block_get(file->text, ours, &inside, NULL) || !inside)
        return cmdline_parse("");
    const char *start = strchr(inside, ' ');
    g_autofree char *words = start ? g_strndup(start + 1, strcspn(start + 1, "\"\n")) : g_strdup("");
    return cmdline_parse(words);
}

static bool names_option(const Cmdline *options, const char *name)
{
    g_autofree char *value = cmdline_get(options, name);
    return value != NULL;
}

/* Ours against another file's, and two of other files. */
static void add_fights(GPtrArray *reasons, const GPtrArray *files, const char *ours, GHashTable *others)
{
    g_autoptr(Cmdline) options = our_options(files, ours);
    GHashTableIter iter;
    gpointer name, paths;
    g_hash_table_iter_init(&iter, others);
    while (g_hash_table_iter_next(&iter, &name, &paths))
        if (names_option(options, name))
            reason_add(reasons, name, ours, SEVERITY_WARNING, "%s sets %s too; take it away there, so that one file decides",
                (const char *)paths, (const char *)name);
        else if (strstr(paths, ", "))
            reason_add(reasons, name, "", SEVERITY_WARNING, "more than one file sets it: %s; keep it in one", (const char *)paths);
}

void grub_warn_of_files(GPtrArray *reasons, const GPtrArray *files, const char *ours, GHashTable *others)
{
    g_autoptr(GString) paths = g_string_new(NULL);
    for (guint i = 0; i < files->len; i++) {
        const BootFile *file = files->pdata[i];
        g_string_append_printf(paths, "%s%s", i ? ", " : "", file->path);
        if (strcmp(file->path, ours) > 0)
            reason_add(reasons, "file", file->path, SEVERITY_WARNING, "it is read after %s and may override it; give it a name that sorts before", ours);
        if (strchr(file->text, '\r'))
            reason_add(reasons, "file", file->path, SEVERITY_WARNING,
                "it has carriage returns (DOS line ends), which the shell keeps in the values; take them out");
    }
    reason_add(reasons, "files", files->len ? paths->str : "none", SEVERITY_INFO, "what grub-mkconfig reads, in this order");
    add_fights(reasons, files, ours, others);
}

/* One of them is enough: they mostly come from one line. */
static void add_interpreted(GPtrArray *reasons, const char *cfg, const Menu *menu)
{
    for (guint i = 0; i < menu->entries->len; i++) {
        const MenuEntry *entry = menu->entries->pdata[i];
        g_autofree char *words = entry->xen_line ? menu_xen_words(entry) : NULL;
        g_autoptr(GError) error = NULL;
        if (!words || menu_check_words(cfg, words, &error))
            continue;
        reason_add(reasons, "line", entry->title, SEVERITY_WARNING, "%s", error->message);
        return;
    }
}

bool grub_warn_of_menu(GPtrArray *reasons, const char *cfg, const Menu *menu, const char *environment)
{
    g_autofree char *saved = environment ? menu_environment(environment, "saved_entry") : NULL;
    g_autofree char *next = environment ? menu_environment(environment, "next_entry") : NULL;
    const MenuEntry *chosen = menu_default(menu, saved);
    if (!menu_first_xen(menu, false))
        reason_add(reasons, "menu", cfg, SEVERITY_WARNING, "no entry starts Xen; install the hypervisor and a kernel with CONFIG_XEN_DOM0=y");
    add_interpreted(reasons, cfg, menu);
    if (next)
        reason_add(reasons, "next boot", next, SEVERITY_WARNING, "grubenv has next_entry: the next boot, and only that one, is this entry");
    if (!chosen) {
        reason_add(reasons, "default", menu->chosen ? menu->chosen : "0", SEVERITY_WARNING, "%s has no such entry", cfg);
        return false;
    }
    if (chosen->xen_line)
        reason_add(reasons, "default", chosen->title, SEVERITY_INFO, "%s starts Xen when nobody chooses", cfg);
    else
        reason_add(reasons, "default", chosen->title, SEVERITY_WARNING,
            "%s boots this when nobody chooses, and it does not start Xen; guestctl grub apply --set-default makes Xen the default", cfg);
    return chosen->xen_line != NULL;
}

/* As 20_linux_xen looks for it. */
static bool can_be_dom0(const char *root, const char *version)
{
    g_autofree char *path = g_strdup_printf("%s/boot/config-%s", root, version);
    g_autofree char *text = file_read(path, 4 * 1024 * 1024, NULL, NULL);
    return text && (strstr(text, "\nCONFIG_XEN_DOM0=y\n") || strstr(text, "\nCONFIG_XEN_PRIVILEGED_GUEST=y\n") ||
                    g_str_has_prefix(text, "CONFIG_XEN_DOM0=y\n"));
}

void grub_warn_of_kernels(GPtrArray *reasons, const char *root)
{
    g_autofree char *folder = g_strconcat(root, "/boot", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint good = 0;
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (!g_str_has_prefix(name, "vmlinuz-"))
            continue;
        if (can_be_dom0(root, name + strlen("vmlinuz-")))
            good++;
        else
            reason_add(reasons, "kernel", name, SEVERITY_WARNING,
                "it has no config in /boot, or none with CONFIG_XEN_DOM0=y (Debian's cloud kernels), so it gets no entry with Xen");
    }
    if (good == 0)
        reason_add(reasons, "kernel", "none", SEVERITY_WARNING, "no kernel in /boot can be dom0's; install one with CONFIG_XEN_DOM0=y");
}
