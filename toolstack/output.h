/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

#include "common/plan.h"
#include "toolstack/options.h"
#include "toolstack/table.h"

/* What commands show. Results go to options->out, everything else (notices, progress, errors) to options->err,
 * so that what a script reads is the result alone. With --json each line of options->err is a document too. */

void output_text(const Options *options, const char *text);   /* as it is */
void output_line(const Options *options, const char *format, ...) G_GNUC_PRINTF(2, 3);
void output_table(const Options *options, const Table *table);
void output_json(const Options *options, JsonBuilder *builder); /* consumes it */

/* What the user should know and that is no result: "guestctl: ...". */
void output_notice(const Options *options, const char *format, ...) G_GNUC_PRINTF(2, 3);
void output_error(const Options *options, const GError *error);

/* What is being done, on a terminal only, in a line that the next one replaces. NULL clears it. */
void output_progress(const Options *options, const char *text);

/* A plan, as --dry-run and `plan` show it: text, or the document guestctl-plan/1. */
bool output_plan(const Options *options, const Plan *plan, GError **error);
/* Reasons as a table; with all=false only the main ones and those that are no plain INFO. */
void output_reasons(const Options *options, const GPtrArray *reasons, bool all);

/* Everything was written: false when the disk is full or the reader has gone (*gone). */
bool output_finish(const Options *options, bool *gone, GError **error);

TableStyle output_style(FILE *stream);
Tint severity_tint(Severity severity);
char *memory_text(guint64 kib); /* "512M", rounded: for tables. Caller frees */
