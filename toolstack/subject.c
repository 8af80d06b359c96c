/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/subject.h"

#include <string.h>

#include "common/error.h"
#include "toolstack/output.h"
#include "toolstack/recover.h"

void subject_free(Subject *subject)
{
    if (!subject)
        return;
    g_free(subject->name);
    guest_state_free(subject->state);
    note_free(subject->note);
    prepared_clear(&subject->prepared);
    g_free(subject);
}

const GPtrArray *subject_reasons(const Subject *subject)
{
    if (subject->note)
        return subject->note->reasons;
    return subject->prepared.plan ? subject->prepared.plan->reasons : NULL;
}

static bool can_be_running(const char *argument, const Options *options)
{
    return !options->host && !g_str_has_suffix(argument, ".guest") && guest_name_check(argument, NULL);
}

/* The guest's domain. NULL without an error: there is none, or nobody to ask about it. */
static GuestState *find_running(const char *name, BackendPick *pick, const Options *options, GError **error)
{
    g_autoptr(GError) session_error = NULL;
    if (!backend_pick_session(pick, &session_error)) {
        output_notice(options, "the hypervisor cannot be asked whether \"%s\" is running: %s", name, session_error->message);
        return NULL;
    }
    recover_guest(name, pick, options);
    g_autoptr(GError) lookup_error = NULL;
    GuestState *state = pick->backend->lookup(pick->session, name, &lookup_error);
    if (!state && !g_error_matches(lookup_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        g_propagate_error(error, g_steal_pointer(&lookup_error));
    return state;
}

static bool decide_now(Subject *subject, const char *argument, const BackendPick *pick, const Options *options, GError **error)
{
    g_autoptr(Request) request = request_make(options, argument, error);
    if (!request || !request_prepare(request, pick, options, &subject->prepared, error))
        return false;
    g_free(subject->name);
    subject->name = g_strdup(request->name);
    return true;
}

Subject *subject_find(const char *argument, const Options *options, GError **error)
{
    g_autoptr(BackendPick) pick = backend_pick_new(options, error);
    if (!pick)
        return NULL;
    g_autoptr(Subject) subject = g_new0(Subject, 1);
    subject->name = g_strdup(argument);
    subject->backend = pick->backend->name;
    subject->defined = request_is_defined(options, argument);
    g_autoptr(GError) lookup_error = NULL;
    if (can_be_running(argument, options))
        subject->state = find_running(argument, pick, options, &lookup_error);
    if (lookup_error) {
        g_propagate_error(error, g_steal_pointer(&lookup_error));
        return NULL;
    }
    if (subject->state)
        subject->note = verb_note(subject->state);
    else if (!decide_now(subject, argument, pick, options, error))
        return NULL;
    return g_steal_pointer(&subject);
}
