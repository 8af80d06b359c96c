/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/run-file.h"

#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/guest-file.h"
#include "common/keyfile.h"
#include "common/seed/ssh-key.h"

RunNet run_net(const Options *options, const Host *host, const Policy *policy, bool xen, const char **bridge, const char **because)
{
    const char *asked = options->net;
    *bridge = NULL;
    *because = "option net";
    if (asked && g_str_equal(asked, "none"))
        return RUN_NET_NONE;
    if (asked && g_str_equal(asked, "user"))
        return RUN_NET_USER;
    if (asked) {
        *bridge = asked;
        return RUN_NET_BRIDGE;
    }
    if (policy->bridge) {
        *because = "the bridge of guestctl.conf";
        return RUN_NET_POLICY;
    }
    bool only_one = host->bridges[0] && !host->bridges[1];
    if (only_one && (xen || geteuid() == 0)) { /* a user's own libvirt may use none */
        *bridge = host->bridges[0];
        *because = "the only bridge of this machine";
        return RUN_NET_BRIDGE;
    }
    *because = xen ? "there is no bridge to choose by itself; name one with --net BRIDGE" : "QEMU's own network, which needs no bridge: the guest reaches "
                                                                                            "out, and nothing reaches it; for more name a bridge with --net BRIDGE";
    return xen ? RUN_NET_NONE : RUN_NET_USER;
}

static bool add(GString *text, const char *key, const char *value, GError **error)
{
    return !value || keyfile_add(text, key, value, error);
}

static bool add_size(GString *text, const char *key, guint64 kib, GError **error)
{
    g_autofree char *size = kib ? size_format_kib(kib) : NULL;
    return add(text, key, size, error);
}

static bool add_guest(GString *text, const Options *options, const char *image, GError **error)
{
    g_autofree char *vcpus = options->vcpus ? g_strdup_printf("%u", options->vcpus) : NULL;
    g_string_append(text, "[guest]\n");
    return add(text, "image", image, error) && add_size(text, "memory", options->memory_kib, error) && add(text, "vcpus", vcpus, error) &&
           add(text, "vm-mode", options->mode, error);
}

static bool add_disk(GString *text, const Options *options, GError **error)
{
    if (!options->disk_kib && !options->storage)
        return true;
    g_string_append(text, "\n[disk root]\n");
    return add(text, "storage", options->storage, error) && add_size(text, "size", options->disk_kib, error);
}

static bool add_nic(GString *text, RunNet net, const char *bridge, GError **error)
{
    if (net == RUN_NET_NONE)
        return true;
    g_string_append(text, "\n[nic net0]\n");
    return add(text, "bridge", bridge, error) && add(text, "network", net == RUN_NET_USER ? "user" : NULL, error);
}

/* The file is kept in another folder than ours, so paths are absolute in it. NULL: a key that no list can hold. */
static char *keys_of(const Options *options, GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < options->ssh_keys->len; i++) {
        const char *word = options->ssh_keys->pdata[i];
        bool is_key = ssh_key_is_literal(word, NULL);
        char *key = is_key ? g_strdup(word) : g_canonicalize_filename(word, NULL);
        g_ptr_array_add(keys, key);
        if (!strchr(key, ','))
            continue;
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "--ssh-key: \"%.60s\" has a comma in it, which a guest file's list of keys cannot hold; %s", word,
                    is_key ? "put the key into a file, and name that" : "give the file another name");
        return NULL;
    }
    g_ptr_array_add(keys, NULL);
    return g_strjoinv(", ", (GStrv)keys->pdata);
}

static bool add_seed(GString *text, const Options *options, GError **error)
{
    if (!options->seed && !options->hostname && !options->user_data && options->ssh_keys->len == 0)
        return true;
    g_autofree char *user_data = options->user_data ? g_canonicalize_filename(options->user_data, NULL) : NULL;
    g_autofree char *keys = keys_of(options, error);
    if (!keys)
        return false;
    g_string_append(text, "\n[cloud-init]\n");
    return add(text, "seed", options->seed, error) && add(text, "hostname", options->hostname, error) &&
           add(text, "ssh-key", *keys ? keys : NULL, error) && add(text, "user-data", user_data, error);
}

char *run_file(const Options *options, const char *image, RunNet net, const char *bridge, GError **error)
{
    g_autoptr(GString) text = g_string_new("# Written by guestctl run; yours from now on.\n");
    if (add_guest(text, options, image, error) && add_disk(text, options, error) && add_nic(text, net, bridge, error) && add_seed(text, options, error))
        return g_strdup(text->str);
    return NULL;
}
