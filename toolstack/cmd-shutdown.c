/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"
#include "toolstack/request.h"
#include "toolstack/verb.h"

enum {
    DEFAULT_TIMEOUT_S = 60, /* nova's shutdown_timeout */
    RETRY_S = 10,           /* nova's SHUTDOWN_RETRY_INTERVAL, compute/manager.py */
};

static Plan *plan_one(const char *backend, const char *name, StepKind kind)
{
    Plan *plan = plan_new(backend, name);
    plan_add(plan, kind, name, NULL);
    plan->finish = kind == STEP_DESTROY;
    return plan;
}

/* --timeout, else what the guest's image asked for (os_shutdown_timeout, in its note), else nova's default. */
static unsigned timeout_of(const GuestState *state, const Options *options)
{
    g_autoptr(Note) note = verb_note(state);
    if (options->timeout_s)
        return options->timeout_s;
    return note && note->shutdown_timeout_s ? note->shutdown_timeout_s : DEFAULT_TIMEOUT_S;
}

/* A domain that has ended stays on Xen until its toolstack destroys it; elsewhere it is gone already. */
static bool clean_up(const char *name, BackendPick *pick, const Options *options, GuestStatus status, GError **error)
{
    g_autoptr(Plan) plan = plan_new(pick->backend->name, name);
    plan->finish = true;
    if (status != GUEST_SHUT_OFF)
        plan_add(plan, STEP_DESTROY, name, NULL);
    verb_plan_forget(plan, options);
    if (plan->steps->len == 0 || perform(plan, pick, options, error))
        return true;
    g_prefix_error(error, "guest \"%s\" has shut down, but: ", name);
    return false;
}

/* A guest that has just booted may not listen to its power button yet, and nothing tells that it did not: it is pressed
 * again until the guest ends (nova 18.1.0 virt/libvirt/driver.py _clean_shutdown). A second press that fails is no news: the
 * guest is ending, or somebody else works on it. asked is false for a guest that had ended before. */
static bool wait_for_end(const char *name, unsigned timeout_s, bool asked, BackendPick *pick, const Options *options,
                         GuestStatus *status, char **reason, GError **error)
{
    g_autofree char *progress = g_strdup_printf("waiting up to %u s for guest \"%s\" to shut down", timeout_s, name);
    for (unsigned waited_s = 0;;) {
        output_progress(options, progress); /* asking again shows its own */
        unsigned turn_s = asked ? MIN(timeout_s - waited_s, RETRY_S) : timeout_s;
        g_autoptr(GError) wait_error = NULL;
        if (pick->backend->wait_end(pick->session, name, turn_s, status, reason, options->cancel, &wait_error))
            return true;
        waited_s += turn_s;
        if (waited_s >= timeout_s || !g_error_matches(wait_error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT)) {
            g_propagate_error(error, g_steal_pointer(&wait_error));
            return false;
        }
        g_autoptr(Plan) again = plan_one(pick->backend->name, name, STEP_SHUTDOWN);
        perform(again, pick, options, NULL);
    }
}

static bool wait_and_clean_up(const char *name, unsigned timeout_s, bool asked, BackendPick *pick, Options *options, GError **error)
{
    GuestStatus status;
    g_autofree char *reason = NULL;
    g_autoptr(GError) wait_error = NULL;
    if (!wait_for_end(name, timeout_s, asked, pick, options, &status, &reason, &wait_error)) {
        if (g_error_matches(wait_error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT))
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT,
                        "guest \"%s\" has not shut down within %u s; wait longer with --timeout, or stop it at once with: "
                        "guestctl destroy %s",
                        name, timeout_s, name);
        else
            g_propagate_error(error, g_steal_pointer(&wait_error));
        return false;
    }
    output_progress(options, NULL);
    if (!clean_up(name, pick, options, status, error))
        return false;
    if (status == GUEST_CRASHED) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR,
                    "guest \"%s\" crashed while it shut down; its domain was removed", name);
        return false;
    }
    verb_result(options, name, pick->backend->name, "shut off", NULL, "has shut down");
    return true;
}

static bool dry_run(const char *name, BackendPick *pick, const Options *options, GError **error)
{
    if (!guest_name_check(name, error))
        return false;
    g_autoptr(Plan) plan = plan_one(pick->backend->name, name, STEP_SHUTDOWN);
    if (options->wait) {
        plan_add(plan, STEP_DESTROY, name, NULL);
        verb_plan_forget(plan, options);
    }
    return perform(plan, pick, options, error);
}

bool cmd_shutdown(Options *options, GError **error)
{
    const char *name = options_argument(options, 0);
    if (options->timeout_s && !options->wait) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "shutdown: --timeout needs --wait");
        return false;
    }
    g_autoptr(BackendPick) pick = verb_pick(options, error);
    if (!pick || options->dry_run)
        return pick && dry_run(name, pick, options, error);

    g_autoptr(GuestState) state = verb_lookup(name, pick, options, error);
    if (!state || !verb_allowed(state, options, error))
        return false;
    bool ended = state->status == GUEST_SHUTDOWN || state->status == GUEST_CRASHED || state->status == GUEST_DYING;
    g_autoptr(Plan) plan = plan_one(pick->backend->name, name, STEP_SHUTDOWN);
    if (!ended && !perform(plan, pick, options, error))
        return false;
    if (options->wait || ended)
        return wait_and_clean_up(name, timeout_of(state, options), !ended, pick, options, error);
    g_autofree char *text = g_strdup_printf("was asked to shut down; to wait for it: guestctl shutdown --wait %s", name);
    verb_result(options, name, pick->backend->name, "shutting down", state, text);
    return true;
}

/* Without a session the guest as its file describes it stands in for the one that runs. */
static GuestState *described(const char *name, BackendPick *pick, const Options *options, GError **error)
{
    g_autoptr(Request) request = request_make(options, name, error);
    g_auto(Prepared) prepared = {0};
    if (!request || !request_prepare(request, pick, options, &prepared, error))
        return NULL;
    GuestState *state = guest_state_new();
    state->name = g_strdup(prepared.guest->name);
    state->uuid = g_strdup(prepared.guest->uuid);
    state->backend = g_strdup(pick->backend->name);
    state->owner = g_strdup("guestctl");
    for (guint i = 0; i < prepared.plan->steps->len; i++) {
        const Step *step = prepared.plan->steps->pdata[i];
        if (step->kind == STEP_CREATE)
            state->native = g_strdup(step->native);
        if (step->kind == STEP_NOTE)
            state->note = g_strdup(step->native);
    }
    return state;
}

/* A reboot is planned from what the running guest was created from. A dry run on this machine reads that from
 * the hypervisor; with --host there is none to ask. */
bool cmd_reboot(Options *options, GError **error)
{
    const char *name = options_argument(options, 0);
    g_autoptr(BackendPick) pick = verb_pick(options, error);
    if (!pick)
        return false;
    bool elsewhere = options->dry_run && options->host;
    g_autoptr(GuestState) state =
        elsewhere ? described(name, pick, options, error) : verb_lookup(name, pick, options, error);
    if (!state || !verb_allowed(state, options, error))
        return false;
    g_autoptr(Plan) plan = pick->backend->plan_reboot(state, error);
    if (!plan || !perform(plan, pick, options, error))
        return false;
    if (!options->dry_run)
        verb_result(options, name, pick->backend->name, "running", NULL, "is rebooting");
    return true;
}
