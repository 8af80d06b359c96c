/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/disk-format.h"
#include "common/error.h"
#include "kvm/config.h"
#include "kvm/session.h"
#include "kvm/xml-disk.h"

static bool check(const char *guest, const XmlDisk *disk, GError **error)
{
    DiskInfo info;
    g_autoptr(GError) failed = NULL;
    if (!disk_info_read(disk->path, &info, &failed)) {
        if (!g_error_matches(failed, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID))
            return true; /* not there or not for us: whoever opens it says so */
        g_propagate_prefixed_error(error, g_steal_pointer(&failed), "guest \"%s\": disk %s has changed since it was looked at: ", guest,
                                   disk->target);
        return false;
    }
    const char *now = config_qemu_format(info.format);
    if (g_strcmp0(now, disk->format) != 0)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "guest \"%s\": disk %s: %s is %s now, and was %s when the guest was planned; find out who changed it, then create the guest "
                    "again",
                    guest, disk->target, disk->path, disk_format_name(info.format), disk->format);
    else if (info.has_backing_file || info.has_data_file)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "guest \"%s\": disk %s: %s names another file (%s) now, and did not when the guest was planned; find out who changed it, "
                    "then create the guest again",
                    guest, disk->target, disk->path, info.has_backing_file ? "a backing file" : "an external data file");
    else
        return true;
    return false;
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
