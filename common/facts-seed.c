/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/facts.h"
#include "common/file.h"
#include "common/seed/seed.h"
#include "common/seed/ssh-key.h"

/* A relative path in a guest's file is relative to that file. */
static void make_absolute(const Request *request, char **path)
{
    g_autofree char *folder = request->definition ? g_path_get_dirname(request->definition) : NULL;
    char *full = *path ? g_canonicalize_filename(*path, folder) : NULL;
    g_free(*path);
    *path = full;
}

static bool read_bytes(const Request *request, const char *what, char **path, gsize max, GBytes **bytes, GError **error)
{
    gsize length = 0;
    if (!*path)
        return true;
    make_absolute(request, path);
    char *text = file_read(*path, max, &length, error);
    if (!text) {
        g_prefix_error(error, "%s: ", what);
        return false;
    }
    *bytes = g_bytes_new_take(text, length);
    return true;
}

static void add_key(GPtrArray *keys, const char *key)
{
    if (!g_ptr_array_find_with_equal_func(keys, key, g_str_equal, NULL))
        g_ptr_array_add(keys, g_strdup(key));
}

static bool add_keys(const Request *request, char **word, GPtrArray *keys, GError **error)
{
    g_autofree char *folder = request->definition ? g_path_get_dirname(request->definition) : NULL;
    if (ssh_key_is_literal(*word, folder)) {
        add_key(keys, *word);
        return ssh_key_check(*word, error);
    }
    make_absolute(request, word);
    g_autofree char *text = file_read(*word, SSH_KEY_FILE_MAX, NULL, error);
    g_autoptr(GPtrArray) of_file = text ? ssh_keys_parse(text, *word, error) : NULL;
    for (guint i = 0; of_file && i < of_file->len; i++)
        add_key(keys, of_file->pdata[i]);
    return of_file != NULL;
}

bool facts_read_keys(const Request *request, GStrv words, GPtrArray *keys, GError **error)
{
    for (char **word = words; word && *word; word++)
        if (!add_keys(request, word, keys, error)) {
            g_prefix_error(error, "ssh-key: ");
            return false;
        }
    return true;
}

bool facts_gather_seed(Request *request, const Paths *paths, GError **error)
{
    RequestSeed *seed = &request->seed;
    seed->path = paths_guest_seed(paths, request->name);
    seed->keys = g_ptr_array_new_with_free_func(g_free);
    return facts_read_keys(request, seed->ssh_keys, seed->keys, error) &&
           read_bytes(request, "user-data", &seed->user_data, SEED_USER_DATA_MAX, &seed->user_data_bytes, error) &&
           read_bytes(request, "network-config", &seed->network_config, SEED_NETWORK_MAX, &seed->network_config_bytes, error);
}
