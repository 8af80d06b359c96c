/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/verb.h"

#include "common/error.h"
#include "common/json.h"
#include "common/suggest.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"
#include "toolstack/recover.h"
#include "toolstack/request.h"

/* Running and defined guests, for suggestions: faults only make the list shorter. */
static GPtrArray *known_names(BackendPick *pick, const Options *options)
{
    GPtrArray *names = request_defined(options->paths, NULL);
    if (!names)
        names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) states = pick->session ? pick->backend->list(pick->session, NULL) : NULL;
    for (guint i = 0; states && i < states->len; i++)
        g_ptr_array_add(names, g_strdup(((const GuestState *)states->pdata[i])->name));
    g_ptr_array_add(names, NULL);
    return names;
}

GuestState *verb_lookup(const char *name, BackendPick *pick, const Options *options, GError **error)
{
    if (!guest_name_check(name, NULL)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "there is no guest \"%s\"; see: guestctl list", name);
        return NULL;
    }
    Session *session = backend_pick_session(pick, error);
    if (!session)
        return NULL;
    g_autoptr(GError) lookup_error = NULL;
    GuestState *state = pick->backend->lookup(session, name, &lookup_error);
    if (state)
        return state;
    if (!g_error_matches(lookup_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&lookup_error));
        return NULL;
    }
    g_autoptr(GPtrArray) names = known_names(pick, options);
    const char *nearest = suggest_nearest(name, (const char *const *)names->pdata);
    if (request_is_defined(options, name))
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                    "guest \"%s\" is defined, but not running; start it with: guestctl start %s", name, name);
    else if (nearest)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "there is no guest \"%s\"; did you mean \"%s\"?", name,
                    nearest);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "there is no guest \"%s\"; see: guestctl list", name);
    return NULL;
}

static bool is_dom0(const GuestState *state)
{
    return g_strcmp0(state->owner, "xen") == 0 || (g_strcmp0(state->backend, "xen") == 0 && state->id == 0);
}

bool verb_allowed(const GuestState *state, const Options *options, GError **error)
{
    const char *verb = options->command ? options->command->name : "change";
    if (is_dom0(state)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED, "\"%s\" is dom0, the control domain itself: guestctl does not %s it",
                    state->name, verb);
        return false;
    }
    if (options->force || g_strcmp0(state->owner, "guestctl") == 0)
        return true;
    const char *owner = state->owner ? state->owner : "other";
    bool named = g_strcmp0(owner, "other") != 0;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED,
                "guest \"%s\" was made by %s, not by guestctl; use %s for it, or add --force to %s it all the same", state->name,
                named ? owner : "another tool", named ? (g_str_equal(owner, "libvirt") ? "virsh" : owner) : "that tool", verb);
    return false;
}

Note *verb_note(const GuestState *state)
{
    return state->note && g_strcmp0(state->owner, "guestctl") == 0 ? note_parse(state->note, NULL) : NULL;
}

bool verb_check_ended(const char *name, BackendPick *pick, const GError *pick_error, bool may_force, GError **error)
{
    g_autoptr(GError) ask_error = pick_error ? g_error_copy(pick_error) : NULL;
    Session *session = pick ? backend_pick_session(pick, &ask_error) : NULL;
    g_autoptr(GuestState) state = session ? pick->backend->lookup(session, name, &ask_error) : NULL;
    if (!state) {
        int code = error_exit_status(ask_error);
        if (code == GUESTCTL_ERROR_NOT_FOUND || code == GUESTCTL_ERROR_UNSUPPORTED)
            return true;
        g_propagate_prefixed_error(error, g_steal_pointer(&ask_error), "guest \"%s\": whether it is running cannot be known%s: ", name,
                                   may_force ? " (--force skips this)" : "");
        return false;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "guest \"%s\" is %s; end it first with: guestctl shutdown --wait %s%s", name,
                guest_status_name(state->status), name, may_force ? " (or add --force)" : "");
    return false;
}

BackendPick *verb_pick(const Options *options, GError **error)
{
    g_autoptr(BackendPick) pick = backend_pick_new(options, error);
    if (!pick)
        return NULL;
    recover_all(pick, options);
    return g_steal_pointer(&pick);
}

void verb_result(const Options *options, const char *guest, const char *backend, const char *status, const GuestState *state,
                 const char *text)
{
    if (!options->json) {
        output_line(options, "guest \"%s\" %s", guest, text);
        return;
    }
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-result/1");
    json_add_string(builder, "command", options->command ? options->command->name : NULL);
    json_add_string(builder, "guest", guest);
    json_add_string(builder, "backend", backend);
    json_add_string(builder, "status", status);
    json_add_int(builder, "id", state ? state->id : -1);
    json_add_string(builder, "mode", state ? state->mode : NULL);
    json_builder_end_object(builder);
    output_json(options, builder);
}

void verb_plan_forget(Plan *plan, const Options *options)
{
    g_autofree char *seed = paths_guest_seed(options->paths, plan->guest);
    if (guest_name_check(plan->guest, NULL) && !request_is_defined(options, plan->guest) && g_file_test(seed, G_FILE_TEST_EXISTS))
        plan_add(plan, STEP_REMOVE_FILE, seed, NULL);
}

bool verb_run(StepKind kind, const char *done, Options *options, GError **error)
{
    const char *name = options_argument(options, 0);
    g_autoptr(BackendPick) pick = verb_pick(options, error);
    if (!pick)
        return false;
    g_autoptr(Plan) plan = plan_new(pick->backend->name, name);
    plan->finish = kind == STEP_DESTROY;
    plan_add(plan, kind, name, NULL);
    if (kind == STEP_DESTROY)
        verb_plan_forget(plan, options);
    if (options->dry_run)
        return guest_name_check(name, error) && perform(plan, pick, options, error);

    g_autoptr(GuestState) state = verb_lookup(name, pick, options, error);
    if (!state || !verb_allowed(state, options, error) || !perform(plan, pick, options, error))
        return false;
    g_autofree char *text = g_strdup_printf("is %s", done);
    verb_result(options, name, pick->backend->name, done, kind == STEP_DESTROY ? NULL : state, text);
    return true;
}
