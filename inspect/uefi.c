/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/disk-bytes.h"
#include "inspect/image.h"

/* What the firmware of a new guest starts: it knows no boot entries yet, so it takes the file that removable media have (UEFI 2.10,
 * 3.5.1.1) from any FAT file system. */

#define X64 "EFI/BOOT/BOOTX64.EFI"
#define AA64 "EFI/BOOT/BOOTAA64.EFI"

typedef struct Found {
    bool x64, aa64, wrong, failed, fat;
    guint64 partition;
} Found;

/* A PE file for this processor. */
static bool is_program(Disk *file, guint16 machine)
{
    guint8 head[64], pe[6];
    return disk_read(file, 0, head, sizeof head) && memcmp(head, "MZ", 2) == 0 && disk_read(file, le32(head + 0x3c), pe, sizeof pe) &&
           memcmp(pe, "PE\0\0", 4) == 0 && le16(pe + 4) == machine;
}

static void look_for(FileSystem *system, const char *path, guint16 machine, bool *there, Found *found)
{
    Disk *file = NULL;
    Look look = system->open(system, path, &file);
    if (look == LOOK_FAILED)
        found->failed = true;
    if (look == LOOK_FOUND && is_program(file, machine))
        *there = true;
    else if (look == LOOK_FOUND)
        found->wrong = true;
    disk_free(file);
}

/* GRUB, systemd-boot and unified kernels, for whoever reads the passport. */
static void name_loaders(Image *image, FileSystem *system)
{
    g_autoptr(GPtrArray) vendors = g_ptr_array_new_with_free_func(g_free), kernels = g_ptr_array_new_with_free_func(g_free);
    if (system->list(system, "EFI", vendors) == LOOK_FOUND)
        for (guint i = 0; i < vendors->len && i < 8; i++)
            if (g_ascii_strcasecmp(vendors->pdata[i], "BOOT") != 0 && strlen(vendors->pdata[i]) < 32)
                image_loader(image, "EFI/%s", (const char *)vendors->pdata[i]);
    if (system->list(system, "EFI/Linux", kernels) == LOOK_FOUND && kernels->len)
        image_loader(image, "%u unified kernel image%s in EFI/Linux", kernels->len, kernels->len == 1 ? "" : "s");
}

static bool cd_rom(Image *image)
{
    enum { BLOCK = 2048, ENTRY = 32, HEADER = 0x90, LAST_HEADER = 0x91, EFI = 0xef, BOOTABLE = 0x88 };
    guint8 block[BLOCK];
    if (!disk_read(image->disk, 17 * BLOCK, block, sizeof block) || memcmp(block, "\0CD001\1EL TORITO SPECIFICATION", 30) != 0 ||
        !disk_read(image->disk, (guint64)le32(block + 0x47) * BLOCK, block, sizeof block) || block[0] != 1)
        return false;
    bool efi = block[1] == EFI && block[ENTRY] == BOOTABLE;
    for (guint at = 2 * ENTRY; at + 2 * ENTRY <= BLOCK && !efi; at += ENTRY)
        efi = (block[at] == HEADER || block[at] == LAST_HEADER) && block[at + 1] == EFI && block[at + ENTRY] == BOOTABLE;
    if (efi)
        image_loader(image, "a CD-ROM's boot image for UEFI");
    return efi;
}

void uefi_look(Image *image)
{
    enum { MACHINE_X64 = 0x8664, MACHINE_AA64 = 0xaa64 };
    Found found = {0};
    for (guint i = 0; i < image->volumes->len; i++) {
        const Volume *volume = &g_array_index(image->volumes, Volume, i);
        if (g_strcmp0(volume->partition->file_system, "vfat") != 0)
            continue;
        found.fat = true;
        bool before = found.x64;
        look_for(volume->system, X64, MACHINE_X64, &found.x64, &found);
        look_for(volume->system, AA64, MACHINE_AA64, &found.aa64, &found);
        if (found.x64 && !before)
            found.partition = volume->partition->number;
        name_loaders(image, volume->system);
    }
    if (found.aa64 && !found.x64 && !image->passport->architecture)
        image->passport->architecture = g_strdup("aarch64");
    Can can = CAN_NO;
    g_autofree char *because = NULL;
    if (found.x64) {
        can = CAN_YES;
        because = found.partition ? g_strdup_printf("partition %" G_GUINT64_FORMAT " has " X64, found.partition) : g_strdup("it has " X64);
    } else if (image->passport->format == DISK_FORMAT_ISO && cd_rom(image)) {
        can = CAN_YES;
        because = g_strdup("as a CD-ROM it has a boot image for UEFI");
    } else if (image->is_empty) {
        can = CAN_UNKNOWN;
        because = g_strdup("it is empty: what boots is what will be installed on it");
    } else if (found.failed || g_str_equal(image->passport->table, "unknown")) {
        can = CAN_UNKNOWN;
        because = g_strdup("its partition table or its FAT file system cannot be read");
    } else {
        because = g_strdup(found.wrong  ? X64 " is no program for this processor"
                           : found.fat ? "no FAT file system of it has " X64 ", the only file that the firmware of a new guest looks for"
                                       : "it has no FAT file system, where UEFI firmware looks for " X64);
    }
    image_verdict(image, WAY_HVM_UEFI, WAY_KVM_UEFI, can, "%s", because);
}
