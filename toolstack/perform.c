/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/perform.h"

#include <gio/gio.h>

#include "common/error.h"
#include "common/inject/inject.h"
#include "common/journal.h"
#include "common/run.h"
#include "common/seed/seed.h"
#include "common/storage/storage.h"
#include "toolstack/bridge.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform-run.h"
#include "toolstack/recover.h"
#include "toolstack/verb.h"

void run_clear(Run *run)
{
    journal_free(run->journal);
    lock_free(run->lock);
}

/* Add to the end of an error's message. */
static void append(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void append(GError **error, const char *format, ...)
{
    if (!error || !*error)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *more = g_strdup_vprintf(format, args);
    va_end(args);
    char *message = g_strconcat((*error)->message, more, NULL);
    g_free((*error)->message);
    (*error)->message = message;
}

/* A signal only marks its source; the callback that fires the cancellable runs in the main context, which a
 * step that does not wait never enters. */
static bool interrupted(const Plan *plan, GCancellable *cancel, GError **error)
{
    if (!cancel)
        return false;
    g_autoptr(GMainContext) context = g_main_context_ref_thread_default();
    for (unsigned i = 0; i < 64 && g_main_context_iteration(context, FALSE); i++) /* a closed pipe is always ready */
        ;
    if (!g_cancellable_is_cancelled(cancel))
        return false;
    if (*plan->guest)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "guest \"%s\": interrupted", plan->guest);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
    return true;
}

/* By the session. A guest that ended by itself in the moment before it was destroyed is gone, as was asked. */
static bool run_in_session(const Step *step, BackendPick *pick, GCancellable *cancel, GError **error)
{
    g_autoptr(GError) run_error = NULL;
    Session *session = backend_pick_session(pick, error);
    if (!session)
        return false;
    if (pick->backend->run(session, step, cancel, &run_error))
        return true;
    if (step->kind == STEP_DESTROY && g_error_matches(run_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        return true;
    g_propagate_error(error, g_steal_pointer(&run_error));
    return false;
}

/* Steps that touch only files are carried out here, the others by the hypervisor. */
static bool act(const Plan *plan, const Step *step, BackendPick *pick, GCancellable *cancel, GError **error)
{
    switch (step->kind) {
    case STEP_REQUIRE_BRIDGE:
        return bridge_check("/sys/class/net", step->target, plan->guest, error);
    case STEP_WRITE_FILE:
        return run_write_file(step, error);
    case STEP_REMOVE_FILE:
        return run_remove_file(step, error);
    case STEP_CREATE_DISK:
    case STEP_CHANGE_DISK:
    case STEP_DELETE_DISK:
        return storage_run(step, cancel, error);
    case STEP_INJECT:
        return inject_run(step->native, cancel, error);
    case STEP_WRITE_SEED:
        return seed_write(step->native, step->target, error);
    case STEP_RUN:
        return run_program(step->native, cancel, NULL, error);
    case STEP_CREATE:
    case STEP_NOTE:
    case STEP_UNPAUSE:
    case STEP_PAUSE:
    case STEP_SHUTDOWN:
    case STEP_REBOOT:
    case STEP_DESTROY:
    case STEP_TUNE_DOM0:
        return run_in_session(step, pick, cancel, error);
    }
    g_return_val_if_reached(false);
}

static bool is_for_backend(const Step *step)
{
    static const StepKind not_for[] = {STEP_REQUIRE_BRIDGE, STEP_WRITE_FILE,  STEP_REMOVE_FILE, STEP_CREATE_DISK,
                                       STEP_CHANGE_DISK,    STEP_DELETE_DISK, STEP_INJECT,      STEP_WRITE_SEED, STEP_RUN};
    for (gsize i = 0; i < G_N_ELEMENTS(not_for); i++)
        if (step->kind == not_for[i])
            return false;
    return true;
}

static bool has_step(const Plan *plan, StepKind kind)
{
    for (guint i = 0; i < plan->steps->len; i++)
        if (((const Step *)plan->steps->pdata[i])->kind == kind)
            return true;
    return false;
}

static bool starts_with(const Plan *plan, StepKind kind)
{
    return plan->steps->len > 0 && ((const Step *)plan->steps->pdata[0])->kind == kind;
}

/* What a file held before is not known here, so plans that change files are finished, never undone; a file
 * that such a plan had written is left and named. A seed is made anew by every create. */
bool perform_undo(const Plan *plan, guint begun, BackendPick *pick, GError **error)
{
    g_autoptr(GString) left = g_string_new(NULL);
    for (guint i = MIN(begun, plan->steps->len); i > 0; i--) {
        const Step *step = plan->steps->pdata[i - 1];
        g_autoptr(GError) step_error = NULL;
        if (is_for_backend(step)) {
            Session *session = backend_pick_session(pick, &step_error);
            if (session && pick->backend->undo(session, step, &step_error))
                continue;
        } else if (step->kind == STEP_REQUIRE_BRIDGE || (step->kind == STEP_CREATE_DISK && storage_undo(step, &step_error)) ||
                   (step->kind == STEP_INJECT && inject_undo(step->native, &step_error)) ||
                   (step->kind == STEP_WRITE_SEED && run_remove_file(step, &step_error)) || (step->kind == STEP_WRITE_FILE && run_unwrite_file(step, &step_error))) {
            continue;
        }
        g_string_append_printf(left, "%s%s %s%s%s", left->len ? "; " : "", step_kind_name(step->kind), step->target,
                               step_error ? ": " : "", step_error ? step_error->message : "");
    }
    if (left->len == 0)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "%s", left->str);
    return false;
}

/* Up to the first step that is done there is nothing to lose: Ctrl-C ends a plan that is to be finished.
 * Afterwards (the old domain of a reboot has gone) leaving would lose the guest. */
static GCancellable *cancel_of(const Run *run)
{
    return run->plan->finish && run->done > 0 ? NULL : run->options->cancel;
}

static void show_progress(const Run *run, const Step *step)
{
    g_autofree char *text = g_strdup_printf("[%u/%u] %s %s", run->begun, run->plan->steps->len, step_kind_name(step->kind),
                                            step->target);
    output_progress(run->options, text);
}

/* Whether a failed step needs no undo. A domain that was there before, and a dom0 that another has changed, are not ours to take
 * back; a file is replaced or removed as a whole or not at all. */
static bool left_nothing(const Step *step, const GError *error)
{
    if (step->kind == STEP_CREATE || step->kind == STEP_CREATE_DISK || step->kind == STEP_TUNE_DOM0)
        return g_error_matches(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS);
    if (step->kind == STEP_CHANGE_DISK)
        return storage_is_settled(step);
    return !is_for_backend(step) && step->kind != STEP_REQUIRE_BRIDGE && step->kind != STEP_INJECT; /* a program tells itself */
}

/* on-failure = continue: the guest boots with what was put into its disk so far. */
static bool is_forgiven(const Step *step, const Options *options, const GError *error)
{
    if (step->kind != STEP_INJECT || g_error_matches(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED) || !inject_carries_on(step->native))
        return false;
    output_progress(options, NULL);
    output_notice(options, "%s; the guest boots all the same, as on-failure = continue says", error->message);
    return true;
}

/* The next step, with its journal entries. */
static bool run_step(Run *run, GError **error)
{
    guint index = run->done;
    const Step *step = run->plan->steps->pdata[index];
    if (interrupted(run->plan, cancel_of(run), error))
        return false;
    if (run->journal && !journal_step_begins(run->journal, index, error))
        return false;
    run->begun = index + 1;
    show_progress(run, step);
    g_autoptr(GError) act_error = NULL;
    if (!act(run->plan, step, run->pick, cancel_of(run), &act_error) && !is_forgiven(step, run->options, act_error)) {
        if (left_nothing(step, act_error))
            run->begun = index;
        /* Ctrl-C also reaches what the hypervisor's library runs, which then fails in ways of its own. */
        if (!interrupted(run->plan, cancel_of(run), error))
            g_propagate_error(error, g_steal_pointer(&act_error));
        return false;
    }
    run->done = index + 1;
    return !run->journal || journal_step_done(run->journal, index, error);
}

/* Whether one of the steps before begun builds something. */
static bool has_built(const Plan *plan, guint begun)
{
    for (guint i = 0; i < begun; i++)
        if (((const Step *)plan->steps->pdata[i])->kind == STEP_CREATE || ((const Step *)plan->steps->pdata[i])->kind == STEP_CREATE_DISK)
            return true;
    return false;
}

static bool has_destroyed(const Run *run)
{
    for (guint i = 0; i < run->done; i++)
        if (((const Step *)run->plan->steps->pdata[i])->kind == STEP_DESTROY)
            return true;
    return false;
}

/* After a failed step. The journal stays when something is left: the next command tries again. */
static void run_undo(Run *run, GError **error)
{
    g_autoptr(GError) undo_error = NULL;
    /* A create that fails by itself has built nothing, or says what it left; one cut short may have been anywhere. */
    bool was_interrupted = error && g_error_matches(*error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED);
    output_progress(run->options, "taking back what was done");
    bool undone = perform_undo(run->plan, run->begun, run->pick, &undo_error);
    output_progress(run->options, NULL);
    if (undone && has_built(run->plan, was_interrupted ? run->begun : run->done))
        append(error, "; what had been built was removed again");
    else if (undone && run->begun > 0 && has_step(run->plan, STEP_TUNE_DOM0))
        append(error, "; what had been changed was put back");
    else if (!undone)
        append(error, "; this is left%s: %s", run->journal ? " and will be tried again by the next command" : "", undo_error->message);
    if (run->plan->finish && has_built(run->plan, run->plan->steps->len) && has_destroyed(run))
        append(error, "; guest \"%s\" is not running any more, create it again", run->plan->guest);
    if (undone && run->journal && !journal_end(run->journal, &undo_error))
        append(error, "; %s", undo_error->message);
}

bool run_end(Run *run, GError **error)
{
    output_progress(run->options, NULL);
    if (run->journal && !journal_end(run->journal, error)) {
        g_prefix_error(error, "guest \"%s\": done, but: ", run->plan->guest);
        return false;
    }
    run_clear(run);
    run->journal = NULL;
    run->lock = NULL;
    return true;
}

bool run_steps(Run *run, guint end, GError **error)
{
    while (run->done < end)
        if (!run_step(run, error)) {
            run_undo(run, error);
            return false;
        }
    return true;
}

/* A new guest must not meet one of its name: undo would then take the old one down, since both have one UUID. */
static bool check_absent(const Plan *plan, BackendPick *pick, GError **error)
{
    Session *session = backend_pick_session(pick, error);
    if (!session)
        return false;
    g_autoptr(GError) lookup_error = NULL;
    g_autoptr(GuestState) state = pick->backend->lookup(session, plan->guest, &lookup_error);
    if (state) {
        bool ended = state->status == GUEST_SHUTDOWN || state->status == GUEST_CRASHED;
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "guest \"%s\" exists already (%s, domain %d, made by %s)%s%s", plan->guest, guest_status_name(state->status),
                    state->id, state->owner ? state->owner : "other",
                    ended ? "; remove what is left of it with: guestctl destroy " : "; give the new one another name with --name",
                    ended ? plan->guest : "");
        return false;
    }
    if (g_error_matches(lookup_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        return true;
    g_propagate_error(error, g_steal_pointer(&lookup_error));
    return false;
}

/* Nor must what it makes meet another disk, for the same reason. */
static bool check_disks_absent(const Plan *plan, GError **error)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        if (step->kind == STEP_CREATE_DISK && !storage_check_absent(step, error))
            return false;
    }
    return true;
}

/* What it takes to put files into a disk, before one is made. */
static bool check_injection(const Plan *plan, GError **error)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        if (step->kind == STEP_INJECT && !inject_carries_on(step->native) && !inject_check(step->native, error))
            return false;
    }
    return true;
}

/* Pausing or shutting down leaves nothing to take back and nothing to finish. */
static bool needs_journal(const Plan *plan)
{
    return plan->finish || has_step(plan, STEP_CREATE) || has_step(plan, STEP_CREATE_DISK) || has_step(plan, STEP_TUNE_DOM0);
}

bool run_begin(Run *run, GError **error)
{
    const Plan *plan = run->plan;
    if (!plan->guest || !*plan->guest) /* a file that belongs to no guest */
        return true;
    g_autofree char *doing = g_strdup_printf("guestctl %s", run->options->command ? run->options->command->name : "");
    run->lock = lock_guest(run->options->paths, plan->guest, doing, error);
    if (!run->lock)
        return false;
    bool recovered = recover_locked(plan->guest, run->pick, run->options);
    if (has_step(plan, STEP_CREATE) && !plan->finish && !check_absent(plan, run->pick, error))
        return false;
    if (!check_disks_absent(plan, error) || !check_injection(plan, error))
        return false;
    /* The command has looked before it had the lock: the guest may have been started since. */
    bool changes_disk = has_step(plan, STEP_CHANGE_DISK) || has_step(plan, STEP_DELETE_DISK);
    if (changes_disk && run->pick && !verb_check_ended(plan->guest, run->pick, NULL, false, error))
        return false;
    if (!needs_journal(plan))
        return true;
    /* Destroying a guest is also the end of a plan that could not be recovered. */
    if (!recovered && starts_with(plan, STEP_DESTROY) && !journal_remove(run->options->paths, plan->guest, error))
        return false;
    run->journal = journal_begin(run->options->paths, plan, error);
    return run->journal != NULL;
}

bool perform(const Plan *plan, BackendPick *pick, const Options *options, GError **error)
{
    if (options->dry_run)
        return output_plan(options, plan, error);

    g_auto(Run) run = {.plan = plan, .pick = pick, .options = options};
    return run_begin(&run, error) && run_steps(&run, plan->steps->len, error) && run_end(&run, error);
}

bool perform_files(const Plan *plan, const Options *options, GError **error)
{
    if (options->dry_run)
        return output_plan(options, plan, error);

    Run run = {.plan = plan, .options = options};
    while (run.done < plan->steps->len)
        if (!run_step(&run, error)) {
            output_progress(options, NULL);
            return false;
        }
    output_progress(options, NULL);
    return true;
}

/* A step that a crash may have cut off: CREATE starts from nothing again. */
static bool redo(const Plan *plan, const Step *step, BackendPick *pick, const Options *options, GError **error)
{
    if (step->kind == STEP_CREATE) {
        Session *session = backend_pick_session(pick, error);
        if (!session || !pick->backend->undo(session, step, error))
            return false;
    }
    return act(plan, step, pick, options->cancel, error);
}

bool perform_rest(const Plan *plan, guint done, guint begun, BackendPick *pick, const Options *options, GError **error)
{
    for (guint i = done; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        if (redo(plan, step, pick, options, error))
            continue;
        g_autoptr(GError) undo_error = NULL;
        if (!perform_undo(plan, MAX(i + 1, begun), pick, &undo_error))
            append(error, "; this is left: %s", undo_error->message);
        return false;
    }
    return true;
}
