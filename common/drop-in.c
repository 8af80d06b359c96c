/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/drop-in.h"

#include <string.h>

#include "common/error.h"

#define DROP_IN_MAX (1024 * 1024) /* bytes of one file */

static int by_base_name(gconstpointer a, gconstpointer b)
{
    const char *first = strrchr(*(const char *const *)a, '/'), *second = strrchr(*(const char *const *)b, '/');
    return strcmp(first, second);
}

GStrv drop_in_paths(SysTree *tree, const char *const *folders, const char *suffix)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *paths = g_ptr_array_new();
    for (; *folders; folders++) {
        g_auto(GStrv) names = sys_names(tree, *folders, "", suffix);
        for (char **name = names; *name; name++) {
            g_autofree char *path = g_build_filename(*folders, *name, NULL);
            if (g_hash_table_add(seen, g_strdup(*name)) && !sys_is_null(tree, path))
                g_ptr_array_add(paths, g_steal_pointer(&path));
        }
    }
    if (paths->len)
        g_ptr_array_sort(paths, by_base_name);
    g_ptr_array_add(paths, NULL);
    return (GStrv)g_ptr_array_free(paths, FALSE);
}

char *drop_in_read(SysTree *tree, const char *path)
{
    g_autoptr(GError) error = NULL;
    char *text = sys_try_read(tree, path, DROP_IN_MAX, NULL, &error);
    if (!text && g_error_matches(error, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED))
        g_ptr_array_add(tree->faults, g_strdup(error->message));
    return text ? text : g_strdup("");
}
