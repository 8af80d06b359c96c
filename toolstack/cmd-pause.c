/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/command.h"
#include "toolstack/verb.h"

bool cmd_pause(Options *options, GError **error)
{
    return verb_run(STEP_PAUSE, "paused", options, error);
}

bool cmd_unpause(Options *options, GError **error)
{
    return verb_run(STEP_UNPAUSE, "running", options, error);
}
