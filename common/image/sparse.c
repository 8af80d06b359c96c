/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/sparse.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096 }; /* holes are found in this grain */

static bool is_zero(const guint8 *bytes, gsize length)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

static bool write_run(int fd, const guint8 *bytes, gsize length, guint64 at)
{
    while (length > 0) {
        ssize_t n = pwrite(fd, bytes, length, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        at += (guint64)n;
        length -= (gsize)n;
    }
    return true;
}

bool sparse_write(int fd, const guint8 *bytes, gsize length, guint64 at)
{
    for (gsize i = 0; i < length;) {
        gsize run = i;
        while (run < length && !is_zero(bytes + run, MIN((gsize)BLOCK, length - run)))
            run += MIN((gsize)BLOCK, length - run);
        if (run > i && !write_run(fd, bytes + i, run - i, at + i))
            return false;
        i = run < length ? run + MIN((gsize)BLOCK, length - run) : run;
    }
    return true;
}
