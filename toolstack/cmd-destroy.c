/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/command.h"
#include "toolstack/verb.h"

/* Also the way to remove what is left of a guest that ended while nobody watched. */
bool cmd_destroy(Options *options, GError **error)
{
    return verb_run(STEP_DESTROY, "destroyed", options, error);
}
