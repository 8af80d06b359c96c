/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* What a process gives up before it reads the bytes of strangers. Each layer holds by itself, so that a kernel that lacks one,
 * or a fault in one, leaves the others. */
typedef enum {
    SANDBOX_LIMITS = 1 << 0,     /* memory, time, and no file, process or core can be made */
    SANDBOX_PRIVILEGES = 1 << 1, /* nobody's user and group when it was root; nothing that is run can give more */
    SANDBOX_LANDLOCK = 1 << 2,   /* the kernel opens no path for it (Linux 5.13) */
    SANDBOX_SECCOMP = 1 << 3,    /* only the calls that reading an open file takes; any other ends the process */
} SandboxLayer;

enum { SANDBOX_ALL = SANDBOX_LIMITS | SANDBOX_PRIVILEGES | SANDBOX_LANDLOCK | SANDBOX_SECCOMP, SANDBOX_MEMORY_MIB = 64 };

/* Close every file but the two that are kept (kept_b -1: one), empty the environment, and take on the layers that are wanted. After
 * cpu_s seconds of its processor's time the limits end the process.
 * The layers that hold afterwards; -1 when limits or privileges were wanted and cannot be had: then nothing may be read. */
int sandbox_enter(unsigned wanted, unsigned cpu_s, int kept_a, int kept_b);
