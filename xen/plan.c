/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/plan.h"

#include "common/error.h"
#include "common/note.h"
#include "xen/session.h"
#include "xen/xen.h"

Plan *xen_plan_create(const Guest *guest, const Host *host, GError **error)
{
    g_autofree char *json = xen_config_json(guest, host, error);
    if (!json)
        return NULL;
    g_autofree char *note = note_to_json(guest);
    Plan *plan = plan_new_for_guest(guest);
    plan_add(plan, STEP_CREATE, guest->name, json);
    plan_add(plan, STEP_NOTE, guest->name, note);
    plan_add(plan, STEP_UNPAUSE, guest->name, "");
    return plan;
}

/* Xen ends a domain that reboots, and its toolstack builds it again from what it was created from. */
Plan *xen_plan_reboot(const GuestState *state, GError **error)
{
    if (!state->native) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "guest \"%s\": what it was created from is not known, so it cannot be built again; shut it down, and start it as it was started",
                    state->name);
        return NULL;
    }
    Plan *plan = plan_new("xen", state->name);
    plan->finish = true;
    plan_add(plan, STEP_REBOOT, state->name, "");
    plan_add(plan, STEP_DESTROY, state->name, "");
    plan_add(plan, STEP_CREATE, state->name, state->native);
    if (state->note)
        plan_add(plan, STEP_NOTE, state->name, state->note);
    plan_add(plan, STEP_UNPAUSE, state->name, "");
    return plan;
}
