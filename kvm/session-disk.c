/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>

#include "common/disk-format.h"
#include "common/error.h"
#include "common/storage/storage.h"
#include "kvm/config.h"
#include "kvm/session.h"
#include "kvm/xml-disk.h"

/* A file that cannot be read here is not judged: whoever opens it says so. */
static bool check(const char *guest, const XmlDisk *disk, GError **error)
{
    DiskFormat planned;
    g_autoptr(GError) failed = NULL;
    if (config_parse_qemu_format(disk->format, &planned) && !storage_check_planned(disk->path, planned, &failed) &&
        g_error_matches(failed, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID)) {
        g_propagate_prefixed_error(error, g_steal_pointer(&failed), "guest \"%s\": disk %s: ", guest, disk->target);
        return false;
    }
    return true;
}

bool session_is_local(const KvmSession *session)
{
    return strstr(session->uri, ":///") != NULL;
}

bool session_check_disks(const KvmSession *session, const Step *step, GError **error)
{
    g_autoptr(GPtrArray) disks = xml_disks(step->native);
    for (guint i = 0; i < disks->len && session_is_local(session); i++) {
        const XmlDisk *disk = disks->pdata[i];
        if (disk->path && disk->format && !check(step->target, disk, error))
            return false;
    }
    return true;
}

/* By one name or by two of one file. */
static bool is_same(const char *a, const char *b)
{
    struct stat one, two;
    return g_str_equal(a, b) || (stat(a, &one) == 0 && stat(b, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino);
}

static bool uses(virDomainPtr domain, const char *path)
{
    g_autofree char *xml = lv.virDomainGetXMLDesc(domain, 0);
    g_autoptr(GPtrArray) disks = xml_disks(xml ? xml : "");
    for (guint i = 0; i < disks->len; i++) {
        const XmlDisk *disk = disks->pdata[i];
        if (disk->path && is_same(disk->path, path))
            return true;
    }
    return false;
}

/* `guest "a"`, or what is known when libvirt has no such guest. Caller frees. */
static char *describe_user(KvmSession *session, const char *path)
{
    virDomainStatsRecordPtr *records = NULL;
    char *user = NULL;
    int n = lv.virConnectGetAllDomainStats(session->connection, VIR_DOMAIN_STATS_STATE, &records,
                                           VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    for (int i = 0; i < n && !user; i++)
        if (uses(records[i]->dom, path))
            user = g_strdup_printf("guest \"%s\"", lv.virDomainGetName(records[i]->dom));
    if (n >= 0)
        lv.virDomainStatsRecordListFree(records);
    lv.virResetLastError();
    return user ? user : g_strdup("another program");
}

/* QEMU says it so (block/file-posix.c, system/vl.c): Failed to get "write" lock, Is another process using the image [PATH]? */
bool session_explain_lock(KvmSession *session, const Step *step, const char *message, GError **error)
{
    if (!strstr(message, "Is another process using the image"))
        return true;
    g_autoptr(GPtrArray) disks = xml_disks(step->native);
    for (guint i = 0; i < disks->len; i++) {
        const XmlDisk *disk = disks->pdata[i];
        g_autofree char *named = g_strdup_printf("[%s]", disk->path ? disk->path : "");
        if (!disk->path || !strstr(message, named))
            continue;
        g_autofree char *user = describe_user(session, disk->path);
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "guest \"%s\": disk %s: %s is in use by %s (QEMU cannot lock it); end that first, or give this guest a disk of its own",
                    step->target, disk->target, disk->path, user);
        return false;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                "%s; a disk of it is in use: end what uses it, or give this guest a disk of its own", message);
    return false;
}
