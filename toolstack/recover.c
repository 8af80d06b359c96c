/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/recover.h"

#include "common/error.h"
#include "common/journal.h"
#include "common/lock.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"

static const char *command_name(const Options *options)
{
    return options->command ? options->command->name : "";
}

/* kvm and qemu guests live in one libvirt; Xen's are elsewhere. Plans of files need nobody. */
static bool can_reach(const Plan *plan, const BackendPick *pick)
{
    if (g_str_equal(plan->backend, "files"))
        return true;
    if (!pick || !pick->backend)
        return false;
    bool theirs_xen = g_str_equal(plan->backend, "xen");
    bool ours_xen = g_str_equal(pick->backend->name, "xen");
    return theirs_xen == ours_xen;
}

/* A reboot that was cut off while its guest still runs: nothing was lost, and waiting for it here would hold
 * up a command that may be about another guest. */
static bool still_runs(const Plan *plan, BackendPick *pick)
{
    const Step *first = plan->steps->pdata[0];
    if (first->kind != STEP_REBOOT)
        return false;
    Session *session = backend_pick_session(pick, NULL);
    g_autoptr(GuestState) state = session ? pick->backend->lookup(session, plan->guest, NULL) : NULL;
    return state && (state->status == GUEST_RUNNING || state->status == GUEST_PAUSED);
}

/* *keep: the journal stays for another try. */
static char *finish(const Plan *plan, guint done, guint begun, BackendPick *pick, const Options *options, bool *keep)
{
    g_autoptr(GError) error = NULL;
    if (done == 0 && still_runs(plan, pick))
        return g_strdup("the guest still runs and was left alone; reboot it again if it should");
    if (perform_rest(plan, done, begun, pick, options, &error))
        return g_strdup("the rest of it was done now");
    /* Not kept: a plan that fails by itself, not by a crash, would fail at every command from here on. */
    *keep = g_error_matches(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED);
    return g_strdup_printf("the rest of it failed: %s", error->message);
}

static bool tunes(const Plan *plan)
{
    return plan->steps->len > 0 && ((const Step *)plan->steps->pdata[0])->kind == STEP_TUNE_DOM0;
}

static char *undo(const Plan *plan, guint begun, BackendPick *pick, bool *keep)
{
    g_autoptr(GError) error = NULL;
    if (perform_undo(plan, begun, pick, &error))
        return g_strdup(tunes(plan) ? "what it had changed was put back" : "what it had built was removed");
    *keep = true;
    return g_strdup_printf("this could not be %s and will be tried again: %s", tunes(plan) ? "put back" : "removed", error->message);
}

/* A journal that says nothing must not hold up its guest for ever, and is not thrown away either. */
static bool put_aside(const char *guest, const GError *why, const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *aside = journal_put_aside(options->paths, guest, &error);
    if (aside)
        output_notice(options,
                      "guest \"%s\": a plan was cut off and its journal cannot be read (%s); look with \"guestctl list\" for what it may "
                      "have left, then remove %s",
                      guest, why->message, aside);
    else
        output_notice(options, "guest \"%s\": its unfinished plan cannot be read: %s; %s", guest, why->message, error->message);
    return aside != NULL;
}

/* Files are replaced as a whole, so a plan that has only those left is finished: undoing cannot know what was in them. */
static bool only_files_left(const Plan *plan, guint done)
{
    for (guint i = done; i < plan->steps->len; i++)
        if (((const Step *)plan->steps->pdata[i])->kind != STEP_WRITE_FILE)
            return false;
    return done > 0;
}

/* The first file that is left to be written and that somebody has edited since. */
static const Step *edited_since(const Plan *plan, guint done)
{
    for (guint i = done; i < plan->steps->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!perform_file_fits(plan->steps->pdata[i], &error) && g_error_matches(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS))
            return plan->steps->pdata[i];
    }
    return NULL;
}

bool recover_locked(const char *guest, BackendPick *pick, const Options *options)
{
    guint begun = 0, done = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = journal_load(options->paths, guest, &begun, &done, &error);
    if (!plan) {
        if (error_exit_status(error) == GUESTCTL_ERROR_NOT_FOUND)
            return true;
        if (g_error_matches(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID))
            return put_aside(guest, error, options);
        output_notice(options, "guest \"%s\": its unfinished plan cannot be read: %s", guest, error->message);
        return false;
    }
    if (!can_reach(plan, pick)) {
        output_notice(options, "guest \"%s\": a plan on %s was cut off; run guestctl with --backend %s to take care of it",
                      guest, plan->backend, plan->backend);
        return false;
    }
    bool keep = false;
    g_autofree char *outcome = NULL;
    const Step *edited = only_files_left(plan, done) ? edited_since(plan, done) : NULL;
    if (edited)
        outcome = g_strdup_printf("%s was edited since and is left as it is, so it does not keep that change; say it again with --persist", edited->target);
    else if (done < plan->steps->len && (plan->finish || only_files_left(plan, done)))
        outcome = finish(plan, done, begun, pick, options, &keep);
    else if (done < plan->steps->len)
        outcome = undo(plan, begun, pick, &keep);
    else
        outcome = g_strdup("it had been done to its end");
    output_notice(options, "guest \"%s\": an earlier command was cut off after %u of %u steps; %s", guest, done,
                  plan->steps->len, outcome);
    if (!keep && !journal_remove(options->paths, guest, &error)) {
        output_notice(options, "guest \"%s\": %s", guest, error->message);
        return false;
    }
    return !keep;
}

/* A guest whose lock is taken is being worked on: its journal is not a leftover. */
void recover_guest(const char *guest, BackendPick *pick, const Options *options)
{
    g_autofree char *path = g_strdup_printf("%s/%s.journal", options->paths->journal, guest);
    if (options->dry_run || !g_file_test(path, G_FILE_TEST_EXISTS))
        return;
    g_autofree char *doing = g_strdup_printf("guestctl %s", command_name(options));
    g_autoptr(Lock) lock = lock_guest(options->paths, guest, doing, NULL);
    if (lock)
        recover_locked(guest, pick, options);
}

void recover_all(BackendPick *pick, const Options *options)
{
    if (options->dry_run)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) guests = journal_pending(options->paths, &error);
    if (!guests) {
        output_notice(options, "unfinished plans cannot be looked for: %s", error->message);
        return;
    }
    for (guint i = 0; i < guests->len; i++)
        recover_guest(guests->pdata[i], pick, options);
}
