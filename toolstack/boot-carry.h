/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/lock.h"
#include "toolstack/boot-change.h"

/* Changes of the boot loader's files, carried out so that each can be taken back. */

/* Held while they change. */
Lock *boot_lock(const Options *options, GError **error);
/* Where generations are kept: the system's, also for other users than root. Caller frees. */
char *boot_saved_folder(const Options *options);
/* The newest that is not taken back; NULL without an error when there is none. */
Saved *boot_newest(const Options *options, GError **error);

/* What is looked at after the steps. */
typedef bool (*BootVerify)(gconstpointer data, GError **error);

/* Keep what the plan replaces, carry it out, verify, mark it applied. When something fails everything is put back, and the
 * message says so. saved has its files already. */
bool boot_carry_out(Saved *saved, const Plan *plan, BootVerify verify, gconstpointer data, const Options *options, GError **error);

typedef enum {
    PUT_BACK_COPY,       /* the loader's own file from its copy: it was replaced a moment ago */
    PUT_BACK_REGENERATE, /* made anew: kernels may have come and gone since */
} PutBack;

/* The plan that takes a generation back. What others have changed since outside of our part of a file stays; in it, or in a file
 * that is all ours, it is GUESTCTL_ERROR_DENIED but with --force. GUESTCTL_ERROR_INVALID when a link leads out of the root. */
Plan *boot_back_plan(Saved *saved, PutBack how, const Options *options, GError **error);
bool boot_put_back(Saved *saved, PutBack how, const Options *options, GError **error);

/* An apply that was cut off is put back, with a notice. */
bool boot_recover(const Options *options, GError **error);
/* Whether that could be done; nothing is, and a notice says so. */
bool boot_recover_dry(const Options *options, GError **error);
