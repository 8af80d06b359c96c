/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "inject/appliance.h"

/* Which file systems are the guest's. nova 18.1.0 virt/disk/vfs/guestfs.py: -1 looks for an operating system and takes its mount
 * points, and refuses more than one system; 0 is the whole disk; a number is that partition alone. */

#define DISK "/dev/sda"

bool guestfs_failed(guestfs_h *g, int code, const char *doing, GError **error)
{
    const char *why = guestfs_last_error(g);
    int line = why ? (int)strcspn(why, "\n") : 0; /* what follows is how to debug libguestfs */
    if (guestfs_last_errno(g) == ENOSPC)
        code = GUESTCTL_ERROR_RESOURCES;
    g_set_error(error, GUESTCTL_ERROR, code, "%s: %.*s", doing, why ? line : 100, why ? why : "libguestfs does not say why");
    return false;
}

/* What libguestfs gives is malloc()ed, which is what g_free() frees. */
static char *join(char **strings)
{
    return strings && *strings ? g_strjoinv(", ", strings) : g_strdup("none");
}

/* A mount point that is not "/" may be another disk's, which is not here. What is put below it must not end up under it. */
static bool is_needed(const Inject *inject, const char *mount_point)
{
    gsize length = strlen(mount_point);
    if (length == 1)
        return true;
    bool needed = g_str_has_prefix("/etc/", mount_point) || g_str_has_prefix("/root/", mount_point) || g_str_equal(mount_point, "/home");
    for (guint i = 0; i < inject->files->len; i++) {
        const InjectFile *file = inject->files->pdata[i];
        needed |= g_str_has_prefix(file->path, mount_point) && file->path[length] == '/';
    }
    return needed;
}

typedef struct MountPoint {
    const char *path, *device;
} MountPoint;

static int shorter_first(gconstpointer a, gconstpointer b)
{
    gsize first = strlen(((const MountPoint *)a)->path), second = strlen(((const MountPoint *)b)->path);
    return first < second ? -1 : first > second;
}

static bool mount_system(guestfs_h *g, const Inject *inject, const char *root, GError **error)
{
    g_auto(GStrv) pairs = guestfs_inspect_get_mountpoints(g, root);
    g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(MountPoint));
    for (char **pair = pairs; pair && pair[0] && pair[1]; pair += 2) {
        MountPoint point = {pair[0], pair[1]};
        g_array_append_val(points, point);
    }
    g_array_sort(points, shorter_first);
    if (points->len == 0)
        return guestfs_failed(g, GUESTCTL_ERROR_INVALID, "the system's file systems cannot be found", error);
    for (guint i = 0; i < points->len; i++) {
        const MountPoint *point = &g_array_index(points, MountPoint, i);
        g_autofree char *doing = g_strdup_printf("%s, the guest's %s, cannot be mounted", point->device, point->path);
        if (guestfs_mount(g, point->device, point->path) != 0 && is_needed(inject, point->path))
            return guestfs_failed(g, GUESTCTL_ERROR_INVALID, doing, error);
    }
    return true;
}

static bool mount_inspected(guestfs_h *g, const Inject *inject, GError **error)
{
    g_auto(GStrv) roots = guestfs_inspect_os(g);
    if (!roots)
        return guestfs_failed(g, GUESTCTL_ERROR_HYPERVISOR, "the disk cannot be inspected", error);
    if (roots[0] && !roots[1])
        return mount_system(g, inject, roots[0], error);
    g_auto(GStrv) partitions = guestfs_list_partitions(g);
    g_autofree char *found = join(roots), *all = join(partitions);
    if (!roots[0])
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "no operating system was found on the disk (its partitions: %s); say which one has the root: partition = NUMBER, or partition = whole", all);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "more than one operating system was found on the disk (%s); say which partition has the root: partition = NUMBER", found);
    return false;
}

static bool mount_named(guestfs_h *g, const Inject *inject, GError **error)
{
    g_autofree char *device = inject->partition ? g_strdup_printf(DISK "%d", inject->partition) : g_strdup(DISK);
    g_auto(GStrv) partitions = guestfs_list_partitions(g);
    if (inject->partition && !(partitions && g_strv_contains((const char *const *)partitions, device))) {
        g_autofree char *all = join(partitions);
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "the disk has no partition %d (it has: %s); set partition in [inject]", inject->partition, all);
        return false;
    }
    g_autofree char *doing =
        inject->partition ? g_strdup_printf("partition %d cannot be mounted; set partition in [inject] to the one with the root", inject->partition)
                          : g_strdup("the whole disk is no file system that can be mounted; set partition in [inject] to a number, or to inspect");
    return guestfs_mount(g, device, "/") == 0 || guestfs_failed(g, GUESTCTL_ERROR_INVALID, doing, error);
}

bool mount_guest(guestfs_h *g, const Inject *inject, GError **error)
{
    return inject->partition == INJECT_INSPECT ? mount_inspected(g, inject, error) : mount_named(g, inject, error);
}
