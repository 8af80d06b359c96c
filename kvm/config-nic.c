/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/config.h"

static bool check_nic(const Guest *guest, const GuestNic *nic, GError **error)
{
    static const char *const models[] = {"virtio", "e1000", "e1000e", "rtl8139", "ne2k_pci", "pcnet", "vmxnet3", NULL};
    g_autofree char *model = g_strdup_printf("nic %s.model", nic->name);
    g_autofree char *queues = g_strdup_printf("nic %s.queues", nic->name);
    g_autofree char *count = g_strdup_printf("%u", nic->queues);

    if (!config_check_word(guest, model, nic->model, models, error))
        return false;
    if (nic->queues > 1 && g_strcmp0(nic->model, "virtio") != 0)
        return config_refuse(guest, queues, count, "only a virtio NIC has more than one; set model = virtio", error);
    if (nic->queues > 1 && !nic->bridge)
        return config_refuse(guest, queues, count, "QEMU's user network has one; set a bridge", error);
    return true;
}

bool config_nics(Xml *xml, const Guest *guest, GError **error)
{
    for (guint i = 0; i < guest->nics->len; i++) {
        const GuestNic *nic = guest->nics->pdata[i];
        if (!check_nic(guest, nic, error))
            return false;
        xml_open(xml, "interface", "type", nic->bridge ? "bridge" : "user", NULL);
        xml_empty(xml, "mac", "address", nic->mac, NULL);
        if (nic->bridge)
            xml_empty(xml, "source", "bridge", nic->bridge, NULL);
        if (nic->model)
            xml_empty(xml, "model", "type", nic->model, NULL);
        if (nic->queues > 1) {
            g_autofree char *count = g_strdup_printf("%u", nic->queues);
            xml_empty(xml, "driver", "queues", count, NULL);
        }
        xml_close(xml);
    }
    return true;
}
