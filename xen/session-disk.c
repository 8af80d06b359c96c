/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "xen/store.h"

/* QEMU answers within a second; under load and emulation it took up to five. */
#define QEMU_WAIT_S 30

/* XenbusStateInitialising of xen/include/public/io/xenbus.h: the toolstack wrote the node, nobody serves it. */
#define STATE_INITIALISING 1

static bool served(XenSession *session, const char *backend)
{
    g_autofree char *state = xen_store_read(session, "%s/state", backend);
    return !state || atoi(state) > STATE_INITIALISING;
}

/* QEMU takes a disk that it opened to the next state; one that it could not open it leaves as it was. */
bool xen_session_check_disks(XenSession *session, const char *name, uint32_t domid, GError **error)
{
    const bool never = false;
    gint64 deadline = g_get_monotonic_time() + QEMU_WAIT_S * G_USEC_PER_SEC;
    g_autofree char *folder = g_strdup_printf("/local/domain/0/backend/qdisk/%u", domid);
    g_auto(GStrv) disks = xen_store_list(session, folder);
    for (gsize i = 0; disks && disks[i]; i++) {
        g_autofree char *backend = g_strdup_printf("%s/%s", folder, disks[i]);
        gint64 now;
        while (!served(session, backend) && (now = g_get_monotonic_time()) < deadline) {
            g_autofree char *says = xen_session_qemu_says(name);
            if (says && strstr(says, "failed to create"))
                break;
            xen_session_wait(session, &never, now + 20 * 1000, NULL);
        }
        if (served(session, backend))
            continue;
        g_autofree char *vdev = xen_store_read(session, "%s/dev", backend);
        g_autofree char *params = xen_store_read(session, "%s/params", backend);
        g_autofree char *says = xen_session_qemu_says(name);
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR,
                    "guest \"%s\": disk %s: QEMU cannot open %s: %s; check the file's format and that no other guest uses it", name,
                    vdev ?: "?", params ?: "it", says ? says : "it does not say why");
        return false;
    }
    return true;
}
