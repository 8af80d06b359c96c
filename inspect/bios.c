/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/disk-bytes.h"
#include "inspect/image.h"

/* What a BIOS starts: the first sector of a disk that ends with 55 AA, or an entry of a CD-ROM's boot catalogue. */

enum { SECTOR = 512, CODE = 440 };

static void verdict(Image *image, Can can, const char *because)
{
    image_verdict(image, WAY_HVM_BIOS, WAY_KVM_BIOS, can, "%s", because);
}

static bool has_text(const guint8 *sector, const char *text)
{
    return memmem(sector, SECTOR, text, strlen(text)) != NULL;
}

static bool is_zero(const guint8 *bytes, gsize length)
{
    return length == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0);
}

/* GRUB's boot.img loads one sector more, whose number it has, and that loads the rest. */
static void grub(Image *image, const guint8 *sector)
{
    guint8 core[SECTOR];
    guint64 at = le64(sector + 0x5c);
    if (at == 0 || at > image->disk->size / SECTOR || !disk_read(image->disk, at * SECTOR, core, sizeof core) || is_zero(core, sizeof core)) {
        verdict(image, CAN_NO, "GRUB is in the boot sector, but its second part is not where it looks for it");
        return;
    }
    image_loader(image, "GRUB in the boot sector, its second part from sector %" G_GUINT64_FORMAT, at);
    bool config = image->grub.found || image->grub.elsewhere;
    if (config || !image->all_read)
        verdict(image, CAN_YES, "GRUB is in the boot sector");
    else
        verdict(image, CAN_UNKNOWN, "GRUB is in the boot sector, but no grub.cfg was found");
}

/* A volume's own boot sector. */
static void volume_sector(Image *image, const guint8 *sector, bool whole)
{
    if (has_text(sector, "not a bootable disk") || has_text(sector, "not bootable")) {
        verdict(image, CAN_NO, "its boot sector only says that it does not boot");
    } else if (has_text(sector, "SYSLINUX") || has_text(sector, "EXTLINUX")) {
        image_loader(image, "%s in %s's boot sector", has_text(sector, "EXTLINUX") ? "EXTLINUX" : "SYSLINUX", whole ? "the disk" : "the active partition");
        bool there = image_has(image, "/ldlinux.sys") || image_has(image, "/boot/extlinux/ldlinux.sys") || image_has(image, "/extlinux/ldlinux.sys") ||
                     image_has(image, "/syslinux/ldlinux.sys") || image_has(image, "/boot/syslinux/ldlinux.sys");
        verdict(image, there ? CAN_YES : CAN_UNKNOWN, there ? "SYSLINUX is in the boot sector" : "SYSLINUX is in the boot sector, but its ldlinux.sys was not found");
    } else if (is_zero(sector, SECTOR - 2)) {
        verdict(image, CAN_NO, "its boot sector has no code");
    } else {
        image_loader(image, "a boot sector that is not known");
        verdict(image, whole ? CAN_YES : CAN_UNKNOWN, whole ? "it has a boot sector with code" : "its boot sector's code is not known");
    }
}

/* SYSLINUX's mbr.bin and gptmbr.bin, and those that came with DOS and Windows: they start the active partition. */
static void active_partition(Image *image)
{
    guint8 sector[SECTOR];
    for (guint i = 0; i < image->volumes->len; i++) {
        const Volume *volume = &g_array_index(image->volumes, Volume, i);
        if (!volume->partition->active)
            continue;
        if (!disk_read(volume->disk, 0, sector, sizeof sector))
            verdict(image, CAN_UNKNOWN, "the active partition's boot sector cannot be read");
        else if (sector[510] != 0x55 || sector[511] != 0xaa)
            verdict(image, CAN_NO, "the boot sector starts the active partition, which has no boot sector");
        else
            volume_sector(image, sector, false);
        return;
    }
    verdict(image, CAN_NO, "the boot sector starts the active partition, and none is active");
}

/* El Torito 1.0: a volume descriptor points to the catalogue, whose first entry is a BIOS's when its platform is 0. */
static bool cd_rom(Image *image)
{
    enum { BLOCK = 2048, VALIDATION = 32, BOOTABLE = 0x88, PLATFORM_EFI = 0xef };
    guint8 block[BLOCK];
    if (!disk_read(image->disk, 17 * BLOCK, block, sizeof block) || memcmp(block, "\0CD001\1EL TORITO SPECIFICATION", 30) != 0)
        return false;
    if (!disk_read(image->disk, (guint64)le32(block + 0x47) * BLOCK, block, sizeof block) || block[0] != 1 || block[30] != 0x55 || block[31] != 0xaa)
        return false;
    if (block[1] != 0 || block[VALIDATION] != BOOTABLE)
        return false;
    image_loader(image, "a CD-ROM's boot image for BIOS");
    verdict(image, CAN_YES, "as a CD-ROM it has a boot image for BIOS");
    return true;
}

void bios_look(Image *image)
{
    guint8 sector[SECTOR];
    bool table = !g_str_equal(image->passport->table, "none");
    if (image->passport->format == DISK_FORMAT_ISO && cd_rom(image))
        return;
    if (!disk_read(image->disk, 0, sector, sizeof sector))
        verdict(image, CAN_UNKNOWN, "its boot sector cannot be read");
    else if (image->is_empty)
        verdict(image, CAN_UNKNOWN, "it is empty: what boots is what will be installed on it");
    else if (sector[510] != 0x55 || sector[511] != 0xaa)
        verdict(image, CAN_NO, image->passport->format == DISK_FORMAT_ISO ? "it has no boot image for BIOS" : "it has no boot sector: a BIOS takes none that does not end with 55 AA");
    else if (is_zero(sector, CODE))
        verdict(image, CAN_NO, "its boot sector has no code, only a partition table");
    else if (has_text(sector, "GRUB") && has_text(sector, "Geom"))
        grub(image, sector);
    else if (!table)
        volume_sector(image, sector, true);
    else if (has_text(sector, "Missing operating system") || has_text(sector, "Missing OS"))
        active_partition(image);
    else
        verdict(image, CAN_UNKNOWN, "its boot sector's code is not known");
}
