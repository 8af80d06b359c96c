/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "common/error.h"
#include "xen/config.h"

/* QEMU has four serial ports (QEMU_MAX_SERIAL_PORTS). */
#define SERIAL_PORTS_MAX 4

static bool machine(const Guest *guest, GError **error)
{
    if (!guest->machine || g_str_equal(guest->machine, "xenfv") || g_str_equal(guest->machine, "pc"))
        return true;
    return xen_config_refuse(guest, "machine", guest->machine, "libxl always uses QEMU's pc: leave it out", error);
}

static bool firmware(const Guest *guest, libxl_domain_build_info *b_info, GError **error)
{
    switch (guest->firmware) {
    case FIRMWARE_NONE: /* a kernel given to QEMU is still started by SeaBIOS */
    case FIRMWARE_BIOS:
        b_info->u.hvm.bios = LIBXL_BIOS_TYPE_SEABIOS;
        break;
    case FIRMWARE_UEFI:
        if (guest->boot == BOOT_KERNEL)
            return xen_config_refuse(guest, "firmware", "uefi", "a kernel given to an HVM guest is started by its BIOS", error);
        b_info->u.hvm.bios = LIBXL_BIOS_TYPE_OVMF;
        break;
    }
    b_info->u.hvm.system_firmware = xen_config_strdup(guest->loader);
    b_info->u.hvm.boot = xen_config_strdup(guest->boot_order);
    return true;
}

static void string_list_add(libxl_string_list *list, const char *text)
{
    int n = libxl_string_list_length(list);
    *list = realloc(*list, sizeof **list * (size_t)(n + 2));
    g_assert(*list);
    (*list)[n] = xen_config_strdup(text);
    (*list)[n + 1] = NULL;
}

/* The console of an HVM guest is its first serial port, which QEMU connects to a pseudo-terminal. */
static bool serial(const Guest *guest, libxl_domain_build_info *b_info, GError **error)
{
    unsigned ports = guest->serial_ports;
    if (guest->console && g_str_equal(guest->console, "serial"))
        ports = MAX(ports, 1);
    else if (guest->console && !g_str_equal(guest->console, "pv"))
        return xen_config_refuse(guest, "console", guest->console, "an HVM guest's console is pv or serial", error);
    if (ports > SERIAL_PORTS_MAX) {
        g_autofree char *value = g_strdup_printf("%u", ports);
        return xen_config_refuse(guest, "serial-ports", value, "QEMU has four", error);
    }
    for (unsigned i = 0; i < ports; i++)
        string_list_add(&b_info->u.hvm.serial_list, "pty");
    return true;
}

static bool devices(const Guest *guest, libxl_domain_build_info *b_info, GError **error)
{
    static const char *const sounds[] = {"ac97", "es1370", "sb16", "hda"};

    if (guest->pointer) {
        if (!g_str_equal(guest->pointer, "usbtablet"))
            return xen_config_refuse(guest, "pointer", guest->pointer, "libxl offers a USB tablet: use usbtablet", error);
        string_list_add(&b_info->u.hvm.usbdevice_list, "tablet");
    }
    if (guest->sound) {
        const char *sound = g_str_equal(guest->sound, "ich6") ? "hda" : guest->sound;
        for (gsize i = 0; i < G_N_ELEMENTS(sounds); i++)
            if (g_str_equal(sound, sounds[i]))
                b_info->u.hvm.soundhw = xen_config_strdup(sound);
        if (!b_info->u.hvm.soundhw)
            return xen_config_refuse(guest, "sound", guest->sound, "libxl offers ac97, es1370, sb16 and ich6", error);
    }
    if (guest->scsi_model && !g_str_equal(guest->scsi_model, "lsilogic"))
        return xen_config_refuse(guest, "scsi-model", guest->scsi_model, "libxl's SCSI disks are on an lsilogic", error);
    return true;
}

/* One word in libxl makes all emulated disks SATA; there is no mix. */
static bool disk_type(const Guest *guest, libxl_domain_build_info *b_info, GError **error)
{
    bool sata = false, other = false;
    for (guint i = 0; i < guest->disks->len; i++) {
        const GuestDisk *disk = guest->disks->pdata[i];
        sata |= g_str_equal(disk->bus, "sata");
        other |= g_str_equal(disk->bus, "scsi") || (g_str_equal(disk->bus, "ide") && disk->device != DEVICE_CDROM);
    }
    if (sata && other)
        return xen_config_refuse(guest, "bus", "sata", "on Xen all emulated disks of a guest are SATA, or none is", error);
    if (sata)
        b_info->u.hvm.hdtype = LIBXL_HDTYPE_AHCI;
    return true;
}

bool xen_config_hvm(const Guest *guest, libxl_domain_config *config, GError **error)
{
    libxl_domain_build_info *b_info = &config->b_info;
    libxl_defbool_set(&b_info->u.hvm.pae, guest->pae);
    libxl_defbool_set(&b_info->u.hvm.hpet, guest->hpet);
    if (guest->hyperv)
        libxl_defbool_set(&b_info->u.hvm.viridian, true);
    return machine(guest, error) && firmware(guest, b_info, error) && serial(guest, b_info, error) &&
           devices(guest, b_info, error) && disk_type(guest, b_info, error);
}
