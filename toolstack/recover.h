/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "toolstack/backend-pick.h"

/* Plans that were begun and not ended, because guestctl or the machine died: finished or undone, as each plan
 * says, under the guest's lock, so that two commands never do it at once. What was found and done is a notice.
 * Nothing of it fails a command: what could not be recovered is said, and tried again by the next one. */

/* Every guest whose lock is free; at the start of a command that changes something, and of list. */
void recover_all(BackendPick *pick, const Options *options);

/* One guest; for commands that only look at it. */
void recover_guest(const char *guest, BackendPick *pick, const Options *options);

/* One guest whose lock the caller holds. False when its plan is still there. */
bool recover_locked(const char *guest, BackendPick *pick, const Options *options);
