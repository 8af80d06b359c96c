/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/request.h"

bool cmd_plan(Options *options, GError **error)
{
    g_autoptr(Request) request = request_make(options, options_argument(options, 0), error);
    if (!request)
        return false;
    g_autoptr(BackendPick) pick = backend_pick_new(options, error);
    if (!pick)
        return false;
    g_auto(Prepared) prepared = {0};
    return request_prepare(request, pick, options, &prepared, error) && output_plan(options, prepared.plan, error);
}
