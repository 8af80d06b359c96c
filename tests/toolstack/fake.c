/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/toolstack/fake.h"

#include "common/journal.h"
#include "tests/test.h"

Fake fake;

static void note(const char *what, const char *name)
{
    g_string_append_printf(fake.log, "%s%s%s; ", what, name ? " " : "", name ? name : "");
}

void fake_reset(void)
{
    if (fake.log)
        g_string_free(fake.log, TRUE);
    g_clear_object(&fake.cancel);
    fake = (Fake){.log = g_string_new(NULL)};
}

static bool fake_probe(Host *host, GError **error)
{
    return true;
}

static Plan *fake_plan_create(const Guest *guest, const Host *host, GError **error)
{
    Plan *plan = plan_new("xen", guest->name);
    plan_add(plan, STEP_CREATE, guest->name, "{}");
    return plan;
}

static Plan *fake_plan_reboot(const GuestState *state, GError **error)
{
    return plan_new("xen", state->name);
}

static Session *fake_open(const SessionOptions *options, GError **error)
{
    if (fake.aborts)
        abort();
    note("open", NULL);
    Session *session = g_new0(Session, 1);
    session->backend = &fake_backend;
    return session;
}

static bool fake_run(Session *session, const Step *step, GCancellable *cancel, GError **error)
{
    note(step_kind_name(step->kind), step->target);
    if (fake.cancel && step->kind == fake.cancels) {
        g_cancellable_cancel(fake.cancel);
        if (cancel && !(fake.failure && step->kind == fake.fails)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "guest \"%s\": interrupted", step->target);
            return false;
        }
    }
    if (!fake.failure || step->kind != fake.fails)
        return true;
    g_propagate_error(error, g_error_copy(fake.failure));
    return false;
}

static bool fake_undo(Session *session, const Step *step, GError **error)
{
    if (step->kind != STEP_CREATE && step->kind != STEP_TUNE_DOM0)
        return true;
    note(step->kind == STEP_CREATE ? "undo create" : "undo tune-dom0", step->target);
    if (!fake.undo_error)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "%s", fake.undo_error);
    return false;
}

static GPtrArray *fake_list(Session *session, GError **error)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)guest_state_free);
}

static GuestState *fake_lookup(Session *session, const char *name, GError **error)
{
    if (!fake.exists) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "no guest \"%s\"", name);
        return NULL;
    }
    GuestState *state = guest_state_new();
    state->name = g_strdup(name);
    state->id = 7;
    state->status = fake.status;
    state->owner = g_strdup("guestctl");
    return state;
}

static bool fake_wait_end(Session *session, const char *name, unsigned timeout_s, GuestStatus *status, char **reason,
                          GCancellable *cancel, GError **error)
{
    *status = GUEST_SHUT_OFF;
    return true;
}

static bool fake_console(Session *session, const char *name, const ConsoleOptions *options, GCancellable *cancel, GError **error)
{
    note("console", name);
    if (fake.console_fails) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "no console");
        return false;
    }
    if (options->opened && !options->opened(options->opened_data, error))
        return false;
    note("console left", name);
    return true;
}

static void fake_close(Session *session)
{
    g_free(session);
}

const Backend fake_backend = {.name = "xen",
                              .probe = fake_probe,
                              .plan_create = fake_plan_create,
                              .plan_reboot = fake_plan_reboot,
                              .open = fake_open,
                              .run = fake_run,
                              .undo = fake_undo,
                              .list = fake_list,
                              .lookup = fake_lookup,
                              .wait_end = fake_wait_end,
                              .console = fake_console,
                              .close = fake_close};

Plan *fake_tuning(void)
{
    Plan *plan = plan_new("xen", "Domain-0");
    plan_add(plan, STEP_TUNE_DOM0, "weight", "weight=512\nwas=256\n");
    plan_add(plan, STEP_TUNE_DOM0, "memory", "memory=768M\nwas=1024M\n");
    return plan;
}

BackendPick *fake_pick(void)
{
    BackendPick *pick = g_new0(BackendPick, 1);
    pick->backend = &fake_backend;
    pick->host = host_new();
    return pick;
}

Options *fake_options(const char *folder)
{
    Options *options = options_new();
    options->paths = paths_new(folder);
    options->out = tmpfile();
    options->err = tmpfile();
    assert_non_null(options->out);
    assert_non_null(options->err);
    return options;
}

static char *contents(FILE *file)
{
    GString *text = g_string_new(NULL);
    char chunk[512];
    rewind(file);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        g_string_append_len(text, chunk, (gssize)n);
    return g_string_free(text, FALSE);
}

char *fake_out(Options *options)
{
    return contents(options->out);
}

char *fake_err(Options *options)
{
    return contents(options->err);
}

int fake_set_up(void **state)
{
    FakeSetup *setup = g_new0(FakeSetup, 1);
    fake_reset();
    setup->folder = make_folder();
    setup->options = fake_options(setup->folder);
    setup->pick = fake_pick();
    *state = setup;
    return 0;
}

int fake_tear_down(void **state)
{
    FakeSetup *setup = *state;
    fclose(setup->options->out);
    fclose(setup->options->err);
    options_free(setup->options);
    backend_pick_free(setup->pick);
    remove_folder(setup->folder);
    g_free(setup->folder);
    g_free(setup);
    fake_reset();
    return 0;
}

Plan *fake_plan(const char *backend)
{
    Plan *plan = plan_new(backend, "web");
    plan_add(plan, STEP_CREATE, "web", "{}");
    plan_add(plan, STEP_NOTE, "web", "{}");
    plan_add(plan, STEP_UNPAUSE, "web", NULL);
    return plan;
}

Plan *fake_reboot(void)
{
    Plan *plan = plan_new("xen", "web");
    plan->finish = true;
    plan_add(plan, STEP_REBOOT, "web", NULL);
    plan_add(plan, STEP_DESTROY, "web", NULL);
    plan_add(plan, STEP_CREATE, "web", "{}");
    plan_add(plan, STEP_UNPAUSE, "web", NULL);
    return plan;
}

guint fake_pending(const FakeSetup *setup)
{
    g_autoptr(GPtrArray) names = journal_pending(setup->options->paths, NULL);
    return names->len;
}
