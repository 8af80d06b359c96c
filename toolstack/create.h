/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "toolstack/request.h"

/* What every command that starts a guest does with a plan: create, start, run. */

/* Options that exclude each other. */
bool create_check_options(const Options *options, GError **error);

/* Say what is no plain decision, carry the plan out, with the console or without, and report. A dry run prints it. */
bool create_carry_out(const Prepared *prepared, BackendPick *pick, const Options *options, GError **error);
