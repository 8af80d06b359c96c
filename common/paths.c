/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/paths.h"

#include <unistd.h>

Paths *paths_new(const char *root_option)
{
    Paths *paths = g_new0(Paths, 1);
    const char *root = root_option ? root_option : g_getenv("GUESTCTL_ROOT");
    if (root && *root) /* an empty one is one that was not set */
        paths->root = g_canonicalize_filename(root, NULL);
    else if (geteuid() == 0)
        paths->root = g_strdup("");
    else
        paths->root = g_build_filename(g_get_user_data_dir(), "guestctl", NULL);
    if (g_str_equal(paths->root, "/"))
        paths->root[0] = '\0';
    paths->system = g_strdup(root && *root ? paths->root : "");

    paths->config = g_strconcat(paths->root, "/etc/guestctl/guestctl.conf", NULL);
    paths->dom0 = g_strconcat(paths->root, "/etc/guestctl/dom0.conf", NULL);
    paths->guests = g_strconcat(paths->root, "/etc/guestctl/guests", NULL);
    paths->state = g_strconcat(paths->root, "/var/lib/guestctl", NULL);
    paths->images = g_strconcat(paths->state, "/images", NULL);
    paths->journal = g_strconcat(paths->state, "/journal", NULL);
    paths->run = g_strconcat(paths->root, "/run/guestctl", NULL);
    return paths;
}

void paths_free(Paths *paths)
{
    if (!paths)
        return;
    g_free(paths->root);
    g_free(paths->system);
    g_free(paths->config);
    g_free(paths->dom0);
    g_free(paths->guests);
    g_free(paths->state);
    g_free(paths->images);
    g_free(paths->journal);
    g_free(paths->run);
    g_free(paths);
}

char *paths_definition(const Paths *paths, const char *guest)
{
    return g_strdup_printf("%s/%s.guest", paths->guests, guest);
}

char *paths_guest_state(const Paths *paths, const char *guest)
{
    return g_strdup_printf("%s/guests/%s", paths->state, guest);
}

char *paths_guest_seed(const Paths *paths, const char *guest)
{
    return g_build_filename(paths->state, "guests", guest, "seed.iso", NULL);
}
