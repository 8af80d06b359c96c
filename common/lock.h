/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "common/paths.h"

/* One lock per guest (there is no global one): held by a command while it changes the guest. It is a
 * record lock on ROOT/run/guestctl/locks/NAME.lock, so it goes when its holder dies, however it dies. */
typedef struct Lock Lock;

/* GUESTCTL_ERROR_EXISTS when another command holds it; the message names its process and command. */
Lock *lock_guest(const Paths *paths, const char *guest, const char *doing, GError **error);
/* The same for what is no guest: name is the lock's file, what is for the message ("the boot loader's files"). */
Lock *lock_named(const Paths *paths, const char *name, const char *what, const char *doing, GError **error);
void lock_free(Lock *lock); /* releases */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lock, lock_free)
