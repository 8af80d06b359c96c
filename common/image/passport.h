/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "common/disk-format.h"

/* What an image can do, read from its content by guestctl-inspect. It was made from bytes of strangers by a program that may
 * have been taken over by them: passport_parse() believes nothing but the shape. */

typedef enum { CAN_NO, CAN_YES, CAN_UNKNOWN } Can;

/* The ways to boot. */
typedef enum {
    WAY_PV,       /* Xen PV by pvgrub, from a kernel with Xen notes */
    WAY_PVH,      /* Xen PVH by pvgrub */
    WAY_HVM_BIOS, /* Xen HVM by SeaBIOS */
    WAY_HVM_UEFI, /* Xen HVM by OVMF */
    WAY_KVM_BIOS,
    WAY_KVM_UEFI,
    WAY_COUNT,
} BootWay;

typedef struct PassportVerdict {
    Can can;
    char *because; /* one line */
} PassportVerdict;

typedef struct PassportPartition {
    guint64 number;      /* as Linux counts; 0: the whole disk, which has no table */
    guint64 start, size; /* bytes */
    char *type;          /* "efi-system", "bios-boot", "linux", ... or the number or GUID as it stands there */
    char *file_system;   /* "ext4", "vfat", ...; NULL: none that is known */
    bool active;         /* a BIOS's boot loader takes this one */
    bool is_read;        /* its files could be looked at */
} PassportPartition;

typedef struct PassportKernel {
    char *path, *version; /* path empty: the image itself is a kernel and no disk; version NULL: it does not say */
    char *compression;    /* "none", "gzip", "xz", "lzma", "bzip2", "lzo", "lz4", "zstd" or "unknown" */
    Can pv, pvh;          /* what its Xen notes say; of an image that is a kernel: whether Xen boots a guest with it */
} PassportKernel;

typedef struct Passport {
    char *refused; /* why nothing may open this image; NULL: it may be opened. The members below are then not set */
    DiskFormat format;
    guint64 file_size, virtual_size; /* bytes */
    GStrv sandbox;                   /* what held while it was read: "privileges", "limits", "landlock", "seccomp" */
    char *table;                     /* "gpt", "mbr", "none" or "unknown" */
    GPtrArray *partitions;           /* PassportPartition* */
    GPtrArray *loaders;              /* char*: "GRUB in the boot sector" */
    GPtrArray *kernels;              /* PassportKernel*; the first is the one that boots by itself */
    char *os_distro, *os_version, *architecture; /* os-release's ID and VERSION_ID, nova's word; NULL unknown */
    Can cloud_init, guest_agent;
    GPtrArray *notes; /* char*: what is wrong with it and keeps nobody from opening it */
    PassportVerdict ways[WAY_COUNT];
} Passport;

Passport *passport_new(void); /* nothing is known */
void passport_free(Passport *passport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Passport, passport_free)
PassportPartition *passport_add_partition(Passport *passport);
PassportKernel *passport_add_kernel(Passport *passport);
void passport_set_verdict(Passport *passport, BootWay way, Can can, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* The document "guestctl-passport/1". */
Passport *passport_parse(const char *text, gsize length, const char *source, GError **error);
char *passport_to_json(const Passport *passport);

const PassportVerdict *passport_verdict(const Passport *passport, BootWay way);
const char *boot_way_name(BootWay way); /* "pv", "pvh", "hvm-bios", "hvm-uefi", "kvm-bios", "kvm-uefi" */
const char *can_name(Can can);          /* "no", "yes", "unknown" */
Can passport_cloud_init(const Passport *passport);

/* The metadata that would tell others what was found: "NAME=VALUE" in the words of OpenStack. Only what is known is in it. */
GStrv passport_properties(const Passport *passport);

/* Run guestctl-inspect over an open image, at most PASSPORT_TIMEOUT_S. INVALID with its reason when it must not be opened by
 * anything; declared is what the metadata calls it (NULL: nothing). TIMED_OUT when it has not ended, NOT_FOUND when the program
 * is missing, INTERRUPTED by cancel (NULL: it cannot be). */
enum { PASSPORT_TIMEOUT_S = 10 };
Passport *passport_inspect(int fd, const char *path, const char *declared, GCancellable *cancel, GError **error);

/* The same of a path, a file or a block device, in a few milliseconds unless the kernels are wanted: to unpack one takes up to a
 * second. Without them pv and pvh are unknown. */
Passport *passport_inspect_path(const char *path, const char *declared, bool kernels, GCancellable *cancel, GError **error);
