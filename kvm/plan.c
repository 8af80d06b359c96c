/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/plan.h"

#include "kvm/kvm.h"

Plan *kvm_plan_create(const Guest *guest, const Host *host, GError **error)
{
    g_autofree char *xml = kvm_config_xml(guest, host, error);
    if (!xml)
        return NULL;

    Plan *plan = plan_new_for_guest(guest);
    plan_add(plan, STEP_CREATE, guest->name, xml);
    plan_add(plan, STEP_UNPAUSE, guest->name, "");
    return plan;
}

Plan *kvm_plan_reboot(const GuestState *state, GError **error)
{
    Plan *plan = plan_new(state->backend, state->name);
    plan->finish = true;
    plan_add(plan, STEP_REBOOT, state->name, "");
    return plan;
}
