/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/guest-file.h"
#include "common/guest.h"
#include "common/host.h"
#include "common/image/meta.h"
#include "common/image/passport.h"
#include "common/inject/inject.h"
#include "common/storage/storage.h"

/* The administrator's policy, from guestctl.conf: defaults for what neither the guest file nor the image say. */
typedef struct Policy {
    char *source;       /* the file, for reasons; NULL: built-in defaults */
    VmMode xen_mode;    /* mode of an image without vm_mode on Xen; PV, as nova */
    guint64 memory_kib; /* 512 MiB */
    unsigned vcpus;     /* 1 */
    char *bridge;       /* for [nic] without one; NULL: must be named */
    char *cpu_mode, *cpu_model; /* NULL: nova's defaults */
    GStrv cpu_flags;            /* NULL: none */
    StoragePolicy *storage;     /* never NULL */
    InjectPolicy inject;
} Policy;

Policy *policy_new(void); /* the built-in defaults */
Policy *policy_load(const char *path, GError **error); /* a file that is not there is no error */
Policy *policy_parse(const char *text, const char *source, GError **error);
void policy_free(Policy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Policy, policy_free)

/* Join what the user asked for, what the image says of itself (NULL: it says nothing) and what the host can
 * do into one Guest whose every field has a reason. Pure and total: the same input gives the same guest,
 * and bad input gives an error that names the object, the cause and the remedy. backend is "xen", "kvm" or
 * "qemu". With strict, a translation or a wish that cannot be met is GUESTCTL_ERROR_UNSUPPORTED. */
Guest *decide(const Request *request, const ImageMeta *image, const Host *host, const Policy *policy,
              const char *backend, bool strict, GError **error);

/* How a decided guest boots from its image. False when that does not depend on what the image holds: a kernel is given, or there
 * is no disk, or it is no x86. */
bool guest_boot_way(const Guest *guest, const char *backend, BootWay *way);

/* False with GUESTCTL_ERROR_INVALID when the passport says that an image cannot boot so, and why. What is unknown passes. */
bool guest_check_passport(const Guest *guest, const Passport *passport, BootWay way, GError **error);
/* The same of the kernel that a Xen guest is given, PV or PVH, against the passport of that kernel. */
bool guest_check_kernel(const Guest *guest, const Passport *passport, GError **error);
