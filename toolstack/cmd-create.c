/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <unistd.h>

#include "common/error.h"
#include "toolstack/command.h"
#include "toolstack/console.h"
#include "toolstack/create.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"
#include "toolstack/verb.h"

/* "PV on Xen, domain 5". */
static char *describe(const GuestState *state, const char *backend)
{
    const char *where = g_str_equal(backend, "xen") ? "Xen" : g_str_equal(backend, "kvm") ? "KVM" : "QEMU";
    g_autofree char *mode = state->mode ? g_ascii_strup(state->mode, -1) : g_strdup("a guest");
    return g_strdup_printf("%s on %s, domain %d", mode, where, state->id);
}

/* What became of it: a kernel that does not start ends its domain before this looks. */
static bool report(BackendPick *pick, const char *name, const Options *options, GError **error)
{
    g_autoptr(GuestState) state = verb_lookup(name, pick, options, error);
    if (!state) {
        g_prefix_error(error, "guest \"%s\" was started, and has ended already: ", name);
        return false;
    }
    if (state->status == GUEST_CRASHED || state->status == GUEST_SHUTDOWN || state->status == GUEST_DYING) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR,
                    "guest \"%s\" was started and ended at once (%s%s%s); look at its console with: guestctl create --console, "
                    "and remove what is left with: guestctl destroy %s",
                    name, guest_status_name(state->status), state->reason ? ": " : "", state->reason ? state->reason : "", name);
        return false;
    }
    const char *status = guest_status_name(state->status);
    g_autofree char *what = describe(state, pick->backend->name);
    g_autofree char *text = g_strdup_printf("is %s (%s)", status, what);
    verb_result(options, name, pick->backend->name, status, state, text);
    return true;
}

bool create_check_options(const Options *options, GError **error)
{
    const char *wrong = NULL;
    if (options->console && options->paused)
        wrong = "--console and --paused exclude each other: a paused guest prints nothing";
    else if (options->console && options->json && !options->dry_run)
        wrong = "--console and --json exclude each other: the guest's output would be in the document";
    else if (options->until && !options->console)
        wrong = "--until needs --console";
    else if (options->timeout_s && !options->until)
        wrong = "--timeout needs --console and --until";
    if (!wrong)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "%s: %s", options->command->name, wrong);
    return false;
}

/* --paused: the plan ends before the step that lets the guest run. */
static void drop_unpause(Plan *plan)
{
    for (guint i = plan->steps->len; i > 0; i--)
        if (((const Step *)plan->steps->pdata[i - 1])->kind == STEP_UNPAUSE)
            g_ptr_array_remove_index(plan->steps, i - 1);
}

/* Translations and wishes that cannot be met are never silent; a dry run has them in its table. */
static void warn(const Plan *plan, const Options *options)
{
    for (guint i = 0; i < plan->reasons->len && !options->dry_run; i++) {
        const Reason *reason = plan->reasons->pdata[i];
        if (reason->severity != SEVERITY_INFO)
            output_notice(options, "guest \"%s\": %s is %s (%s: %s)", plan->guest, reason->field, reason->value,
                          severity_name(reason->severity), reason->because);
    }
}

bool create_carry_out(const Prepared *prepared, BackendPick *pick, const Options *options, GError **error)
{
    Plan *plan = prepared->plan;
    if (options->paused)
        drop_unpause(plan);
    warn(plan, options);
    if (options->console) {
        ConsoleOptions console = console_options(options);
        return perform_with_console(plan, pick, options, &console, error);
    }
    return perform(plan, pick, options, error) && (options->dry_run || report(pick, plan->guest, options, error));
}

static bool create(Request *request, const Options *options, GError **error)
{
    g_autoptr(BackendPick) pick = verb_pick(options, error);
    g_auto(Prepared) prepared = {0};
    return pick && request_prepare(request, pick, options, &prepared, error) && create_carry_out(&prepared, pick, options, error);
}

bool cmd_create(Options *options, GError **error)
{
    g_autoptr(Request) request = NULL;
    return create_check_options(options, error) && (request = request_make(options, options_argument(options, 0), error)) &&
           create(request, options, error);
}

bool cmd_start(Options *options, GError **error)
{
    const char *name = options_argument(options, 0);
    if (!create_check_options(options, error))
        return false;
    if (!request_is_defined(options, name)) {
        g_autoptr(GError) why = NULL;
        g_autoptr(Request) other = request_make(options, name, &why);
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "no guest \"%s\" is defined%s%s", name,
                    other ? "; to run a file without defining it: guestctl create " : "; see: guestctl list", other ? name : "");
        return false;
    }
    g_autoptr(Request) request = request_make(options, name, error);
    return request && create(request, options, error);
}
