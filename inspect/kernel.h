/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/passport.h"
#include "inspect/disk.h"

/* What a kernel's file says of itself. */
typedef struct Kernel {
    bool is_bzimage, is_elf;  /* is_elf: it is one, or one that was packed as a whole */
    const char *architecture; /* nova's word, a string constant; NULL unknown */
    char version[80];         /* "6.1.0-38-amd64"; empty: it does not say */
    const char *compression;  /* of what is in a bzImage, or of an ELF file: unpack_name() */
    Can pv, pvh;              /* its Xen notes; unknown when they could not be read */
} Kernel;

/* False when it is no kernel that is known here. Without notes nothing is unpacked, and pv and pvh are unknown. */
bool kernel_read(Disk *file, bool notes, Kernel *kernel);
