/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/backend.h"
#include "toolstack/options.h"

/* How this command's console talks to its user: a terminal is set raw; without one, what comes in on standard
 * input is sent to the guest, and nothing is read from a terminal's background or from /dev/null. */
ConsoleOptions console_options(const Options *options);
