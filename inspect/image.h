/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/passport.h"
#include "inspect/fs.h"
#include "inspect/kernel.h"

/* What is gathered of one image before the verdicts. */
typedef struct Volume {
    const PassportPartition *partition;
    Disk *disk;
    FileSystem *system; /* NULL: it is not read */
} Volume;

typedef struct GrubConfig {
    bool found;     /* where GRUB for Xen guests looks: /boot/grub/grub.cfg or /grub/grub.cfg */
    bool elsewhere; /* other places: grub2 */
    bool own_grub;  /* pvboot-x86_64.elf, which comes first */
    char *kernel;   /* of its first entry; NULL: no line was understood */
    bool kernel_is_there, kernel_was_read;
    Kernel about;
} GrubConfig;

typedef struct Image {
    Disk *disk;
    Passport *passport;
    GArray *volumes;   /* Volume */
    bool notes_wanted; /* of one kernel: to find them, it has to be unpacked */
    GrubConfig grub;
    bool is_empty;     /* nothing was ever written to it, as far as was looked */
    bool all_read;     /* every file system that may hold files for booting could be read */
    bool any_failed;   /* something in one that was read could not be */
} Image;

/* Paths in all volumes; the first that has it. *volume may be NULL. */
Look image_text(Image *image, const char *path, gsize max, char **text, Volume **volume);
Look image_open(Image *image, const char *path, Disk **file);
bool image_has(Image *image, const char *path);

void bios_look(Image *image);    /* boot sector and what it starts → hvm-bios and kvm-bios */
void uefi_look(Image *image);    /* → hvm-uefi and kvm-uefi */
void kernels_look(Image *image); /* configurations and kernels → kernels, grub */
void xen_look(Image *image);     /* after kernels_look() → pv and pvh */
bool kernel_image_look(Image *image); /* the image is a kernel and no disk: then all is said */
void system_look(Image *image);  /* os-release, cloud-init, guest agent */

void image_loader(Image *image, const char *format, ...) G_GNUC_PRINTF(2, 3);
void image_verdict(Image *image, BootWay a, BootWay b, Can can, const char *format, ...) G_GNUC_PRINTF(5, 6);
