/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "toolstack/boot-change.h"

/* grub apply --trial: an entry in custom.cfg that the next boot takes, and only that one. */
bool boot_trial_apply(const BootChange *change, const Options *options, GError **error);

/* The trial that waits for confirm; NULL without an error when there is none. */
Saved *boot_trial_pending(const Options *options, GError **error);
/* Whether GRUB will boot it next: then it has not booted it yet. */
bool boot_trial_is_next(const char *root);
/* GUESTCTL_ERROR_EXISTS when a trial waits: what is applied now would not be the next boot's. */
bool boot_trial_check_none(const Options *options, GError **error);
/* The steps that take a trial's entry out of custom.cfg, whatever else was changed in it. */
bool boot_trial_add_removal(Plan *plan, const char *root, GError **error);
/* The step that takes next_entry back, when it is the trial. */
void boot_trial_add_forget(Plan *plan, const char *root);
