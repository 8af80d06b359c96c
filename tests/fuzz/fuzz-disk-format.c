/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/disk-format.h"
#include "tests/fuzz/fuzz.h"

/* The input is the start of a file, its last 512 bytes also the end; its size is whatever they say. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DiskInfo info;
    g_autoptr(GError) error = NULL;
    gsize head = MIN(size, (gsize)DISK_FORMAT_HEAD);
    bool has_tail = size >= DISK_FORMAT_TAIL;
    bool good = disk_info_parse(data, head, has_tail ? data + size - DISK_FORMAT_TAIL : NULL, has_tail ? DISK_FORMAT_TAIL : 0, size,
                                &info, &error);
    g_assert_true(good != (error != NULL));
    if (good)
        g_assert_true(info.virtual_size <= G_MAXINT64 && disk_format_name(info.format));
    return 0;
}
