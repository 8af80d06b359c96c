/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "common/error.h"
#include "xen/config.h"

static bool refuse(const Guest *guest, const GuestNic *nic, const char *what, const char *value, const char *why, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "guest \"%s\": nic \"%s\": %s = %s: %s", guest->name,
                nic->name, what, value, why);
    return false;
}

/* Legal models are those of nova 18.1.0 vif.py for Xen. netfront is a vif alone; an emulated card comes with
 * a vif beside it, and the guest unplugs the emulated one when it has PV drivers. */
static bool model(const Guest *guest, const GuestNic *nic, libxl_device_nic *out, GError **error)
{
    static const struct {
        const char *nova, *qemu;
    } emulated[] = {{"e1000", "e1000"}, {"rtl8139", "rtl8139"}, {"ne2k_pci", "ne2k_pci"}, {"pcnet", "pcnet"}};

    if (nic->model && g_str_equal(nic->model, "netfront")) {
        out->nictype = LIBXL_NIC_TYPE_VIF;
        return true;
    }
    if (!nic->model) {
        out->nictype = guest->mode == VM_MODE_HVM ? LIBXL_NIC_TYPE_VIF_IOEMU : LIBXL_NIC_TYPE_VIF;
        return true;
    }
    if (guest->mode != VM_MODE_HVM)
        return refuse(guest, nic, "model", nic->model, "only an HVM guest has emulated cards: use netfront", error);
    for (gsize i = 0; i < G_N_ELEMENTS(emulated); i++)
        if (g_str_equal(nic->model, emulated[i].nova)) {
            out->nictype = LIBXL_NIC_TYPE_VIF_IOEMU;
            out->model = xen_config_strdup(emulated[i].qemu);
            return true;
        }
    return refuse(guest, nic, "model", nic->model, "Xen offers netfront, e1000, rtl8139, ne2k_pci and pcnet", error);
}

static bool fill(const Guest *guest, const GuestNic *nic, int devid, libxl_device_nic *out, GError **error)
{
    if (!nic->bridge)
        return refuse(guest, nic, "bridge", "none", "a Xen guest needs a bridge; make one with: ip link add xenbr0 type bridge", error);
    if (nic->queues > 1) {
        g_autofree char *queues = g_strdup_printf("%u", nic->queues);
        return refuse(guest, nic, "queues", queues, "libxl has no word for queues: netfront and netback agree on them", error);
    }
    unsigned char *m = out->mac;
    if (sscanf(nic->mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]) != 6)
        return refuse(guest, nic, "mac", nic->mac, "this is no MAC address", error);
    out->devid = devid;
    out->bridge = xen_config_strdup(nic->bridge);
    return model(guest, nic, out, error);
}

bool xen_config_nics(const Guest *guest, libxl_domain_config *config, GError **error)
{
    config->nics = calloc(guest->nics->len ?: 1, sizeof *config->nics);
    g_assert(config->nics);
    for (guint i = 0; i < guest->nics->len; i++) {
        libxl_device_nic_init(&config->nics[i]);
        config->num_nics++;
        if (!fill(guest, guest->nics->pdata[i], (int)i, &config->nics[i], error))
            return false;
    }
    return true;
}
