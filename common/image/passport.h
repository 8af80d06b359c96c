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

typedef struct Passport Passport; /* its other members belong to common/image/passport.c's owner */

void passport_free(Passport *passport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Passport, passport_free)

/* The document "guestctl-passport/1". */
Passport *passport_parse(const char *text, gsize length, const char *source, GError **error);
char *passport_to_json(const Passport *passport);

const PassportVerdict *passport_verdict(const Passport *passport, BootWay way);
const char *boot_way_name(BootWay way); /* "pv", "pvh", "hvm-bios", "hvm-uefi", "kvm-bios", "kvm-uefi" */
Can passport_cloud_init(const Passport *passport);

/* Run guestctl-inspect over an open image, at most timeout_s. INVALID with its reason when it must not be opened by anything;
 * declared is what the metadata calls it (NULL: nothing). */
Passport *passport_inspect(int fd, const char *path, const char *declared, GCancellable *cancel, GError **error);
