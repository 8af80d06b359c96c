/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/json.h"
#include "common/suggest.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/recover.h"
#include "toolstack/request.h"

static const GuestState *find(const GPtrArray *states, const char *name)
{
    for (guint i = 0; i < states->len; i++)
        if (g_strcmp0(((const GuestState *)states->pdata[i])->name, name) == 0)
            return states->pdata[i];
    return NULL;
}

/* What is defined and has no domain comes after what the hypervisor has, in the order of names. */
static bool add_defined(GPtrArray *states, const Options *options, GError **error)
{
    g_autoptr(GPtrArray) names = request_defined(options->paths, error);
    if (!names)
        return false;
    for (guint i = 0; i < names->len; i++) {
        if (find(states, names->pdata[i]))
            continue;
        GuestState *state = guest_state_new();
        state->name = g_strdup(names->pdata[i]);
        state->status = GUEST_SHUT_OFF;
        state->owner = g_strdup("guestctl");
        g_ptr_array_add(states, state);
    }
    return true;
}

/* A machine without a hypervisor still has definitions; one that only denies access is a fault, and so is one that
 * was asked for by name. One that is there and cannot be reached may run guests: what is defined is listed, but in the
 * end that is *unreached, and the status. */
static GPtrArray *list_running(const Options *options, GError **unreached, GError **error)
{
    g_autoptr(GError) pick_error = NULL;
    g_autoptr(BackendPick) pick = options->host ? NULL : backend_pick_new(options, &pick_error);
    Session *session = pick ? backend_pick_session(pick, &pick_error) : NULL;
    if (session) {
        recover_all(pick, options); /* a list that shows half a guest would be read as one */
        return pick->backend->list(session, error);
    }
    bool asked_for = options->backend || options->connect;
    if (pick_error && (asked_for || !g_error_matches(pick_error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED))) {
        g_propagate_error(error, g_steal_pointer(&pick_error));
        return NULL;
    }
    output_notice(options, "only what is defined is listed: %s", pick_error ? pick_error->message : "--host is another machine");
    if (pick)
        g_propagate_error(unreached, g_steal_pointer(&pick_error));
    return g_ptr_array_new_with_free_func((GDestroyNotify)guest_state_free);
}

static bool check_names(const GPtrArray *states, const Options *options, GError **error)
{
    for (guint i = 0; i < options->arguments->len; i++) {
        const char *name = options->arguments->pdata[i];
        if (find(states, name))
            continue;
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint s = 0; s < states->len; s++)
            g_ptr_array_add(names, ((const GuestState *)states->pdata[s])->name);
        g_ptr_array_add(names, NULL);
        const char *nearest = suggest_nearest(name, (const char *const *)names->pdata);
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "there is no guest \"%s\"%s%s%s", name,
                    nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
        return false;
    }
    return true;
}

static bool wanted(const GuestState *state, const Options *options)
{
    return options->arguments->len == 0 ||
           g_ptr_array_find_with_equal_func(options->arguments, state->name, g_str_equal, NULL);
}

static Tint status_tint(GuestStatus status)
{
    switch (status) {
    case GUEST_RUNNING:
        return TINT_GOOD;
    case GUEST_PAUSED:
    case GUEST_SHUTDOWN:
    case GUEST_DYING:
        return TINT_NOTICE;
    case GUEST_CRASHED:
        return TINT_BAD;
    case GUEST_SHUT_OFF:
        return TINT_DIM;
    }
    return TINT_NONE;
}

static void add_row(Table *table, const GuestState *state)
{
    bool off = state->status == GUEST_SHUT_OFF;
    g_autofree char *id = state->id >= 0 ? g_strdup_printf("%d", state->id) : NULL;
    g_autofree char *memory = off ? NULL : memory_text(state->memory_kib);
    g_autofree char *vcpus = off ? NULL : g_strdup_printf("%u", state->vcpus);
    g_autofree char *seconds = off ? NULL : g_strdup_printf("%.1fs", (double)state->cpu_time_ns / 1e9);
    g_autofree char *status = state->reason ? g_strdup_printf("%s (%s)", guest_status_name(state->status), state->reason)
                                            : g_strdup(guest_status_name(state->status));
    table_row(table, status_tint(state->status), state->name, id, status, state->mode, memory, vcpus, seconds, state->backend,
              state->owner);
}

static void show_table(const GPtrArray *states, const Options *options)
{
    static const char *const headings[] = {"NAME", "ID", "STATE", "MODE", "MEMORY", "VCPUS", "TIME", "BACKEND", "OWNER", NULL};
    g_autoptr(Table) table = table_new(headings);
    table_align_right(table, 1);
    for (guint column = 4; column <= 6; column++)
        table_align_right(table, column);
    for (guint i = 0; i < states->len; i++)
        if (wanted(states->pdata[i], options))
            add_row(table, states->pdata[i]);
    output_table(options, table);
}

static void add_json(JsonBuilder *builder, const GuestState *state)
{
    json_builder_begin_object(builder);
    json_add_string(builder, "name", state->name);
    json_add_string(builder, "uuid", state->uuid);
    json_add_int(builder, "id", state->id);
    json_add_string(builder, "status", guest_status_name(state->status));
    json_add_string(builder, "reason", state->reason);
    json_add_string(builder, "mode", state->mode);
    json_add_string(builder, "backend", state->backend);
    json_add_string(builder, "owner", state->owner);
    json_add_int(builder, "memory_kib", (gint64)state->memory_kib);
    json_add_int(builder, "max_memory_kib", (gint64)state->max_memory_kib);
    json_add_int(builder, "vcpus", state->vcpus);
    json_add_int(builder, "cpu_time_ns", (gint64)state->cpu_time_ns);
    json_builder_end_object(builder);
}

static void show_json(const GPtrArray *states, const Options *options)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-list/1");
    json_builder_set_member_name(builder, "guests");
    json_builder_begin_array(builder);
    for (guint i = 0; i < states->len; i++)
        if (wanted(states->pdata[i], options))
            add_json(builder, states->pdata[i]);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    output_json(options, builder);
}

static void show_names(const GPtrArray *states, const Options *options)
{
    for (guint i = 0; i < states->len; i++) {
        const GuestState *state = states->pdata[i];
        g_autofree char *clean = text_clean(state->name);
        if (wanted(state, options))
            output_line(options, "%s", clean);
    }
}

static void show(const GPtrArray *states, const Options *options)
{
    if (options->json)
        show_json(states, options);
    else if (options->names)
        show_names(states, options);
    else
        show_table(states, options);
}

bool cmd_list(Options *options, GError **error)
{
    g_autoptr(GError) unreached = NULL;
    g_autoptr(GPtrArray) states = list_running(options, &unreached, error);
    if (!states || !add_defined(states, options, error))
        return false;
    bool found = check_names(states, options, unreached ? NULL : error); /* else it is not known whether there is one */
    if (found)
        show(states, options);
    if (!unreached)
        return found;
    g_propagate_error(error, g_steal_pointer(&unreached));
    return false;
}
