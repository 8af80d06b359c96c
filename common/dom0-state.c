/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dom0-state.h"

#include "common/dom0-conf.h"

static void vcpu_free(void *data)
{
    Dom0Vcpu *vcpu = data;
    g_free(vcpu->hard);
    g_free(vcpu->soft);
    g_free(vcpu);
}

Dom0State *dom0_state_new(void)
{
    Dom0State *state = g_new0(Dom0State, 1);
    state->vcpus = g_ptr_array_new_with_free_func(vcpu_free);
    state->weight = state->cap = -1;
    return state;
}

void dom0_state_free(Dom0State *state)
{
    if (!state)
        return;
    g_ptr_array_unref(state->vcpus);
    g_free(state->cpupool);
    g_free(state->scheduler);
    g_free(state);
}

void dom0_state_add_vcpu(Dom0State *state, bool online, unsigned cpu, const char *hard, const char *soft)
{
    Dom0Vcpu *vcpu = g_new0(Dom0Vcpu, 1);
    *vcpu = (Dom0Vcpu){.online = online, .cpu = cpu, .hard = g_strdup(hard), .soft = g_strdup(soft)};
    g_ptr_array_add(state->vcpus, vcpu);
    state->vcpus_max = state->vcpus->len;
    state->vcpus_online += online;
}

char *dom0_state_pin(const Dom0State *state)
{
    bool each_its_own = true, equal = true;
    const char *first = NULL;
    g_autoptr(GPtrArray) lists = g_ptr_array_new();
    for (guint i = 0; i < state->vcpus->len; i++) {
        const Dom0Vcpu *vcpu = state->vcpus->pdata[i];
        g_autofree char *own = g_strdup_printf("%u", i);
        first = first ? first : vcpu->hard;
        each_its_own = each_its_own && g_str_equal(vcpu->hard, own);
        equal = equal && g_str_equal(vcpu->hard, first);
        g_ptr_array_add(lists, vcpu->hard);
    }
    if (equal && g_strcmp0(first, "all") == 0)
        return g_strdup("no");
    if (each_its_own)
        return g_strdup("yes");
    if (equal)
        return g_strdup(first);
    g_ptr_array_add(lists, NULL);
    return g_strjoinv(" ", (GStrv)lists->pdata);
}

char *dom0_state_value(const Dom0State *state, const char *key)
{
    if (g_str_equal(key, "memory"))
        return dom0_memory_text(state->target_kib);
    if (g_str_equal(key, "vcpus"))
        return g_strdup_printf("%u", state->vcpus_online);
    if (g_str_equal(key, "pin"))
        return dom0_state_pin(state);
    int number = g_str_equal(key, "weight") ? state->weight : state->cap;
    return number < 0 ? g_strdup("-") : g_strdup_printf("%d", number);
}
