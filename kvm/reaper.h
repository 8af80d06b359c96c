/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Adopt, and bury, the QEMU processes that the embedded driver starts.
 *
 * QEMU is started as a daemon: an orphan, which the machine's first process adopts. libvirt waits for a QEMU's
 * end by asking whether its id still exists, and it does until somebody has collected its exit status. Where the
 * first process is slow at that, each destroy took 1.6 s in place of 0.2 s, and the first question to QEMU what
 * it can do 7.6 s in place of 1.3 s. As a "child subreaper" this process adopts them itself, as long as it
 * lives; guests that outlive it go to the first process then. */
void reaper_start(void);

/* Whether a process, which may be a zombie, last ran QEMU. */
bool reaper_is_emulator(pid_t pid);
