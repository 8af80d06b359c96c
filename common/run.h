/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* Run a program to its end, without a shell: words as a shell would take them apart ("chroot /mnt update-grub"), nothing is
 * expanded. Standard input is empty; both outputs become *output (NULL: not wanted; owned by the caller), also when it fails.
 * NOT_FOUND when there is no such program, HYPERVISOR with its last lines when its status is not 0, INVALID when words are none.
 * INTERRUPTED when cancel fires (NULL: it cannot): it and all that it has started are then ended by SIGTERM, and by SIGKILL
 * 2 s later. What it left in the background when it ended goes on; what that says is read for 2 s more. Programs of the
 * system only: what they print is not bounded. */
bool run_program(const char *words, GCancellable *cancel, char **output, GError **error);

/* The same with input as its standard input, and its exit status in *status when it ended by itself (else 0; NULL: not wanted). */
bool run_program_fed(const char *words, const char *input, GCancellable *cancel, char **output, int *status, GError **error);
