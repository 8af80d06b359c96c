/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Headers of images that lie, for the test of the reader and for that of the program which reads whole files. */

/* Good images, as qemu-img makes them, and each with one thing wrong. */

typedef struct Base {
    const char *name;
    guint64 size; /* of the file */
    struct {
        gsize at;
        const char *bytes;
        gsize length;
    } pieces[16];
} Base;

#define PIECE(at, text) {at, text, sizeof(text) - 1}

/* 1 GiB, clusters of 64 KiB. */
static const Base qcow2 = {"qcow2", 0x40000, {
    PIECE(0, "QFI\xfb\0\0\0\3"), PIECE(20, "\0\0\0\x10"), PIECE(24, "\0\0\0\0\x40\0\0\0"), PIECE(36, "\0\0\0\2"), PIECE(40, "\0\0\0\0\0\3\0\0"),
    PIECE(48, "\0\0\0\0\0\1\0\0"), PIECE(56, "\0\0\0\1"), PIECE(96, "\0\0\0\4"), PIECE(100, "\0\0\0\x70")}};
static const Base qcow = {"qcow", 0x1030, {
    PIECE(0, "QFI\xfb\0\0\0\1"), PIECE(24, "\0\0\0\0\x40\0\0\0"), PIECE(32, "\x0c\x09"), PIECE(40, "\0\0\0\0\0\0\0\x30")}};
static const Base qed = {"qed", 0x50000, {
    PIECE(0, "QED\0"), PIECE(4, "\0\0\1\0"), PIECE(8, "\4\0\0\0"), PIECE(12, "\1\0\0\0"), PIECE(40, "\0\0\1\0"), PIECE(48, "\0\0\0\x40")}};
static const Base vhd = {"vhd", 0x2000, {
    PIECE(0, "conectix"), PIECE(16, "\0\0\0\0\0\0\2\0"), PIECE(48, "\0\0\0\0\x40\0\0\0"), PIECE(60, "\0\0\0\3"), PIECE(512, "cxsparse"),
    PIECE(528, "\0\0\0\0\0\0\6\0"), PIECE(540, "\0\0\2\0"), PIECE(544, "\0\x20\0\0")}};
static const Base vmdk = {"vmdk", 0x20000, {
    PIECE(0, "KDMV\1\0\0\0\3\0\0\0\0\0\x20\0\0\0\0\0"), PIECE(20, "\x80"), PIECE(28, "\1"), PIECE(36, "\x14"), PIECE(44, "\0\2\0\0"), PIECE(48, "\x15"),
    PIECE(56, "\x1a"), PIECE(64, "\x80"), PIECE(512, "# Disk DescriptorFile\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\n")}};
static const Base vdi = {"vdi", 0x2000, {
    PIECE(0x40, "\x7f\x10\xda\xbe\1\0\1\0"), PIECE(0x4c, "\1"), PIECE(0x154, "\0\2\0\0\0\x12\0\0"), PIECE(0x168, "\0\2"), PIECE(0x170, "\0\0\0\x40"),
    PIECE(0x178, "\0\0\x10\0"), PIECE(0x180, "\0\4\0\0")}};
static const Base ploop = {"ploop", 0x2000, {
    PIECE(0, "WithouFreSpacExt\2\0\0\0"), PIECE(28, "\0\x08\0\0"), PIECE(32, "\0\4\0\0"), PIECE(36, "\0\0\x20")}};

#define CUT_OFF "a table of it lies behind the end of the file: it is cut off, or made up"
#define TABLE_TOO_LARGE "it asks for a table that is larger than any image needs"
#define TABLE_TOO_SMALL "its table is too small for its size"
#define CLUSTER_ABSURD "its clusters have a size that there is not"
#define FEATURE_UNKNOWN "it needs a feature that is not known"
#define UNALIGNED "a table of it is not at the start of a cluster"
#define TOO_LARGE "it claims to be larger than 64 TiB"

#define OVER_HEADER "a table of it lies over its header"
#define EXTENSION_ABSURD "an extension of its header is none that could be"

/* From the bits of features that may be overlooked on: the one of bitmaps, the widths of before, and an extension. */
#define BITMAPS(length, count, size, place)                                                                                                          \
    "\0\0\0\0\0\0\0\1\0\0\0\4\0\0\0\x70\0\0\0\0\0\0\0\0\x23\x85\x28\x75\0\0\0" length count "\0\0\0\0" size place

#define WITH(at, text) at, text, sizeof(text) - 1

static const struct {
    const Base *base;
    gsize at;
    const char *bytes;
    gsize length;
    const char *fault;
} rows[] = {
    {&qcow2, WITH(20, "\0\0\0\x08"), CLUSTER_ABSURD},
    {&qcow2, WITH(20, "\0\0\0\x16"), CLUSTER_ABSURD},
    {&qcow2, WITH(20, "\xff\xff\xff\xff"), CLUSTER_ABSURD},
    {&qcow2, WITH(24, "\0\1\0\0\0\0\0\0"), TOO_LARGE},
    {&qcow2, WITH(32, "\0\0\0\3"), "its encryption is none that is known"},
    {&qcow2, WITH(36, "\0\0\0\1"), TABLE_TOO_SMALL},
    {&qcow2, WITH(36, "\0\0\0\0"), TABLE_TOO_SMALL},
    {&qcow2, WITH(36, "\0\x40\0\1"), TABLE_TOO_LARGE},
    {&qcow2, WITH(36, "\xff\xff\xff\xff"), TABLE_TOO_LARGE},
    {&qcow2, WITH(36, "\0\0\xff\xff"), CUT_OFF},
    {&qcow2, WITH(40, "\0\0\0\0\0\3\0\1"), UNALIGNED},
    {&qcow2, WITH(40, "\0\0\0\0\0\0\0\0"), "a table of it lies over its header"},
    {&qcow2, WITH(40, "\0\0\0\0\0\4\0\0"), CUT_OFF},
    {&qcow2, WITH(40, "\xff\xff\xff\xff\xff\xff\0\0"), CUT_OFF},
    {&qcow2, WITH(48, "\0\0\0\0\0\0\0\0"), "a table of it lies over its header"},
    {&qcow2, WITH(48, "\0\0\0\0\0\1\2\0"), UNALIGNED},
    {&qcow2, WITH(48, "\0\0\1\0\0\0\0\0"), CUT_OFF},
    {&qcow2, WITH(56, "\0\0\0\0"), "it has no table of reference counts"},
    {&qcow2, WITH(56, "\0\0\0\x81"), TABLE_TOO_LARGE},
    {&qcow2, WITH(56, "\xff\xff\xff\xff"), TABLE_TOO_LARGE},
    {&qcow2, WITH(60, "\0\1\0\1"), TABLE_TOO_LARGE},
    {&qcow2, WITH(60, "\0\0\xff\xff\0\0\0\0\0\1\0\0"), CUT_OFF},
    {&qcow2, WITH(60, "\0\0\0\1"), "a table of it lies over its header"},
    {&qcow2, WITH(60, "\0\0\0\0\0\0\0\0\0\0\0\1"), UNALIGNED},
    {&qcow2, WITH(60, "\0\0\0\0\xff\xff\xff\xff\xff\xff\0\0"), CUT_OFF},
    {&qcow2, WITH(112, "\0\0\0\1\xff\xff\xff\xff"), EXTENSION_ABSURD},
    {&qcow2, WITH(112, "\0\0\0\1\0\0\xff\x90"), EXTENSION_ABSURD},
    {&qcow2, WITH(88, BITMAPS("\x10", "\0\0\0\1", "\0\0\0\0\0\0\0\x20", "\0\0\0\0\0\2\0\0")), EXTENSION_ABSURD},
    {&qcow2, WITH(88, BITMAPS("\x18", "\0\0\0\0", "\0\0\0\0\0\0\0\x20", "\0\0\0\0\0\2\0\0")), EXTENSION_ABSURD},
    {&qcow2, WITH(88, BITMAPS("\x18", "\0\1\0\0", "\0\0\0\0\0\0\0\x20", "\0\0\0\0\0\2\0\0")), TABLE_TOO_LARGE},
    {&qcow2, WITH(88, BITMAPS("\x18", "\0\0\0\1", "\0\0\0\1\0\0\0\0", "\0\0\0\0\0\2\0\0")), TABLE_TOO_LARGE},
    {&qcow2, WITH(88, BITMAPS("\x18", "\0\0\0\2", "\0\0\0\0\0\0\0\x20", "\0\0\0\0\0\2\0\0")), TABLE_TOO_SMALL},
    {&qcow2, WITH(88, BITMAPS("\x18", "\0\0\0\1", "\0\0\0\0\0\0\0\x20", "\0\0\0\0\0\2\0\1")), UNALIGNED},
    {&qcow2, WITH(88, BITMAPS("\x18", "\0\0\0\1", "\0\0\0\0\0\0\0\x20", "\0\0\0\0\0\0\0\0")), OVER_HEADER},
    {&qcow2, WITH(88, BITMAPS("\x18", "\0\0\0\1", "\0\0\0\0\0\0\0\x20", "\0\0\0\0\0\4\0\0")), CUT_OFF},
    {&qcow2, WITH(88, BITMAPS("\x18", "\0\0\0\1", "\0\0\0\0\0\0\0\x20", "\0\0\0\0\0\2\0\0")), NULL}, /* one that could be */
    {&qcow2, WITH(72, "\0\0\0\0\0\0\0\x20"), FEATURE_UNKNOWN},
    {&qcow2, WITH(72, "\x80\0\0\0\0\0\0\0"), FEATURE_UNKNOWN},
    {&qcow2, WITH(72, "\0\0\0\0\0\0\0\2"), "it is marked as corrupt"},
    {&qcow2, WITH(72, "\0\0\0\0\0\0\0\x08"), "its compression is none that is known"},
    {&qcow2, WITH(104, "\2"), "its compression is none that is known"},
    {&qcow2, WITH(96, "\0\0\0\7"), "its reference counts have a width that there is not"},
    {&qcow2, WITH(100, "\0\0\0\x48"), "its header has a length that cannot be"},
    {&qcow2, WITH(100, "\x7f\xff\xff\xf8"), "its header has a length that cannot be"},
    {&qcow, WITH(32, "\x08"), CLUSTER_ABSURD},
    {&qcow, WITH(32, "\x0c\x20"), CLUSTER_ABSURD},
    {&qcow, WITH(24, "\0\0\x3f\0\0\0\0\0\x09\x06"), TABLE_TOO_LARGE},
    {&qcow, WITH(40, "\0\0\0\0\0\1\0\0"), CUT_OFF},
    {&qed, WITH(4, "\0\0\0\0"), CLUSTER_ABSURD},
    {&qed, WITH(4, "\1\0\1\0"), CLUSTER_ABSURD},
    {&qed, WITH(4, "\0\0\0\x80"), CLUSTER_ABSURD},
    {&qed, WITH(8, "\0\0\0\0"), TABLE_TOO_LARGE},
    {&qed, WITH(8, "\x20\0\0\0"), TABLE_TOO_LARGE},
    {&qed, WITH(16, "\x08"), FEATURE_UNKNOWN},
    {&qed, WITH(40, "\0\0\0\x01"), CUT_OFF},
    {&qed, WITH(40, "\1"), UNALIGNED},
    {&qed, WITH(12, "\2"), OVER_HEADER},
    {&qed, WITH(40, "\0\x10\1"), UNALIGNED},
    {&qed, WITH(48, "\1\0\0\x40"), "its size is not a number of sectors"},
    {&vhd, WITH(16, "\xff\xff\xff\xff\xff\xff\xff\xff"), CUT_OFF},
    {&vhd, WITH(48, "\0\0\x7f\0\0\0\0\0"), TOO_LARGE},
    {&vhd, WITH(48, "\0\0\4\0\0\0\0\0"), "it is larger than a vhd can be"},
    {&vhd, WITH(512, "cxspArse"), "its second header is none"},
    {&vhd, WITH(528, "\0\0\1"), CUT_OFF},
    {&vhd, WITH(540, "\xff\xff\xff\xff"), TABLE_TOO_LARGE},
    {&vhd, WITH(540, "\0\0\1\0"), TABLE_TOO_SMALL},
    {&vhd, WITH(544, "\0\x20\0\1"), CLUSTER_ABSURD},
    {&vhd, WITH(544, "\0\0\0\0"), CLUSTER_ABSURD},
    {&vmdk, WITH(4, "\4"), FEATURE_UNKNOWN},
    {&vmdk, WITH(8, "\3\0\1"), "its compression is none that is known"},
    {&vmdk, WITH(20, "\0"), CLUSTER_ABSURD},
    {&vmdk, WITH(20, "\0\0\0\0\1"), CLUSTER_ABSURD},
    {&vmdk, WITH(44, "\1\2"), TABLE_TOO_LARGE},
    {&vmdk, WITH(44, "\0\0"), TABLE_TOO_LARGE},
    {&vmdk, WITH(56, "\0\0\0\1"), CUT_OFF},
    {&vmdk, WITH(12, "\0\0\0\0\x40"), TOO_LARGE},
    {&vdi, WITH(0x44, "\2"), FEATURE_UNKNOWN},
    {&vdi, WITH(0x4c, "\7"), FEATURE_UNKNOWN},
    {&vdi, WITH(0x154, "\1"), "a table of it is not at the start of a sector"},
    {&vdi, WITH(0x168, "\1"), CLUSTER_ABSURD},
    {&vdi, WITH(0x178, "\0\0\x20"), CLUSTER_ABSURD},
    {&vdi, WITH(0x180, "\xff\xff\xff\xff"), TABLE_TOO_LARGE},
    {&vdi, WITH(0x180, "\1\0"), TABLE_TOO_SMALL},
    {&vdi, WITH(0x154, "\0\0\0\x10"), CUT_OFF},
    {&ploop, WITH(16, "\3"), FEATURE_UNKNOWN},
    {&ploop, WITH(28, "\0\0\0\0"), CLUSTER_ABSURD},
    {&ploop, WITH(32, "\xff\xff\xff\xff"), TABLE_TOO_LARGE},
    {&ploop, WITH(32, "\1\0"), TABLE_TOO_SMALL},
    {&ploop, WITH(28, "\1\0\0\0\0\0\x20"), CUT_OFF},
};
