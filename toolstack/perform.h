/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/backend.h"
#include "common/lock.h"
#include "toolstack/backend-pick.h"

/* The only caller of backend->run(). A dry run prints the plan and returns before anything is opened. Else:
 * the guest's lock, an interrupted plan of the same guest taken care of, then each step with its journal
 * entries. When a step fails or options->cancel fires, what was done is taken back, and the message says so
 * or names what is left. pick is NULL for a plan that touches only files. */
bool perform(const Plan *plan, BackendPick *pick, const Options *options, GError **error);

/* The steps of a plan that touches only files and runs programs, without lock and journal: the caller holds a lock, and takes
 * back himself what was done when one fails. */
bool perform_files(const Plan *plan, const Options *options, GError **error);

/* The same, and the guest's console: it is attached before the guest runs, so that no output is lost, and the
 * plan has ended (its lock and journal are gone) once the guest runs. Returns when the console is left. */
bool perform_with_console(const Plan *plan, BackendPick *pick, const Options *options, const ConsoleOptions *console,
                          GError **error);

/* Whether the file of a step of STEP_WRITE_FILE is still what the plan was made from, or is written already; when not, it is
 * GUESTCTL_ERROR_EXISTS. A step without a mark fits every file. */
bool perform_file_fits(const Step *step, GError **error);

/* For recover.c, which holds the guest's lock. Take back the steps before begun, in reverse. */
bool perform_undo(const Plan *plan, guint begun, BackendPick *pick, GError **error);
/* Carry on after the steps before done; those before begun may have happened. Ends or undoes what it began. */
bool perform_rest(const Plan *plan, guint done, guint begun, BackendPick *pick, const Options *options, GError **error);
