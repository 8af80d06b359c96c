/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/journal.h"
#include "common/lock.h"
#include "toolstack/perform.h"

/* What perform.c, perform-file.c and perform-console.c share: one plan on its way. Nobody else includes this. */
typedef struct Run {
    const Plan *plan;
    BackendPick *pick;
    const Options *options;
    Lock *lock;
    Journal *journal;  /* NULL: the plan needs none */
    guint begun, done; /* steps before them were begun, were done */
} Run;

void run_clear(Run *run);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

/* Lock, recover what an earlier command left of this guest, begin the journal. */
bool run_begin(Run *run, GError **error);
/* Carry out the steps before end that are not done yet; when one fails, undo all of them. */
bool run_steps(Run *run, guint end, GError **error);
/* All are done: the journal and the lock go. */
bool run_end(Run *run, GError **error);

/* Of files. One that is there keeps its mode. */
bool run_write_file(const Step *step, GError **error);
bool run_remove_file(const Step *step, GError **error);
/* A new file goes, as long as it is what was written. False without an error: it is another's, or was one before. */
bool run_unwrite_file(const Step *step, GError **error);
