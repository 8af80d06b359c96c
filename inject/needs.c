/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/error.h"
#include "inject/appliance.h"

static bool missing(GError **error, const char *what, const char *package)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "%s; install it with: apt-get install %s", what, package);
    return false;
}

static bool is_program(const char *name)
{
    g_autofree char *path = g_find_program_in_path(name);
    return path != NULL;
}

static bool any_there(const char *const *patterns, gsize n)
{
    bool found = false;
    for (gsize i = 0; i < n && !found; i++) {
        glob_t names = {0};
        found = glob(patterns[i], GLOB_NOSORT, NULL, &names) == 0;
        globfree(&names);
    }
    return found;
}

/* A whole appliance (guestfs(3), FIXED APPLIANCE) in one of the folders of LIBGUESTFS_PATH, or the parts of one. */
static bool find_appliance(const char *path, bool *fixed, bool *parts)
{
    g_auto(GStrv) folders = g_strsplit(path, ":", -1);
    for (char **folder = folders; *folder; folder++) {
        g_autofree char *readme = g_build_filename(*folder, "README.fixed", NULL), *supermin = g_build_filename(*folder, "supermin.d", NULL);
        *fixed |= access(readme, F_OK) == 0;
        *parts |= access(supermin, F_OK) == 0;
    }
    return *fixed || *parts;
}

/* supermin(1): where it looks for a kernel when SUPERMIN_KERNEL does not name one. */
static bool check_appliance(guestfs_h *g, GError **error)
{
    static const char *const kernels[] = {"/boot/vmlinu*", "/lib/modules/*/vmlinuz"};
    const char *path = guestfs_get_path(g);
    bool fixed = false, parts = false;
    if (!path || !find_appliance(path, &fixed, &parts))
        return missing(error, "libguestfs' appliance is not installed", "libguestfs0");
    if (fixed)
        return true;
    if (!is_program("supermin"))
        return missing(error, "supermin, which makes libguestfs' appliance, is not installed", "supermin");
    if (getenv("SUPERMIN_KERNEL") || any_there(kernels, G_N_ELEMENTS(kernels)))
        return true;
    return missing(error, "libguestfs' appliance needs a Linux kernel, and there is none in /boot", "linux-image-amd64");
}

bool needs_check(GError **error)
{
    if (!is_program("qemu-nbd"))
        return missing(error, "qemu-nbd is not installed", "qemu-utils");
    guestfs_h *g = guestfs_create();
    if (!g) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "libguestfs cannot be used; see: libguestfs-test-tool");
        return false;
    }
    g_autofree char *qemu = guestfs_get_hv(g);
    bool good = check_appliance(g, error);
    if (good && (!qemu || access(qemu, X_OK) != 0))
        good = missing(error, "the QEMU that libguestfs' appliance runs in is not installed", "qemu-system-x86");
    guestfs_close(g);
    return good;
}
