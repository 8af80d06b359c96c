/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xen/disk-use.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "xen/store.h"

/* A disk as xenstore has it: "qcow2:/srv/a.qcow2" of qdisk, "/srv/a.raw" of phy. */
static bool is_same_file(const char *params, const struct stat *file)
{
    const char *path = strchr(params, '/');
    struct stat other;
    if (!path || stat(path, &other) < 0)
        return false;
    if (S_ISBLK(file->st_mode) && S_ISBLK(other.st_mode))
        return file->st_rdev == other.st_rdev;
    return file->st_dev == other.st_dev && file->st_ino == other.st_ino;
}

static bool is_used_by(XenSession *session, const char *backend, const libxl_device_disk *disk, const struct stat *file)
{
    g_auto(GStrv) devices = xen_store_list(session, backend);
    for (char **device = devices; device && *device; device++) {
        g_autofree char *params = xen_store_read(session, "%s/%s/params", backend, *device);
        g_autofree char *mode = xen_store_read(session, "%s/%s/mode", backend, *device);
        bool both_read = !disk->readwrite && mode && mode[0] == 'r';
        if (params && !both_read && is_same_file(params, file))
            return true;
    }
    return false;
}

/* The domain that uses it, or -1. dom0's own part of xenstore is read, which no guest writes. */
static int user_of(XenSession *session, const libxl_device_disk *disk, const struct stat *file)
{
    static const char *const kinds[] = {"qdisk", "vbd"};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *kind = g_strdup_printf("/local/domain/0/backend/%s", kinds[i]);
        g_auto(GStrv) domains = xen_store_list(session, kind);
        for (char **domain = domains; domain && *domain; domain++) {
            g_autofree char *backend = g_strdup_printf("%s/%s", kind, *domain);
            int domid = atoi(*domain);
            /* What a domain that has gone left in xenstore uses nothing. */
            if (is_used_by(session, backend, disk, file) && libxl_domain_info(session->ctx, NULL, (uint32_t)domid) == 0)
                return domid;
        }
    }
    return -1;
}

bool xen_disks_are_free(XenSession *session, const char *name, const libxl_domain_config *config, GError **error)
{
    for (int i = 0; i < config->num_disks; i++) {
        const libxl_device_disk *disk = &config->disks[i];
        struct stat file;
        int domid = disk->pdev_path && stat(disk->pdev_path, &file) == 0 ? user_of(session, disk, &file) : -1;
        if (domid < 0)
            continue;
        char *user = libxl_domid_to_name(session->ctx, (uint32_t)domid);
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "guest \"%s\": disk %s: %s is in use by guest \"%s\" (domain %d), and what two guests write is destroyed; end that first, or "
                    "give this one a copy",
                    name, disk->vdev, disk->pdev_path, user ?: "no name", domid);
        free(user);
        return false;
    }
    return true;
}
