/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/note.h"
#include "common/plan.h"
#include "toolstack/backend-pick.h"

/* What every command about a guest that is there has in common. */

/* The guest as the hypervisor has it. NOT_FOUND says whether it is defined, and names the nearest one. */
GuestState *verb_lookup(const char *name, BackendPick *pick, const Options *options, GError **error);

/* False for dom0, always, and without --force for a guest that another tool made, which is named. */
bool verb_allowed(const GuestState *state, const Options *options, GError **error);

/* The note of a guest of ours, or NULL. */
Note *verb_note(const GuestState *state);

/* How the plan that takes a guest away ends: what cloud-init was told goes with a guest that is not defined. */
void verb_plan_forget(Plan *plan, const Options *options);

/* One step that is named after the verb: pause, unpause, shutdown, destroy. Looks the guest up, checks that it
 * may be touched, carries the step out and says done ("is paused"). Nothing is opened on a dry run. */
bool verb_run(StepKind kind, const char *done, Options *options, GError **error);

/* GUESTCTL_ERROR_EXISTS with the remedy while the guest is there; where there is no hypervisor, it is not. pick NULL: pick_error
 * says why. may_force: the command has a --force that skips this. */
bool verb_check_ended(const char *name, BackendPick *pick, const GError *pick_error, bool may_force, GError **error);

/* A pick, after what earlier commands left behind was taken care of. */
BackendPick *verb_pick(const Options *options, GError **error);

/* "guest "web" ...", or the document guestctl-result/1. state may be NULL. */
void verb_result(const Options *options, const char *guest, const char *backend, const char *status, const GuestState *state,
                 const char *text);
