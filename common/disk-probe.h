/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/disk-format.h"

/* One recogniser per format, over bytes in memory. Nothing here reads a file. */

typedef struct DiskBytes {
    const guint8 *head;
    gsize head_length;
    const guint8 *tail; /* the last DISK_FORMAT_TAIL bytes, or NULL */
    guint64 file_size;  /* bytes */
} DiskBytes;

typedef enum {
    DISK_PROBE_NO,     /* not this format */
    DISK_PROBE_YES,    /* it is, and INFO has what its header says */
    DISK_PROBE_BROKEN, /* its signature over a header that cannot be right */
} DiskProbeResult;

/* Fills format, virtual_size and the has_ and is_encrypted flags of a zeroed INFO. *WHY is set to a
 * string constant when the header is broken. */
typedef struct DiskProbe {
    DiskFormat format;
    DiskProbeResult (*probe)(const DiskBytes *bytes, DiskInfo *info, const char **why);
} DiskProbe;

extern const DiskProbe disk_probes[];
extern const gsize disk_probes_count;

/* Why an image whose format is known must not be opened: a header that lies about its size, asks for more memory than it
 * is worth, or wants what nothing here knows. A string constant; NULL: nothing was found. The limits are those of QEMU's
 * drivers (block/qcow2.h, qcow.c, qed.h, vpc.c, vmdk.c, vdi.c, parallels.c of 7.2), which open some of these after all. */
const char *disk_fault(const DiskBytes *bytes, const DiskInfo *info);
