/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/paths.h"
#include "common/plan.h"

/* A plan that has begun and not ended, on disk: ROOT/var/lib/guestctl/journal/NAME.journal. The first line is
 * the plan, then a line before and after each step, each on disk before the step acts. */
typedef struct Journal Journal;

Journal *journal_begin(const Paths *paths, const Plan *plan, GError **error);
bool journal_step_begins(Journal *journal, guint step, GError **error);
bool journal_step_done(Journal *journal, guint step, GError **error);
bool journal_end(Journal *journal, GError **error); /* removes the file */
void journal_free(Journal *journal);                /* leaves the file if journal_end was not called */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Journal, journal_free)

/* Names of guests with an unfinished plan; empty when there is none. */
GPtrArray *journal_pending(const Paths *paths, GError **error);

/* What an unfinished plan had done: steps before *begun were begun, steps before *done are done. */
Plan *journal_load(const Paths *paths, const char *guest, guint *begun, guint *done, GError **error);
bool journal_remove(const Paths *paths, const char *guest, GError **error);

/* Rename a journal that cannot be read to NAME.journal.broken.SECONDS, for a person to look at. The new path, owned by
 * the caller. */
char *journal_put_aside(const Paths *paths, const char *guest, GError **error);
