/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "common/error.h"
#include "xen/config.h"

static bool refuse(const Guest *guest, const GuestDisk *disk, const char *what, const char *value, const char *why, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "guest \"%s\": disk \"%s\": %s = %s: %s", guest->name,
                disk->name, what, value, why);
    return false;
}

/* QEMU's block drivers that libxl can name. vhd is what QEMU calls vpc. */
static bool format(const Guest *guest, const GuestDisk *disk, libxl_disk_format *out, GError **error)
{
    static const struct {
        DiskFormat format;
        libxl_disk_format libxl;
    } formats[] = {
        {DISK_FORMAT_RAW, LIBXL_DISK_FORMAT_RAW},     {DISK_FORMAT_ISO, LIBXL_DISK_FORMAT_RAW},
        {DISK_FORMAT_QCOW, LIBXL_DISK_FORMAT_QCOW},   {DISK_FORMAT_QCOW2, LIBXL_DISK_FORMAT_QCOW2},
        {DISK_FORMAT_VHD, LIBXL_DISK_FORMAT_VHD},     {DISK_FORMAT_QED, LIBXL_DISK_FORMAT_QED},
        {DISK_FORMAT_AMI, LIBXL_DISK_FORMAT_RAW},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++)
        if (formats[i].format == disk->format) {
            *out = formats[i].libxl;
            return true;
        }
    return refuse(guest, disk, "format", disk_format_name(disk->format),
                  "Xen opens raw, qcow2 and vhd; convert it with: qemu-img convert -O qcow2", error);
}

/* What a bus means to libxl is told by the target's prefix: xvd is PV only, hd is emulated IDE, sd emulated
 * SCSI, and with hdtype ahci the hd disks are SATA (config-hvm.c). */
static bool bus(const Guest *guest, const GuestDisk *disk, GError **error)
{
    static const struct {
        const char *bus, *prefix;
        bool hvm_only;
    } buses[] = {{"xen", "xvd", false}, {"ide", "hd", true}, {"scsi", "sd", true}, {"sata", "hd", true}};

    if (disk->device == DEVICE_FLOPPY)
        return refuse(guest, disk, "device", "floppy", "libxl offers no floppy drive", error);
    for (gsize i = 0; i < G_N_ELEMENTS(buses); i++) {
        if (!g_str_equal(disk->bus, buses[i].bus))
            continue;
        if (buses[i].hvm_only && guest->mode != VM_MODE_HVM)
            return refuse(guest, disk, "bus", disk->bus, "only an HVM guest has emulated disks: use xen", error);
        if (!g_str_has_prefix(disk->target, buses[i].prefix))
            return refuse(guest, disk, "target", disk->target, "the name does not belong to the disk's bus", error);
        return true;
    }
    return refuse(guest, disk, "bus", disk->bus, "libxl offers xen, ide, scsi and sata disks", error);
}

static bool backend(const Guest *guest, const GuestDisk *disk, libxl_device_disk *out, GError **error)
{
    if (g_str_equal(disk->driver, "qdisk")) {
        out->backend = LIBXL_DISK_BACKEND_QDISK;
        return true;
    }
    if (!g_str_equal(disk->driver, "phy"))
        return refuse(guest, disk, "driver", disk->driver, "libxl serves disks by phy or qdisk", error);
    if (out->format != LIBXL_DISK_FORMAT_RAW)
        return refuse(guest, disk, "driver", "phy", "only a raw disk is served by the kernel: use qdisk", error);
    out->backend = LIBXL_DISK_BACKEND_PHY;
    return true;
}

static bool fill(const Guest *guest, const GuestDisk *disk, libxl_device_disk *out, GError **error)
{
    if (!bus(guest, disk, error) || !format(guest, disk, &out->format, error) || !backend(guest, disk, out, error))
        return false;
    if (disk->cache)
        return refuse(guest, disk, "cache", disk->cache, "libxl chooses the cache mode itself", error);
    bool cdrom = disk->device == DEVICE_CDROM;
    out->pdev_path = xen_config_strdup(disk->path);
    out->vdev = xen_config_strdup(disk->target);
    out->is_cdrom = cdrom;
    out->removable = cdrom;
    out->readwrite = !disk->read_only && !cdrom;
    libxl_defbool_set(&out->discard_enable, disk->discard && out->readwrite);
    return true;
}

bool xen_config_disks(const Guest *guest, libxl_domain_config *config, GError **error)
{
    config->disks = calloc(guest->disks->len ?: 1, sizeof *config->disks);
    g_assert(config->disks);
    for (guint i = 0; i < guest->disks->len; i++) {
        libxl_device_disk_init(&config->disks[i]);
        config->num_disks++;
        if (!fill(guest, guest->disks->pdata[i], &config->disks[i], error))
            return false;
    }
    return true;
}
