/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/esp.h"

#include <fnmatch.h>
#include <string.h>

/* The first that has what is looked for. "/boot" is the extended boot partition, or the ESP itself where that is mounted
 * there (Boot Loader Specification, systemd's bootctl). */
const char *const esp_mounts[] = {"/boot/efi", "/efi", "/boot", NULL};

static int compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *esp_list(const char *root, const char *folder, const char *pattern)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = g_strconcat(root, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (fnmatch(pattern, name, FNM_CASEFOLD) == 0)
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare);
    return names;
}

/* The name as it is written; the very same wins on a file system that has both. */
static char *find_name(const char *root, const char *folder, const char *name)
{
    g_autofree char *exact = g_strconcat(root, folder, "/", name, NULL);
    if (g_file_test(exact, G_FILE_TEST_EXISTS))
        return g_strdup(name);
    g_autoptr(GPtrArray) names = esp_list(root, folder, "*");
    for (guint i = 0; i < names->len; i++)
        if (g_ascii_strcasecmp(names->pdata[i], name) == 0)
            return g_strdup(names->pdata[i]);
    return NULL;
}

char *esp_find(const char *root, const char *folder, const char *path)
{
    g_auto(GStrv) parts = g_strsplit_set(path, "/\\", -1);
    g_autoptr(GString) found = g_string_new(folder);
    for (char **part = parts; *part; part++) {
        if (!**part || g_str_equal(*part, "."))
            continue;
        g_autofree char *name = g_str_equal(*part, "..") ? NULL : find_name(root, found->str, *part);
        if (!name)
            return NULL;
        g_string_append_printf(found, "/%s", name);
    }
    g_autofree char *full = g_strconcat(root, found->str, NULL);
    return g_file_test(full, G_FILE_TEST_EXISTS) ? g_strdup(found->str) : NULL;
}

const char *esp_of(const char *path)
{
    for (const char *const *mount = esp_mounts; *mount; mount++)
        if (g_str_has_prefix(path, *mount) && path[strlen(*mount)] == '/')
            return *mount;
    return NULL;
}
