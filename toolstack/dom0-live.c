/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/dom0-live.h"

#include <unistd.h>

#include "common/error.h"
#include "config.h"
#include "toolstack/command.h"
#include "toolstack/recover.h"

#if HAVE_XEN
#include "xen/xen.h"
#endif

char *dom0_mib_text(guint64 kib)
{
    return kib ? g_strdup_printf("%" G_GUINT64_FORMAT "M", (kib + 512) / 1024) : g_strdup("no limit");
}

void dom0_live_free(Dom0Live *live)
{
    if (!live)
        return;
    if (live->pick)
        backend_pick_free(live->pick);
    else
        host_free(live->host);
    dom0_state_free(live->now);
    simulation_free(live->boot);
    g_free(live->policy_error);
    dom0_plan_free(live->policy);
    dom0_wish_free(live->kept);
    g_free(live);
}

bool dom0_live_read(Dom0Live *live, GError **error)
{
#if HAVE_XEN
    Session *session = backend_pick_session(live->pick, error);
    Dom0State *now = session ? xen_dom0_state(session, error) : NULL;
    if (!now)
        return false;
    dom0_state_free(live->now);
    live->now = now;
    return true;
#else
    g_return_val_if_reached(false); /* no host of such a build is usable */
#endif
}

/* What Xen's line makes of a machine that is not here. Linux's use of its memory is not known then. */
static Dom0State *expect(const Host *host, const Simulation *boot)
{
    Dom0State *state = dom0_state_new();
    state->target_kib = state->current_kib = boot->memory_kib;
    state->boot_max_kib = state->limit_kib = boot->max_unlimited ? 0 : boot->max_kib;
    state->free_kib = boot->available_kib - MIN(boot->memory_kib, boot->available_kib); /* without what Xen keeps */
    for (unsigned i = 0; i < MIN(boot->cpus, CPU_SET_MAX); i++)
        cpu_set_add(&state->cpus, i);
    for (unsigned i = 0; i < boot->vcpus; i++) {
        g_autofree char *own = g_strdup_printf("%u", i);
        dom0_state_add_vcpu(state, true, i, boot->pinned ? own : "all", "all");
    }
    state->scheduler = g_strdup(host->xen.scheduler);
    state->cpupool = g_strdup("Pool-0");
    if (host->xen.scheduler && g_str_has_prefix(host->xen.scheduler, "credit")) {
        state->weight = 256;
        state->cap = 0;
    }
    return state;
}

static bool check_host(const Host *host, const Options *options, GError **error)
{
    if (host->xen.usable)
        return true;
    const char *reason = host->xen.reason ? host->xen.reason : "not a Xen control domain";
    bool denied = !options->host && geteuid() != 0 && g_str_has_suffix(reason, "run this as root");
    g_set_error(error, GUESTCTL_ERROR, denied ? GUESTCTL_ERROR_DENIED : GUESTCTL_ERROR_UNSUPPORTED, "%s is for Xen's control domain: %s%s",
                options->command->name, reason, denied ? "" : "; how a dom0 should be sized says: guestctl dom0 plan --host FILE");
    return false;
}

static bool judge(Dom0Live *live, const Options *options, GError **error)
{
    g_autoptr(Cmdline) line = cmdline_parse(live->host->xen.command_line ? live->host->xen.command_line : "");
    Dom0Facts facts = dom0_facts(live->host, options->guests);
    g_autoptr(GError) policy_error = NULL;
    live->boot = simulate(line, live->host, error);
    live->kept = live->boot ? dom0_conf_load(options->paths->dom0, error) : NULL;
    live->policy = dom0_plan(&facts, &policy_error);
    live->policy_error = policy_error ? g_strdup(policy_error->message) : NULL;
    return live->kept != NULL;
}

Dom0Live *dom0_live_new(const Options *options, GError **error)
{
    g_autoptr(Dom0Live) live = g_new0(Dom0Live, 1);
    live->host = host_of_xen(options, error);
    if (!live->host || !check_host(live->host, options, error))
        return NULL;
    if (!options->host) {
        live->pick = backend_pick_xen(options, live->host, error);
        if (!live->pick)
            return NULL;
    }
    /* First of all: it may write dom0.conf. */
    if (!options->host && options->command->reach == REACH_CHANGE)
        recover_guest(DOM0_NAME, live->pick, options);
    if (!judge(live, options, error))
        return NULL;
    if (options->host) {
        live->now = expect(live->host, live->boot);
        return g_steal_pointer(&live);
    }
    return dom0_live_read(live, error) ? g_steal_pointer(&live) : NULL;
}
