/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "common/paths.h"

/* One lock per guest (there is no global one): held by a command while it changes the guest. It is a
 * record lock on ROOT/run/guestctl/locks/NAME.lock, so it goes when its holder dies, however it dies. */
typedef struct Lock Lock;

/* GUESTCTL_ERROR_EXISTS when another command holds it; the message names its process and command. */
Lock *lock_guest(const Paths *paths, const char *guest, const char *doing, GError **error);
void lock_free(Lock *lock); /* releases */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lock, lock_free)
