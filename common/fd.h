/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <errno.h>
#include <unistd.h>

/* A file descriptor that closes itself at the end of its scope, errno untouched. */
static inline void fd_close(const int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
}
#define Fd __attribute__((cleanup(fd_close))) int
