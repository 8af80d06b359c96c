/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dom0-tune.h"

#include <string.h>

#include "common/error.h"

#define MIB ((guint64)1024)
#define MANY_CPUS 8      /* one vcpu of dom0 is too little for as many */
#define USUAL_WEIGHT 256 /* of credit and credit2 */

static bool refuse(GError **error, GuestctlErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool refuse(GError **error, GuestctlErrorCode code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, GUESTCTL_ERROR, (int)code, message);
    return false;
}

/* With the memory that its kernel keeps for itself, which MemTotal leaves out. */
static guint64 used_kib(const Dom0State *state)
{
    return state->available_kib ? state->current_kib - MIN(state->available_kib, state->current_kib) : 0;
}

guint64 dom0_tune_least_kib(const Dom0State *state, guint64 floor_kib)
{
    guint64 used = used_kib(state), least = MAX(floor_kib, used ? used + DOM0_MARGIN_KIB : 0);
    return (least + MIB - 1) / MIB * MIB;
}

static bool check_less(guint64 wanted, const Dom0State *state, guint64 floor_kib, GError **error)
{
    guint64 least = dom0_tune_least_kib(state, floor_kib), used = used_kib(state);
    if (wanted >= least)
        return true;
    if (wanted < floor_kib)
        return refuse(error, GUESTCTL_ERROR_RESOURCES,
                      "dom0: memory=%" G_GUINT64_FORMAT "M: with less than %" G_GUINT64_FORMAT "M its Linux may not run; the least that is taken now is "
                      "%" G_GUINT64_FORMAT "M",
                      wanted / MIB, floor_kib / MIB, least / MIB);
    return refuse(error, GUESTCTL_ERROR_RESOURCES,
                  "dom0: memory=%" G_GUINT64_FORMAT "M: it uses %" G_GUINT64_FORMAT " MiB now (%" G_GUINT64_FORMAT " MiB, of which Linux calls %" G_GUINT64_FORMAT
                  " available) and must keep %" G_GUINT64_FORMAT " MiB to spare; the least that is taken now is %" G_GUINT64_FORMAT "M",
                  wanted / MIB, (used + MIB - 1) / MIB, state->current_kib / MIB, state->available_kib / MIB, DOM0_MARGIN_KIB / MIB, least / MIB);
}

/* libxl takes no more than static-max, and a PV Linux has pages for no more (libxl_mem.c of xen 4.17). */
static bool check_more(guint64 wanted, const Dom0State *state, GError **error)
{
    if (state->boot_max_kib && wanted > state->boot_max_kib)
        return refuse(error, GUESTCTL_ERROR_RESOURCES,
                      "dom0: memory=%" G_GUINT64_FORMAT "M: it was started with %" G_GUINT64_FORMAT "M at most (max: of dom0_mem), which is the most that is "
                      "taken now; for more, change Xen's line with: guestctl grub apply",
                      wanted / MIB, state->boot_max_kib / MIB);
    if (wanted > state->current_kib && wanted - state->current_kib > state->free_kib)
        return refuse(error, GUESTCTL_ERROR_RESOURCES,
                      "dom0: memory=%" G_GUINT64_FORMAT "M: that is %" G_GUINT64_FORMAT " MiB more, and the machine has %" G_GUINT64_FORMAT
                      " MiB that nobody uses; the most that is taken now is %" G_GUINT64_FORMAT "M",
                      wanted / MIB, (wanted - state->current_kib) / MIB, state->free_kib / MIB, (state->current_kib + state->free_kib) / MIB);
    return true;
}

static bool check_vcpus(const Dom0Wish *wish, const Dom0State *state, GError **error)
{
    return wish->vcpus <= state->vcpus_max ||
           refuse(error, GUESTCTL_ERROR_INVALID,
                  "dom0: vcpus=%u: it was started with %u at most (dom0_max_vcpus); for more, change Xen's line with: guestctl grub apply", wish->vcpus,
                  state->vcpus_max);
}

static bool check_pin(const Dom0Wish *wish, const Dom0State *state, GError **error)
{
    CpuSet wanted = {0};
    if (!wish->pin || g_str_equal(wish->pin, "no"))
        return true;
    if (!g_str_equal(wish->pin, "yes") && !cpu_set_parse(wish->pin, &wanted, error))
        return false;
    if (g_str_equal(wish->pin, "yes"))
        for (unsigned i = 0; i < state->vcpus_max; i++)
            cpu_set_add(&wanted, i);
    unsigned missing = cpu_set_first_outside(&wanted, &state->cpus);
    if (missing == CPU_SET_MAX)
        return true;
    g_autofree char *all = cpu_set_text(&state->cpus);
    return refuse(error, GUESTCTL_ERROR_INVALID, "dom0: pin=%s: CPU %u is not there: its cpupool \"%s\" has CPUs %s", wish->pin, missing,
                  state->cpupool ? state->cpupool : "Pool-0", all);
}

/* dom0 serves every guest's disk and network, and the command that would lift the cap runs in it too. */
static bool check_cap(int cap, const Dom0State *state, const char *scheduler, GError **error)
{
    unsigned most = 100 * state->vcpus_max; /* of all vcpus together, those that are off too (libxl_sched.c of xen 4.17) */
    if (cap > (int)most)
        return refuse(error, GUESTCTL_ERROR_INVALID, "dom0: cap=%d: %s takes 0 (none) to %u, which is all of its %u vcpus", cap, scheduler, most,
                      state->vcpus_max);
    if (cap > 0 && cap < DOM0_LEAST_CAP)
        return refuse(error, GUESTCTL_ERROR_INVALID,
                      "dom0: cap=%d: with less than one CPU in all it may not serve its guests' disks and networks, nor take back the cap; the least that is "
                      "taken is %d (0: no cap)",
                      cap, DOM0_LEAST_CAP);
    return true;
}

static bool check_scheduler(const Dom0Wish *wish, const Dom0State *state, GError **error)
{
    const char *name = state->scheduler ? state->scheduler : "unknown";
    if (wish->weight >= 0 && state->weight < 0)
        return refuse(error, GUESTCTL_ERROR_UNSUPPORTED, "dom0: weight=%d: scheduler \"%s\" has no weights; credit and credit2 have", wish->weight, name);
    if (wish->cap >= 0 && state->cap < 0)
        return refuse(error, GUESTCTL_ERROR_UNSUPPORTED, "dom0: cap=%d: scheduler \"%s\" has no caps; credit and credit2 have", wish->cap, name);
    return wish->cap < 0 || check_cap(wish->cap, state, name, error);
}

bool dom0_tune_check(const Dom0Wish *wish, const Dom0State *state, guint64 floor_kib, GError **error)
{
    guint64 memory = wish->memory_kib;
    return (!memory || memory >= state->target_kib || check_less(memory, state, floor_kib, error)) &&
           (!memory || memory <= state->target_kib || check_more(memory, state, error)) && check_vcpus(wish, state, error) &&
           check_pin(wish, state, error) && check_scheduler(wish, state, error);
}

static void note_memory(const Dom0Wish *wish, const Dom0State *state, GPtrArray *notes)
{
    if (wish->memory_kib && wish->memory_kib < state->current_kib && state->available_kib == 0)
        g_ptr_array_add(notes, g_strdup_printf("memory=%" G_GUINT64_FORMAT "M: what dom0's Linux uses is not known here, so it was not checked that it can do with so "
                                               "little",
                                               wish->memory_kib / MIB));
    if (wish->memory_kib && wish->memory_kib == state->target_kib && !dom0_tune_is_reached(state))
        g_ptr_array_add(notes, g_strdup_printf("memory=%" G_GUINT64_FORMAT "M: dom0 has been asked for that already and has %" G_GUINT64_FORMAT
                                               " MiB: its Linux has not followed so far",
                                               wish->memory_kib / MIB, state->current_kib / MIB));
}

static void note_cpus(const Dom0Wish *wish, const Dom0State *state, GPtrArray *notes)
{
    CpuSet pin = {0};
    unsigned vcpus = wish->vcpus ? wish->vcpus : state->vcpus_online, cpus = cpu_set_count(&state->cpus);
    bool list = wish->pin && g_ascii_isdigit(*wish->pin) && cpu_set_parse(wish->pin, &pin, NULL);
    if (wish->vcpus == 1 && cpus >= MANY_CPUS)
        g_ptr_array_add(notes, g_strdup_printf("vcpus=1: one vcpu serves the disks and networks of all guests of %u CPUs; 4 are the advice", cpus));
    if (list && vcpus > 1 && cpu_set_count(&pin) < vcpus)
        g_ptr_array_add(notes, g_strdup_printf("pin=%s: %u vcpus share %u CPU%s, and wait for each other", wish->pin, vcpus, cpu_set_count(&pin),
                                               cpu_set_count(&pin) == 1 ? "" : "s"));
}

static void note_scheduler(const Dom0Wish *wish, const Dom0State *state, GPtrArray *notes)
{
    unsigned vcpus = wish->vcpus ? wish->vcpus : state->vcpus_online;
    if (wish->cap > 0 && (unsigned)wish->cap < 100 * vcpus)
        g_ptr_array_add(notes, g_strdup_printf("cap=%d: dom0 has no more even while CPUs are idle, and guests wait for their disks and networks then", wish->cap));
    if (wish->weight >= 0 && wish->weight < USUAL_WEIGHT)
        g_ptr_array_add(notes, g_strdup_printf("weight=%d: a guest has %d unless it says otherwise, so dom0 gives way to each, and all wait for it", wish->weight,
                                               USUAL_WEIGHT));
}

void dom0_tune_notes(const Dom0Wish *wish, const Dom0State *state, GPtrArray *notes)
{
    note_memory(wish, state, notes);
    note_cpus(wish, state, notes);
    note_scheduler(wish, state, notes);
}

Dom0Wish *dom0_tune_fit(const Dom0Wish *wish, const Dom0State *state, GPtrArray *notes)
{
    Dom0Wish *fit = dom0_wish_new();
    dom0_wish_overlay(fit, wish);
    if (state->boot_max_kib && fit->memory_kib > state->boot_max_kib) {
        fit->memory_kib = state->boot_max_kib / MIB * MIB;
        g_ptr_array_add(notes, g_strdup_printf("memory: %" G_GUINT64_FORMAT "M is more than dom0 was started with at most (%" G_GUINT64_FORMAT
                                               "M): only guestctl grub apply and a reboot give it that",
                                               wish->memory_kib / MIB, state->boot_max_kib / MIB));
    }
    if (fit->vcpus > state->vcpus_max) {
        fit->vcpus = state->vcpus_max;
        g_ptr_array_add(notes, g_strdup_printf("vcpus: %u are more than dom0 was started with (%u): only guestctl grub apply and a reboot give it those",
                                               wish->vcpus, state->vcpus_max));
    }
    return fit;
}

/* One list for each vcpu. */
static char *pin_lists(const char *pin, const Dom0State *state)
{
    g_autofree char *everywhere = cpu_set_text(&state->cpus);
    bool all = g_str_equal(pin, "no"), own = g_str_equal(pin, "yes");
    GString *lists = g_string_new(NULL);
    for (unsigned i = 0; i < state->vcpus_max; i++) {
        g_string_append(lists, i ? " " : "");
        g_autofree char *list = own ? g_strdup_printf("%u", i) : g_strdup(pin);
        g_string_append(lists, all || g_str_equal(list, everywhere) ? "all" : list);
    }
    return g_string_free(lists, FALSE);
}

char *dom0_tune_was(const Dom0State *state, const char *key)
{
    if (!g_str_equal(key, "pin"))
        return dom0_state_value(state, key);
    GString *lists = g_string_new(NULL);
    for (guint i = 0; i < state->vcpus->len; i++)
        g_string_append_printf(lists, "%s%s", i ? " " : "", ((const Dom0Vcpu *)state->vcpus->pdata[i])->hard);
    return g_string_free(lists, FALSE);
}

bool dom0_tune_is_reached(const Dom0State *state)
{
    return MAX(state->current_kib, state->target_kib) - MIN(state->current_kib, state->target_kib) <= DOM0_NEAR_KIB;
}

/* What takes longest, and may not come to its end, is last. */
Plan *dom0_tune_plan(const Dom0Wish *wish, const Dom0State *state)
{
    static const char *const order[] = {"weight", "cap", "vcpus", "pin", "memory"};
    Plan *plan = plan_new("xen", DOM0_NAME);
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++) {
        const char *key = order[i];
        g_autofree char *said = dom0_wish_value(wish, key);
        if (!said)
            continue;
        g_autofree char *value = g_str_equal(key, "pin") ? pin_lists(said, state) : g_strdup(said);
        g_autofree char *was = dom0_tune_was(state, key);
        g_autofree char *native = g_strdup_printf("%s=%s\nwas=%s\n", key, value, was);
        bool waits = g_str_equal(key, "memory") && !dom0_tune_is_reached(state);
        if (!g_str_equal(value, was) || waits)
            plan_add(plan, STEP_TUNE_DOM0, key, native);
    }
    return plan;
}

bool dom0_change_parse(const char *native, Dom0Change *change, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(native, "\n", 3);
    bool two = g_strv_length(lines) == 3 && !*lines[2] && strchr(lines[0], '=') && g_str_has_prefix(lines[1], "was=");
    g_autofree char *key = two ? g_strndup(lines[0], strcspn(lines[0], "=")) : NULL;
    if (!two || !g_strv_contains(dom0_wish_keys, key))
        return refuse(error, GUESTCTL_ERROR_INVALID, "step tune-dom0: \"%.80s\" is not KEY=VALUE and was=VALUE on two lines", native);
    change->value = g_strdup(strchr(lines[0], '=') + 1);
    change->was = g_strdup(lines[1] + strlen("was="));
    change->key = g_steal_pointer(&key);
    return true;
}

void dom0_change_clear(Dom0Change *change)
{
    g_clear_pointer(&change->key, g_free);
    g_clear_pointer(&change->value, g_free);
    g_clear_pointer(&change->was, g_free);
}
