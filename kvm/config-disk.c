/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/config.h"

/* QEMU's names. NULL: libvirt 9 refuses the format, or it needs what we do not keep (a LUKS key). */
static const char *const qemu_formats[] = {
    [DISK_FORMAT_RAW] = "raw",   [DISK_FORMAT_QCOW] = "qcow", [DISK_FORMAT_QCOW2] = "qcow2", [DISK_FORMAT_QED] = "qed",
    [DISK_FORMAT_VHD] = "vpc",   [DISK_FORMAT_VHDX] = NULL,   [DISK_FORMAT_VMDK] = "vmdk",   [DISK_FORMAT_VDI] = "vdi",
    [DISK_FORMAT_PLOOP] = NULL,  [DISK_FORMAT_LUKS] = NULL,   [DISK_FORMAT_ISO] = "raw",     [DISK_FORMAT_AMI] = "raw",
    [DISK_FORMAT_AKI] = "raw",   [DISK_FORMAT_ARI] = "raw",
};

bool config_parse_qemu_format(const char *name, DiskFormat *format)
{
    for (gsize i = 0; i < G_N_ELEMENTS(qemu_formats); i++)
        if (g_strcmp0(qemu_formats[i], name) == 0) {
            *format = (DiskFormat)i;
            return name != NULL;
        }
    return false;
}

static bool check_disk(const Guest *guest, const GuestDisk *disk, GError **error)
{
    static const char *const buses[] = {"virtio", "scsi", "ide", "usb", "fdc", "sata", NULL};
    static const char *const drivers[] = {"qemu", NULL};
    static const char *const caches[] = {"default", "none", "writethrough", "writeback", "directsync", "unsafe", NULL};
    g_autofree char *field = g_strdup_printf("disk %s.", disk->name);
    g_autofree char *bus = g_strconcat(field, "bus", NULL), *driver = g_strconcat(field, "driver", NULL),
                    *cache = g_strconcat(field, "cache", NULL), *format = g_strconcat(field, "format", NULL);

    if (!config_check_word(guest, bus, disk->bus, buses, error) || !config_check_word(guest, driver, disk->driver, drivers, error) ||
        !config_check_word(guest, cache, disk->cache, caches, error))
        return false;
    if (!qemu_formats[disk->format]) {
        g_autofree char *why = g_strdup_printf("libvirt cannot open it; convert it with: qemu-img convert -O qcow2 %s IMAGE.qcow2", disk->path);
        return config_refuse(guest, format, disk_format_name(disk->format), why, error);
    }
    return true;
}

/* Ceph's monitors and its key are in its configuration; libvirt takes a user only with a secret of its own. */
static void config_rbd(Xml *xml, const GuestDisk *disk)
{
    if (disk->rbd_user) {
        xml_open(xml, "auth", "username", disk->rbd_user, NULL);
        xml_empty(xml, "secret", "type", "ceph", "uuid", disk->rbd_secret, NULL);
        xml_close(xml);
    }
    xml_open(xml, "source", "protocol", "rbd", "name", disk->path, NULL);
    xml_empty(xml, "config", "file", disk->ceph_conf, NULL);
    xml_close(xml);
}

static void config_source(Xml *xml, const GuestDisk *disk)
{
    if (disk->protocol)
        config_rbd(xml, disk);
    else
        xml_empty(xml, "source", disk->block_device ? "dev" : "file", disk->path, NULL);
}

/* The whole chain is told, and it ends: what an image names as its backing file, now or when somebody has replaced it, is
 * not looked for. Only an overlay that guestctl made has a base, which stands alone. */
static void config_base(Xml *xml, const GuestDisk *disk)
{
    if (disk->base) {
        xml_open(xml, "backingStore", "type", "file", NULL);
        xml_empty(xml, "format", "type", qemu_formats[disk->base_format], NULL);
        xml_empty(xml, "source", "file", disk->base, NULL);
    }
    xml_empty(xml, "backingStore", NULL);
    if (disk->base)
        xml_close(xml);
}

static bool config_disk(Xml *xml, const Guest *guest, const GuestDisk *disk, GError **error)
{
    if (!check_disk(guest, disk, error))
        return false;
    xml_open(xml, "disk", "type", disk->protocol ? "network" : disk->block_device ? "block" : "file", "device", device_type_name(disk->device), NULL);
    xml_empty(xml, "driver", "name", "qemu", "type", qemu_formats[disk->format], "cache", disk->cache ? disk->cache : XML_SKIP,
              "discard", disk->discard ? "unmap" : XML_SKIP, NULL);
    config_source(xml, disk);
    config_base(xml, disk);
    xml_empty(xml, "target", "dev", disk->target, "bus", disk->bus, NULL);
    if (disk->read_only || disk->device == DEVICE_CDROM)
        xml_empty(xml, "readonly", NULL);
    xml_close(xml);
    return true;
}

/* nova's words are libvirt's, where libvirt has the model (nova/objects/fields.py SCSIModel). */
static bool config_scsi(Xml *xml, const Guest *guest, GError **error)
{
    static const char *const models[] = {"auto",     "buslogic", "ibmvscsi",     "lsilogic", "lsisas1068",
                                         "lsisas1078", "vmpvscsi", "virtio-scsi", NULL};
    if (!guest->scsi_model)
        return true;
    if (!config_check_word(guest, "scsi-model", guest->scsi_model, models, error))
        return false;
    xml_empty(xml, "controller", "type", "scsi", "index", "0", "model", guest->scsi_model, NULL);
    return true;
}

bool config_disks(Xml *xml, const Guest *guest, GError **error)
{
    for (guint i = 0; i < guest->disks->len; i++)
        if (!config_disk(xml, guest, guest->disks->pdata[i], error))
            return false;
    return config_scsi(xml, guest, error);
}
