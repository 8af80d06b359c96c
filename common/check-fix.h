/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/check.h"
#include "common/plan.h"

#define CHECK_FIX_MODULES "/etc/modules-load.d/guestctl.conf"
#define CHECK_FIX_OPTIONS "/etc/modprobe.d/guestctl.conf"

/* What --fix will do for these checks, as a plan of files and programs; the two files are read, so that what stands in them
 * stays and nothing is written twice. said: a line for people about each step (char*), and about programs that a copy of a
 * system (facts->here false) cannot be given. An empty plan: nothing to do. The error of a file that cannot be read. */
Plan *check_fix_plan(const CheckFacts *facts, const GPtrArray *checks, GPtrArray *said, GError **error);

/* A link in a copy of a system may lead to this machine's own files, which are not what was asked for: GUESTCTL_ERROR_INVALID. */
bool check_fix_stays_below(const char *root, const char *path, GError **error);

/* The text of a file with a line added to its end unless it is there, whatever blanks it has. NULL: it is there. Caller frees. */
char *check_fix_add_line(const char *text, const char *line);
