/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/import.h"
#include "toolstack/options.h"

/* Long work in a thread of its own, while this one takes signals (Ctrl-C fires options->cancel) and shows how far it is: a bar on
 * a terminal, with --json a line "guestctl-progress/1" on standard error each half second. */
typedef struct Work Work;
typedef bool WorkCall(Work *work, void *data, GError **error);

bool work_run(const Options *options, WorkCall *call, void *data, GError **error);

/* An ImportProgress; its data is the Work. */
void work_progress(void *work, ImportPhase phase, guint64 done, gint64 total);
