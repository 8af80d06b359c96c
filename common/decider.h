/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/decide.h"

/* What the decide-*.c files share: one decision in progress. Nothing outside common/decide*.c includes this.
 *
 * A decide_*() function sets members of guest and says why with decided(); what it cannot accept it says with
 * refuse() and goes on, so that the user reads all faults at once. */
typedef struct Decider {
    const Request *request;
    const ImageMeta *image; /* never NULL here: an empty one when there is none */
    const Host *host;
    const Policy *policy;
    bool xen, kvm, qemu; /* exactly one is true */
    bool strict;
    Guest *guest;
    GHashTable *used;     /* names of the image properties that some rule read */
    GHashTable *index;    /* field → Reason* of guest->reasons: the latest */
    GStringChunk *texts;  /* what said() gave out */
    GPtrArray *refusals;  /* char* */
    int code;             /* of the first refusal */
} Decider;

/* Why a field has the value that was just set. The value is filled in at the end, from the guest itself, so
 * the reason cannot show another one. A second reason for a field replaces the first. Under --strict
 * anything but SEVERITY_INFO refuses as well. */
void decided(Decider *d, Severity severity, const char *field, const char *because, ...) G_GNUC_PRINTF(4, 5);
/* The same for a member of a disk or NIC: its name is "KIND NAME.MEMBER". */
void decided_of(Decider *d, Severity severity, const char *kind, const char *name, const char *member, const char *because, ...)
    G_GNUC_PRINTF(6, 7);
void refuse(Decider *d, int code, const char *what, ...) G_GNUC_PRINTF(3, 4);

/* The value of an image property, or NULL; from now on it counts as read. */
const char *wish(Decider *d, const char *property);
/* "image property vm_mode=xen", as the image spelled it. Owned by d; NULL-safe for a property that is not set. */
const char *said(Decider *d, const char *property);
/* Where a default comes from: "guestctl.conf" by its path, or "guestctl's default". */
const char *policy_said(const Decider *d);
/* "Xen", "KVM", "QEMU" for messages. */
const char *hypervisor(const Decider *d);

void decide_mode(Decider *d);
void decide_cpu(Decider *d);
void decide_disks(Decider *d);
/* Of a disk that guestctl makes: path, format, size, and what makes it (decide-storage.c). Any other must not have such keys. */
void decide_storage(Decider *d, GuestDisk *disk, const RequestDisk *asked);
bool format_opens(const Decider *d, DiskFormat format);
void refuse_format(Decider *d, const RequestDisk *asked, DiskFormat real);
void decide_disk(Decider *d, const RequestDisk *asked);
void decide_boot(Decider *d); /* after mode and disks */
void decide_seed(Decider *d); /* after boot: its disk is the last, on a bus that the machine has */
void decide_inject(Decider *d); /* after disks and seed */
void decide_devices(Decider *d);
void decide_nics(Decider *d);
void decide_rest(Decider *d); /* last: what of the image no other rule read */
