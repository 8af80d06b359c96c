/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/guest-file.h"
#include "common/storage/storage.h"
#include "common/suggest.h"

StoragePolicy *storage_policy_new(void)
{
    StoragePolicy *policy = g_new0(StoragePolicy, 1);
    policy->cow = policy->force_raw = true; /* nova: use_cow_images, force_raw_images */
    policy->discard = -1;
    policy->said = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    return policy;
}

void storage_policy_free(StoragePolicy *policy)
{
    if (!policy)
        return;
    g_free(policy->type);
    g_free(policy->cache_file);
    g_free(policy->cache_block);
    g_free(policy->cache_network);
    g_free(policy->volume_group);
    g_free(policy->thin_pool);
    g_free(policy->clear);
    g_free(policy->rbd_pool);
    g_free(policy->ceph_conf);
    g_free(policy->rbd_user);
    g_free(policy->rbd_secret);
    g_hash_table_unref(policy->said);
    g_free(policy);
}

static bool set_type(StoragePolicy *policy, const char *value, GError **error)
{
    const StorageDriver *driver = NULL;
    if (!storage_driver_parse(value, &driver, error))
        return false;
    g_free(policy->type);
    policy->type = driver ? g_strdup(driver->name) : NULL;
    return true;
}

static bool set_switch(bool *value, const char *text, GError **error)
{
    static const char *const yes[] = {"yes", "true", "on", "1", "True", NULL}, *const no[] = {"no", "false", "off", "0", "False", NULL};
    if (!g_strv_contains(yes, text) && !g_strv_contains(no, text)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.40s\" is neither yes nor no", text);
        return false;
    }
    *value = g_strv_contains(yes, text);
    return true;
}

static bool set_force_raw(StoragePolicy *policy, const char *value, GError **error)
{
    return set_switch(&policy->force_raw, value, error);
}

static bool set_cow(StoragePolicy *policy, const char *value, GError **error)
{
    return set_switch(&policy->cow, value, error);
}

/* nova: preallocate_images is none or space. */
static bool set_preallocate(StoragePolicy *policy, const char *value, GError **error)
{
    if (g_str_equal(value, "none") || g_str_equal(value, "space")) {
        policy->preallocate = g_str_equal(value, "space");
        return true;
    }
    return set_switch(&policy->preallocate, value, error);
}

/* nova: hw_disk_discard is ignore or unmap. */
static bool set_discard(StoragePolicy *policy, const char *value, GError **error)
{
    bool discard = g_str_equal(value, "unmap");
    if (!discard && !g_str_equal(value, "ignore") && !set_switch(&discard, value, error))
        return false;
    policy->discard = discard;
    return true;
}

static bool cache_mode(char **member, const char *mode, GError **error)
{
    static const char *const modes[] = {"none", "writeback", "writethrough", "directsync", "unsafe", NULL};
    if (!g_strv_contains(modes, mode)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "cache mode \"%.40s\" is not known (use none, writeback, writethrough, directsync or unsafe)", mode);
        return false;
    }
    g_free(*member);
    *member = g_strdup(mode);
    return true;
}

/* nova: disk_cachemodes, "file=directsync,block=none,network=writeback". */
static bool set_cache(StoragePolicy *policy, const char *value, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", 16);
    for (char **part = parts; *part; part++) {
        g_auto(GStrv) pair = g_strsplit(g_strstrip(*part), "=", 2);
        const char *kind = pair[0] ? pair[0] : "";
        char **member = g_str_equal(kind, "file")      ? &policy->cache_file
                        : g_str_equal(kind, "block")   ? &policy->cache_block
                        : g_str_equal(kind, "network") ? &policy->cache_network
                                                       : NULL;
        if (!member || !pair[1]) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.60s\" is none of file=MODE, block=MODE and network=MODE", *part);
            return false;
        }
        if (!cache_mode(member, pair[1], error))
            return false;
    }
    return true;
}

/* A name that programs are given as a word of its own or beside a slash. */
static bool set_name(char **member, const char *value, GError **error)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+";
    if (strspn(value, allowed) != strlen(value) || !g_ascii_isalnum(value[0])) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.60s\" is no name: use letters, digits, - _ . +, a letter or digit first", value);
        return false;
    }
    g_free(*member);
    *member = g_strdup(value);
    return true;
}

#define SET_NAME(member)                                                                    \
    static bool set_##member(StoragePolicy *policy, const char *value, GError **error)     \
    {                                                                                       \
        return set_name(&policy->member, value, error);                                     \
    }
SET_NAME(volume_group)
SET_NAME(thin_pool)
SET_NAME(rbd_pool)
SET_NAME(rbd_user)
SET_NAME(rbd_secret)

static bool set_sparse(StoragePolicy *policy, const char *value, GError **error)
{
    return set_switch(&policy->sparse, value, error);
}

static bool set_ceph_conf(StoragePolicy *policy, const char *value, GError **error)
{
    if (!g_path_is_absolute(value)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.200s\" is no absolute path", value);
        return false;
    }
    policy->ceph_conf = g_strdup(value);
    return true;
}

static bool set_clear(StoragePolicy *policy, const char *value, GError **error)
{
    static const char *const ways[] = {"none", "zero", "shred", NULL};
    if (!g_strv_contains(ways, value)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.40s\" is not known (use none, zero or shred)", value);
        return false;
    }
    policy->clear = g_strdup(value);
    return true;
}

/* Ours has a unit; nova's volume_clear_size is MiB, 0 for all. */
static bool set_clear_size(StoragePolicy *policy, const char *value, GError **error)
{
    guint64 number = 0;
    if (g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT32, &number, NULL)) {
        policy->clear_size = number << 20;
        return true;
    }
    if (!size_parse_kib(value, &number, error))
        return false;
    policy->clear_size = number * 1024;
    return true;
}

/* The only list of what [storage] may say; docs/guestctl.conf.5.scd is checked against it. */
static const struct {
    const char *key, *nova;
    bool (*set)(StoragePolicy *policy, const char *value, GError **error);
} keys[] = {
    {"type", "images_type", set_type},
    {"force-raw", "force_raw_images", set_force_raw},
    {"cow", "use_cow_images", set_cow},
    {"preallocate", "preallocate_images", set_preallocate},
    {"discard", "hw_disk_discard", set_discard},
    {"cache", "disk_cachemodes", set_cache},
    {"volume-group", "images_volume_group", set_volume_group},
    {"sparse", "sparse_logical_volumes", set_sparse},
    {"thin-pool", NULL, set_thin_pool},
    {"volume-clear", "volume_clear", set_clear},
    {"volume-clear-size", "volume_clear_size", set_clear_size},
    {"rbd-pool", "images_rbd_pool", set_rbd_pool},
    {"ceph-conf", "images_rbd_ceph_conf", set_ceph_conf},
    {"rbd-user", "rbd_user", set_rbd_user},
    {"rbd-secret", "rbd_secret_uuid", set_rbd_secret},
};

GPtrArray *storage_policy_keys(void)
{
    GPtrArray *names = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        g_ptr_array_add(names, (gpointer)keys[i].key);
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i].nova)
            g_ptr_array_add(names, (gpointer)keys[i].nova);
    g_ptr_array_add(names, NULL);
    return names;
}

bool storage_policy_set(StoragePolicy *policy, const char *key, const char *value, const char *source, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (!g_str_equal(keys[i].key, key) && g_strcmp0(keys[i].nova, key) != 0)
            continue;
        if (g_hash_table_contains(policy->said, keys[i].key)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s and %s are one setting; write it once", keys[i].key, keys[i].nova ? keys[i].nova : keys[i].key);
            return false;
        }
        if (!keys[i].set(policy, value, error)) {
            g_prefix_error(error, "%s: ", key);
            return false;
        }
        g_hash_table_insert(policy->said, (gpointer)keys[i].key, g_strdup_printf("%s: %s = %s", source, key, value));
        return true;
    }
    g_autoptr(GPtrArray) names = storage_policy_keys();
    const char *nearest = suggest_nearest(key, (const char *const *)names->pdata);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "key \"%s\" is not known%s%s%s", key, nearest ? "; did you mean \"" : "",
                nearest ? nearest : "", nearest ? "\"?" : "");
    return false;
}

const char *storage_policy_said(const StoragePolicy *policy, const char *key)
{
    const char *said = g_hash_table_lookup(policy->said, key);
    return said ? said : "guestctl's default";
}
