/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/output.h"
#include "toolstack/perform-run.h"

/* The last steps of a plan, once its guest's console is open. */
typedef struct Rest {
    Run *run;
    bool ran, worked;
} Rest;

static bool run_rest(void *data, GError **error)
{
    Rest *rest = data;
    rest->ran = true;
    rest->worked = run_steps(rest->run, rest->run->plan->steps->len, error) && run_end(rest->run, error);
    return rest->worked;
}

/* The console calls run_rest() when it is open. One that cannot be opened must not keep the guest from running. */
static bool attach_and_run(Run *run, const ConsoleOptions *options, GError **error)
{
    Rest rest = {.run = run};
    ConsoleOptions console = *options;
    console.opened = run_rest;
    console.opened_data = &rest;
    g_autoptr(GError) console_error = NULL;
    const Backend *backend = run->pick->backend;
    const char *guest = run->plan->guest;
    if (backend->console(run->pick->session, guest, &console, run->options->cancel, &console_error))
        return true;
    if (!rest.ran && !run_rest(&rest, error))
        return false;
    if (rest.worked)
        g_prefix_error(&console_error, "guest \"%s\" was started; its console: ", guest);
    g_propagate_error(error, g_steal_pointer(&console_error));
    return false;
}

bool perform_with_console(const Plan *plan, BackendPick *pick, const Options *options, const ConsoleOptions *console,
                          GError **error)
{
    if (options->dry_run)
        return output_plan(options, plan, error);

    guint unpause = 0;
    while (unpause < plan->steps->len && ((const Step *)plan->steps->pdata[unpause])->kind != STEP_UNPAUSE)
        unpause++;
    g_auto(Run) run = {.plan = plan, .pick = pick, .options = options};
    if (!run_begin(&run, error) || !run_steps(&run, unpause, error))
        return false;
    output_progress(options, NULL);
    return attach_and_run(&run, console, error);
}
