/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/bridge.h"

#include <string.h>

#include "common/error.h"

static bool is_bridge(const char *net, const char *name)
{
    g_autofree char *path = g_build_filename(net, name, "bridge", NULL);
    return g_file_test(path, G_FILE_TEST_IS_DIR);
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "xenbr0, xenbr1", or "none". */
static char *list_bridges(const char *net)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(net, 0, NULL);
    for (const char *name; folder && (name = g_dir_read_name(folder));)
        if (is_bridge(net, name))
            g_ptr_array_add(names, g_strdup(name));
    if (names->len == 0)
        return g_strdup("none");
    g_ptr_array_sort(names, by_name);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(", ", (char **)names->pdata);
}

bool bridge_check(const char *net, const char *bridge, const char *guest, GError **error)
{
    if (!strchr(bridge, '/') && is_bridge(net, bridge))
        return true;
    g_autofree char *there = list_bridges(net);
    g_autofree char *device = g_build_filename(net, bridge, NULL);
    if (!strchr(bridge, '/') && g_file_test(device, G_FILE_TEST_EXISTS))
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                    "guest \"%s\": network device \"%s\" is no bridge (bridges on this machine: %s); name one of them, or put "
                    "the device into a bridge: ip link add br0 type bridge && ip link set %s master br0",
                    guest, bridge, there, bridge);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                    "guest \"%s\": bridge \"%s\" is not there (bridges on this machine: %s); name one of them, or make it: "
                    "ip link add %s type bridge && ip link set %s up",
                    guest, bridge, there, bridge, bridge);
    return false;
}
