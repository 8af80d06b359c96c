/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/plan.h"

#include "kvm/kvm.h"

/* Each bridge once: it is looked at before anything is built. */
static void require_bridges(Plan *plan, const Guest *guest)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < guest->nics->len; i++) {
        const GuestNic *nic = guest->nics->pdata[i];
        if (nic->bridge && g_hash_table_add(seen, nic->bridge))
            plan_add(plan, STEP_REQUIRE_BRIDGE, nic->bridge, "");
    }
}

Plan *kvm_plan_create(const Guest *guest, const Host *host, GError **error)
{
    g_autofree char *xml = kvm_config_xml(guest, host, error);
    if (!xml)
        return NULL;

    Plan *plan = plan_new(guest->backend, guest->name);
    plan_set_reasons(plan, guest->reasons);
    require_bridges(plan, guest);
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
