/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dom0.h"

#include "common/dom0-state.h"
#include "common/error.h"
#include "common/reason.h"

#define MIB ((guint64)1024)
#define GIB (1024 * MIB)

#define LEAST_HOST (1 * GIB)   /* half of it just holds a dom0 */
#define LEAST (1 * GIB)        /* the advice: 1 to 4 GiB ... */
#define MOST (4 * GIB)
#define HOST_PART 16           /* ... and by the machine: between the two a 16th of it */
#define STEP (256 * MIB)
#define SYSTEM (768 * MIB)     /* dom0's own system; then for each guest its device model, backends and buffers */
#define PER_GUEST (16 * MIB)
#define GUESTS_PART 4          /* however many guests: no more than a quarter of the machine */

#define XEN_PART 64              /* what dom0.conf keeps leaves this part to Xen for its tables ... */
#define LEFT_LEAST (256 * MIB) /* ... and this to guests */

#define VCPUS 4                /* the advice */
#define CPUS_PER_VCPU 16       /* more than 64 CPUs: one vcpu for 16 of them */
#define VCPUS_MOST 16
#define MANY_GUESTS 200        /* "many hundreds": twice the vcpus, if they are an eighth of the CPUs at most */

Dom0Facts dom0_facts(const Host *host, unsigned guests)
{
    return (Dom0Facts){.memory_kib = host->memory_kib, .cpus = host->cpus, .nodes = host->numa_nodes, .guests = guests};
}

static void option_free(gpointer data)
{
    Dom0Option *option = data;
    g_free(option->value);
    g_free(option);
}

static const char *add_option(Dom0Plan *plan, const char *name, char *value)
{
    Dom0Option *option = g_new(Dom0Option, 1);
    option->name = name;
    option->value = value;
    g_ptr_array_add(plan->options, option);
    return value ? value : "set";
}

static guint64 round_up(guint64 kib)
{
    return (kib + STEP - 1) / STEP * STEP;
}

#define KEPT "dom0.conf says so"

static const char *add_memory(Dom0Plan *plan)
{
    guint64 mib = plan->memory_kib / MIB;
    return add_option(plan, "dom0_mem", g_strdup_printf("%" G_GUINT64_FORMAT "M,max:%" G_GUINT64_FORMAT "M", mib, mib));
}

static void plan_maximum(Dom0Plan *plan)
{
    reason_add(plan->reasons, "dom0_mem max:", "the size", SEVERITY_INFO, "without it dom0's maximum is the whole machine, and tools take memory from it");
}

static void plan_memory(Dom0Plan *plan, const Dom0Facts *facts)
{
    guint64 total = facts->memory_kib, by_host = CLAMP(round_up(total / HOST_PART), LEAST, MOST);
    guint64 by_guests = facts->guests ? round_up(SYSTEM + facts->guests * PER_GUEST) : 0;
    guint64 most = MAX(total / GUESTS_PART / STEP * STEP, LEAST), half = total / 2 / MIB * MIB;
    guint64 wanted = MAX(by_host, by_guests);
    plan->memory_kib = MIN(MIN(wanted, most), half);

    const char *value = add_memory(plan);
    if (plan->memory_kib < wanted && wanted == by_guests && by_guests > by_host)
        reason_add(plan->reasons, "dom0_mem", value, SEVERITY_WARNING, "%u guests ask for %" G_GUINT64_FORMAT " MiB, which leaves them too little of %" G_GUINT64_FORMAT,
                facts->guests, wanted / MIB, total / MIB);
    else if (plan->memory_kib == half)
        reason_add(plan->reasons, "dom0_mem", value, SEVERITY_WARNING, "half of a small machine; 1 to 4 GiB are the advice");
    else if (by_guests > by_host)
        reason_add(plan->reasons, "dom0_mem", value, SEVERITY_INFO, "768 MiB, and 16 MiB for each of %u guests", facts->guests);
    else
        reason_add(plan->reasons, "dom0_mem", value, SEVERITY_INFO, "%s: a 16th of %" G_GUINT64_FORMAT " MiB is %" G_GUINT64_FORMAT " MiB",
                by_host == LEAST ? "the least of 1 to 4 GiB" : by_host == MOST ? "the most of 1 to 4 GiB" : "between 1 and 4 GiB", total / MIB, total / HOST_PART / MIB);
    plan_maximum(plan);
}

static void explain_pin(Dom0Plan *plan, const char *because)
{
    if (plan->pin)
        reason_add(plan->reasons, "dom0_vcpus_pin", add_option(plan, "dom0_vcpus_pin", NULL), SEVERITY_INFO, "%s", because);
    else
        reason_add(plan->reasons, "dom0_vcpus_pin", "not set", SEVERITY_INFO, "%s", because);
}

static void plan_vcpus(Dom0Plan *plan, const Dom0Facts *facts)
{
    unsigned cpus = facts->cpus, vcpus = CLAMP(cpus / CPUS_PER_VCPU, VCPUS, VCPUS_MOST);
    bool many = facts->guests >= MANY_GUESTS && 2 * vcpus <= cpus / 8;
    vcpus = many ? MIN(2 * vcpus, VCPUS_MOST) : vcpus;
    plan->vcpus = MIN(vcpus, cpus);

    const char *value = add_option(plan, "dom0_max_vcpus", g_strdup_printf("%u", plan->vcpus));
    if (cpus < vcpus)
        reason_add(plan->reasons, "dom0_max_vcpus", value, SEVERITY_INFO, "the machine has no more CPUs; 4 are the advice");
    else if (many)
        reason_add(plan->reasons, "dom0_max_vcpus", value, SEVERITY_INFO, "twice the usual for %u guests, on %u CPUs", facts->guests, cpus);
    else if (plan->vcpus > VCPUS)
        reason_add(plan->reasons, "dom0_max_vcpus", value, SEVERITY_INFO, "one for each 16 of %u CPUs, 16 at most", cpus);
    else
        reason_add(plan->reasons, "dom0_max_vcpus", value, SEVERITY_INFO, "4 are the advice, up to 64 CPUs");
}

static void plan_pin(Dom0Plan *plan, const Dom0Facts *facts)
{
    plan->pin = plan->vcpus < facts->cpus;
    explain_pin(plan, plan->pin ? "the advice: dom0 stays on its own CPUs" : "dom0 has a vcpu for every CPU: pinned, it could not give way to guests");
}

static void keep_memory(Dom0Plan *plan, const Dom0Facts *facts, const Dom0Wish *kept)
{
    plan->memory_kib = kept->memory_kib;
    bool small = plan->memory_kib < LEAST, half = plan->memory_kib > facts->memory_kib / 2;
    reason_add(plan->reasons, "dom0_mem", add_memory(plan), small || half ? SEVERITY_WARNING : SEVERITY_INFO, "%s%s%s", KEPT,
            half ? "; it is more than half of the machine" : "", small ? "; 1 to 4 GiB are the advice" : "");
    plan_maximum(plan);
}

static void keep_vcpus(Dom0Plan *plan, const Dom0Wish *kept)
{
    plan->vcpus = kept->vcpus;
    reason_add(plan->reasons, "dom0_max_vcpus", add_option(plan, "dom0_max_vcpus", g_strdup_printf("%u", plan->vcpus)), SEVERITY_INFO, KEPT);
}

static void keep_pin(Dom0Plan *plan, const Dom0Wish *kept)
{
    plan->pin = g_str_equal(kept->pin, "yes");
    g_autofree char *list = g_strdup_printf("dom0.conf says CPUs %s, for which Xen's line has no word: guestctl dom0 restore sets them", kept->pin);
    explain_pin(plan, g_ascii_isdigit(*kept->pin) ? list : KEPT);
}

static bool check_kept(const Dom0Facts *facts, const Dom0Wish *kept, GError **error)
{
    guint64 total = facts->memory_kib, most = total - total / XEN_PART - LEFT_LEAST;
    if (kept->memory_kib && kept->memory_kib < DOM0_FLOOR_KIB)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "dom0.conf: memory is %" G_GUINT64_FORMAT " MiB; with less than %" G_GUINT64_FORMAT " MiB dom0's Linux may not start",
                    kept->memory_kib / MIB, DOM0_FLOOR_KIB / MIB);
    else if (kept->memory_kib > most)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "dom0.conf: memory is %" G_GUINT64_FORMAT " MiB, and the machine has %" G_GUINT64_FORMAT "; %" G_GUINT64_FORMAT
                    " MiB are the most that leaves Xen and guests anything",
                    kept->memory_kib / MIB, total / MIB, most / MIB);
    else if (kept->vcpus > facts->cpus)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "dom0.conf: vcpus is %u, and the machine has %u CPUs", kept->vcpus, facts->cpus);
    else
        return true;
    return false;
}

/* Xen takes a node that is not there for no choice at all, so 0 does no harm where nodes are counted otherwise (xen 4.17
 * dom0_build.c dom0_max_vcpus). */
static void plan_nodes(Dom0Plan *plan, const Dom0Facts *facts)
{
    if (facts->nodes <= 1)
        reason_add(plan->reasons, "dom0_nodes", "not set", SEVERITY_INFO, facts->nodes ? "the machine has one NUMA node" : "the machine's NUMA nodes are not known");
    else if (plan->memory_kib > facts->memory_kib / facts->nodes / 2 || plan->vcpus > facts->cpus / facts->nodes)
        reason_add(plan->reasons, "dom0_nodes", "not set", SEVERITY_INFO, "dom0 needs more than half of one of %u NUMA nodes", facts->nodes);
    else
        reason_add(plan->reasons, "dom0_nodes", add_option(plan, "dom0_nodes", g_strdup("0")), SEVERITY_INFO, "one of %u NUMA nodes: dom0's memory is near its CPUs",
                facts->nodes);
}

Dom0Plan *dom0_plan(const Dom0Facts *facts, GError **error)
{
    return dom0_plan_with(facts, NULL, error);
}

Dom0Plan *dom0_plan_with(const Dom0Facts *facts, const Dom0Wish *kept, GError **error)
{
    if (facts->memory_kib == 0 || facts->cpus == 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the host's cpus or memory_kib are not known");
        return NULL;
    }
    /* A machine's memory is a little less than its modules: firmware keeps some. */
    if (facts->memory_kib < LEAST_HOST - 64 * MIB) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_RESOURCES,
                    "the machine has %" G_GUINT64_FORMAT " MiB; a dom0 and guests need 1 GiB at least", facts->memory_kib / MIB);
        return NULL;
    }
    if (kept && !check_kept(facts, kept, error))
        return NULL;
    Dom0Plan *plan = g_new0(Dom0Plan, 1);
    plan->options = g_ptr_array_new_with_free_func(option_free);
    plan->reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    if (kept && kept->memory_kib)
        keep_memory(plan, facts, kept);
    else
        plan_memory(plan, facts);
    if (kept && kept->vcpus)
        keep_vcpus(plan, kept);
    else
        plan_vcpus(plan, facts);
    if (kept && kept->pin)
        keep_pin(plan, kept);
    else
        plan_pin(plan, facts);
    plan_nodes(plan, facts);
    return plan;
}

void dom0_plan_free(Dom0Plan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->options);
    g_ptr_array_unref(plan->reasons);
    g_free(plan);
}
