/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A disk in a domain's XML, ours or libvirt's. What is not said is NULL: an empty CD-ROM drive has no path. */
typedef struct XmlDisk {
    char *target; /* "vda" */
    char *format; /* QEMU's word */
    char *path;   /* a file or a device; NULL also for a disk on the network */
} XmlDisk;

/* XmlDisk*, in the document's order. What cannot be read ends the list. */
GPtrArray *xml_disks(const char *document);
