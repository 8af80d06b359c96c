/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/disk-format.h"
#include "common/error.h"
#include "common/file.h"
#include "common/storage/storage.h"
#include "xen/disk-use.h"
#include "xen/loop.h"
#include "xen/session.h"

/* What is left of a create that failed, for the message; NULL when nothing is. */
static char *left_over(XenSession *session, const libxl_domain_config *config, uint32_t domid, GHashTable *loops_before)
{
    g_autoptr(GPtrArray) left = g_ptr_array_new_with_free_func(g_free);
    if (domid != XEN_NO_DOMID && libxl_domain_info(session->ctx, NULL, domid) == 0)
        g_ptr_array_add(left, g_strdup_printf("domain %u (remove it with: xl destroy %u)", domid, domid));

    g_autoptr(GPtrArray) loops = xen_loop_left(config, loops_before);
    for (guint i = 0; i < loops->len; i++)
        g_ptr_array_add(left, g_strdup_printf("loop device %s (remove it with: losetup -d %s)", (char *)loops->pdata[i], (char *)loops->pdata[i]));
    if (left->len == 0)
        return NULL;
    g_ptr_array_add(left, NULL);
    return g_strjoinv(", ", (GStrv)left->pdata);
}

/* What another domain has of the new one's, as an error. */
static bool has_other(XenSession *session, const char *name, const libxl_domain_config *config, const libxl_dominfo *other, GError **error)
{
    char *its_name = libxl_domid_to_name(session->ctx, other->domid);
    bool same_name = g_strcmp0(its_name, name) == 0;
    bool same_uuid = !other->dying && libxl_uuid_compare(&other->uuid, &config->c_info.uuid) == 0;
    if (same_name)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "guest \"%s\" exists already, as domain %u; destroy it first with: guestctl destroy %s", name, other->domid, name);
    else if (same_uuid)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "guest \"%s\": its UUID is that of domain %u (\"%s\"); wait until that has ended, or destroy it with: xl destroy %u",
                    name, other->domid, its_name ?: "no name", other->domid);
    free(its_name);
    return same_name || same_uuid;
}

/* Name and UUID in one pass: asking the hypervisor for its domains is what costs. */
static bool is_new(XenSession *session, const char *name, const libxl_domain_config *config, GError **error)
{
    int n = 0;
    libxl_dominfo *list = libxl_list_domain(session->ctx, &n);
    bool found = false;
    for (int i = 0; list && i < n && !found; i++)
        found = has_other(session, name, config, &list[i], error);
    if (list)
        libxl_dominfo_list_free(list, n);
    return !found;
}

/* dom0 is never ballooned for a guest: what is free must be enough. The need includes what libxl adds for the
 * page tables of an HVM or PVH guest and for QEMU. */
static bool memory_is_free(XenSession *session, const char *name, libxl_domain_config *config, GError **error)
{
    uint64_t need = 0, is_free = 0;
    int rc = libxl_domain_need_memory(session->ctx, config, XEN_NO_DOMID, &need);
    if (rc == 0)
        rc = libxl_get_free_memory(session->ctx, &is_free);
    if (rc != 0)
        return xen_session_fail(session, name, "tell how much memory is needed and free", rc, error);
    if (need <= is_free)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_RESOURCES,
                "guest \"%s\": needs %" G_GUINT64_FORMAT " MiB of memory with its overhead, and %" G_GUINT64_FORMAT
                " MiB are free; give it less memory, or shut down a guest (see: guestctl list)",
                name, (guint64)(need + 1023) / 1024, (guint64)is_free / 1024);
    return false;
}

static GError *failure(XenSession *session, const char *name, int rc, bool cancelled)
{
    GError *error = NULL;
    if (cancelled)
        g_set_error(&error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "guest \"%s\": interrupted while it was created", name);
    else
        xen_session_fail(session, name, "create the domain", rc, &error);
    return error;
}

/* libxl removes a domain that it could not finish. After an abort it may leave one, and says which: only that
 * one is ours. (Not the one with our UUID: another create of the same guest may just have won.) */
static bool create(XenSession *session, const Step *step, libxl_domain_config *config, GCancellable *cancel, GError **error)
{
    g_autoptr(GHashTable) loops = xen_loop_list();
    uint32_t domid = XEN_NO_DOMID;
    XenOperation *operation = xen_operation_new();
    int rc = libxl_domain_create_new(session->ctx, config, &domid, &operation->how, NULL);
    rc = xen_operation_finish(session, operation, rc, cancel);
    bool cancelled = g_cancellable_is_cancelled(cancel);
    if (rc == 0 && !cancelled)
        rc = libxl_userdata_store(session->ctx, domid, XEN_USERDATA_CONFIG, (const uint8_t *)step->native, (int)strlen(step->native));
    g_autoptr(GError) failed = NULL;
    if (rc != 0 || cancelled)
        failed = failure(session, step->target, rc, cancelled);
    else if (config->num_disks == 0 || xen_session_check_disks(session, step->target, domid, &failed)) {
        xen_session_remember(session, step->target, domid);
        return true;
    }
    if (domid != XEN_NO_DOMID)
        xen_session_destroy_domid(session, step->target, domid, NULL); /* left_over() sees what it could not do */
    xen_loop_release(config, loops);
    g_autofree char *left = left_over(session, config, domid, loops);
    g_set_error(error, failed->domain, failed->code, left ? "%s; left behind, could not be removed: %s" : "%s (nothing was left behind)",
                failed->message, left);
    return false;
}

/* libxl looks at a disk only when it chooses its backend, and at a kernel only after it made the domain. */
static bool files_are_there(const char *name, const libxl_domain_config *config, GError **error)
{
    const libxl_domain_build_info *b_info = &config->b_info;
    const struct {
        const char *what, *path;
    } files[] = {
        {"kernel", b_info->kernel},
        {"ramdisk", b_info->ramdisk},
        {"firmware", b_info->type == LIBXL_DOMAIN_TYPE_HVM ? b_info->u.hvm.system_firmware : NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        if (files[i].path && !file_check_regular(files[i].path, error)) {
            g_prefix_error(error, "guest \"%s\": %s cannot be used: ", name, files[i].what);
            return false;
        }
    for (int i = 0; i < config->num_disks; i++) {
        const libxl_device_disk *disk = &config->disks[i];
        if (disk->pdev_path && access(disk->pdev_path, disk->readwrite ? R_OK | W_OK : R_OK) != 0) {
            error_set_errno(error, errno, "guest \"%s\": disk %s: %s cannot be opened%s", name, disk->vdev, disk->pdev_path,
                            disk->readwrite ? " for writing" : "");
            return false;
        }
    }
    return true;
}

/* What a disk was when the plan was made may not be what it is now: somebody may have replaced it in between, and a
 * reboot uses the plan of long ago. */
static bool disks_are_as_planned(const char *name, const libxl_domain_config *config, GError **error)
{
    for (int i = 0; i < config->num_disks; i++) {
        const libxl_device_disk *disk = &config->disks[i];
        DiskFormat planned; /* libxl's words are Glance's */
        if (!disk->pdev_path || (disk_format_parse(libxl_disk_format_to_string(disk->format), &planned, error) &&
                                 storage_check_planned(disk->pdev_path, planned, error)))
            continue;
        g_prefix_error(error, "guest \"%s\": disk %s: ", name, disk->vdev);
        return false;
    }
    return true;
}

static bool parse(XenSession *session, const Step *step, libxl_domain_config *config, GError **error)
{
    int rc = libxl_domain_config_from_json(session->ctx, config, step->native);
    if (rc != 0)
        return xen_session_fail(session, step->target, "read the plan's configuration", rc, error);
    if (!config->c_info.name || !g_str_equal(config->c_info.name, step->target)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "guest \"%s\": the plan's configuration is of guest \"%s\"",
                    step->target, config->c_info.name ?: "no name");
        return false;
    }
    return true;
}

bool xen_session_create(XenSession *session, const Step *step, GCancellable *cancel, GError **error)
{
    g_auto(libxl_domain_config) config;
    libxl_domain_config_init(&config);
    return parse(session, step, &config, error) && is_new(session, step->target, &config, error) &&
           files_are_there(step->target, &config, error) && disks_are_as_planned(step->target, &config, error) &&
           xen_disks_are_free(session, step->target, &config, error) &&
           memory_is_free(session, step->target, &config, error) &&
           create(session, step, &config, cancel, error);
}

/* By UUID, not by name: an interrupted create may have left a domain without one, and a domain that has the
 * name may be another's. */
bool xen_session_undo_create(XenSession *session, const Step *step, GError **error)
{
    g_auto(libxl_domain_config) config;
    libxl_domain_config_init(&config);
    uint32_t domid;
    if (!parse(session, step, &config, error))
        return false;
    if (xen_session_find_uuid(session, &config.c_info.uuid, &domid) && !xen_session_destroy_domid(session, step->target, domid, error))
        return false;
    xen_loop_release(&config, NULL);
    return true;
}
