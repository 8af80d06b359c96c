/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/dom0-conf.h"
#include "common/dom0-state.h"
#include "common/plan.h"

/* Changing the running dom0: what is safe, and the steps that do it. All of it pure. */

#define DOM0_MARGIN_KIB ((guint64)128 * 1024) /* beyond what dom0 uses when memory is taken from it */
#define DOM0_NEAR_KIB ((guint64)1024)         /* the balloon may end a few pages beside its target */
#define DOM0_LEAST_CAP 100                    /* percent of one CPU, for all of dom0 */

/* The least memory that dom0 can be brought down to now: floor_kib (under which its Linux may not run), or what it uses and
 * DOM0_MARGIN_KIB. In whole MiB. */
guint64 dom0_tune_least_kib(const Dom0State *state, guint64 floor_kib);

/* Whether all of the wish can be done to this dom0: _RESOURCES for memory, _INVALID for what is not there, _UNSUPPORTED for
 * what its scheduler has not. The message has the value that would be taken. */
bool dom0_tune_check(const Dom0Wish *wish, const Dom0State *state, guint64 floor_kib, GError **error);

/* What is taken and may still be a mistake: each a notice (char*) in notes. */
void dom0_tune_notes(const Dom0Wish *wish, const Dom0State *state, GPtrArray *notes);

/* What of the wish a dom0 that is already running can be given: what was fixed when it started is cut to that, and notes
 * (char*) say so. */
Dom0Wish *dom0_tune_fit(const Dom0Wish *wish, const Dom0State *state, GPtrArray *notes);

bool dom0_tune_is_reached(const Dom0State *state); /* it has the memory that it is asked to have */

/* A step for each value that is another one now, and for memory that dom0 is asked for and has not reached; none when all is
 * so already. */
Plan *dom0_tune_plan(const Dom0Wish *wish, const Dom0State *state);

/* What a step's was= is for this dom0. Caller frees. */
char *dom0_tune_was(const Dom0State *state, const char *key);

/* The native text of a step: KEY=VALUE to be set, and was=VALUE that it had, each on a line. memory is in KiB or MiB
 * ("768M"), pin the CPU list of each vcpu, blanks between. */
typedef struct Dom0Change {
    char *key, *value, *was;
} Dom0Change;

bool dom0_change_parse(const char *native, Dom0Change *change, GError **error);
void dom0_change_clear(Dom0Change *change);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Dom0Change, dom0_change_clear)
