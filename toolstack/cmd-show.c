/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/json.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/subject.h"

static const char *status_of(const Subject *subject)
{
    return guest_status_name(subject->state ? subject->state->status : GUEST_SHUT_OFF);
}

/* A running guest's own; a picked one may be another (a kvm guest where qemu would be picked today). */
static const char *backend_of(const Subject *subject)
{
    return subject->state && subject->state->backend ? subject->state->backend : subject->backend;
}

/* What the hypervisor was given, or would be. */
static const char *native_of(const Subject *subject)
{
    if (subject->state)
        return subject->state->native;
    for (guint i = 0; i < subject->prepared.plan->steps->len; i++) {
        const Step *step = subject->prepared.plan->steps->pdata[i];
        if (step->kind == STEP_CREATE)
            return step->native;
    }
    return NULL;
}

static char *definition_of(const Subject *subject, const Options *options)
{
    return subject->defined ? paths_definition(options->paths, subject->name) : NULL;
}

static void add_state(Table *table, const GuestState *state)
{
    g_autofree char *id = g_strdup_printf("%d", state->id);
    g_autofree char *memory = memory_text(state->memory_kib);
    g_autofree char *max = memory_text(state->max_memory_kib);
    g_autofree char *vcpus = g_strdup_printf("%u", state->vcpus);
    g_autofree char *seconds = g_strdup_printf("%.1fs", (double)state->cpu_time_ns / 1e9);
    if (state->reason)
        table_row(table, TINT_NOTICE, "ended by", state->reason);
    table_row(table, TINT_NONE, "domain", id);
    table_row(table, TINT_NONE, "uuid", state->uuid);
    table_row(table, TINT_NONE, "mode", state->mode);
    table_row(table, TINT_NONE, "memory", memory);
    if (state->max_memory_kib)
        table_row(table, TINT_NONE, "maximum memory", max);
    table_row(table, TINT_NONE, "vcpus", vcpus);
    table_row(table, TINT_NONE, "CPU time", seconds);
    table_row(table, TINT_NONE, "made by", state->owner);
}

static void show_text(const Subject *subject, const Options *options)
{
    g_autofree char *definition = definition_of(subject, options);
    g_autoptr(Table) table = table_new(NULL);
    table_row(table, TINT_NONE, "name", subject->name);
    table_row(table, TINT_NONE, "state", status_of(subject));
    table_row(table, TINT_NONE, "backend", backend_of(subject));
    if (subject->state)
        add_state(table, subject->state);
    if (subject->note && subject->note->image)
        table_row(table, TINT_NONE, "image", subject->note->image);
    table_row(table, TINT_NONE, "definition", definition);
    output_table(options, table);

    const GPtrArray *reasons = subject_reasons(subject);
    if (!reasons)
        return;
    output_line(options, "\n%s:", subject->note ? "decided when it was created" : "decided now, as a start would");
    g_autoptr(Table) fields = table_new(NULL);
    for (guint i = 0; i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        table_row(fields, severity_tint(reason->severity), reason->field, reason->value);
    }
    output_table(options, fields);
    output_line(options, "(why each has its value: guestctl why %s)", subject->name);
}

static void show_json(const Subject *subject, const Options *options)
{
    static const GuestState none = {.id = -1};
    const GuestState *state = subject->state ? subject->state : &none;
    const GPtrArray *reasons = subject_reasons(subject);
    g_autofree char *definition = definition_of(subject, options);
    g_autoptr(GPtrArray) empty = g_ptr_array_new();
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-show/1");
    json_add_string(builder, "name", subject->name);
    json_add_string(builder, "uuid", state->uuid);
    json_add_int(builder, "id", state->id);
    json_add_string(builder, "status", status_of(subject));
    json_add_string(builder, "reason", state->reason);
    json_add_string(builder, "mode", state->mode);
    json_add_string(builder, "backend", backend_of(subject));
    json_add_string(builder, "owner", subject->state ? state->owner : "guestctl");
    json_add_int(builder, "memory_kib", (gint64)state->memory_kib);
    json_add_int(builder, "max_memory_kib", (gint64)state->max_memory_kib);
    json_add_int(builder, "vcpus", state->vcpus);
    json_add_int(builder, "cpu_time_ns", (gint64)state->cpu_time_ns);
    json_add_string(builder, "definition", definition);
    json_add_string(builder, "image", subject->note ? subject->note->image : NULL);
    json_add_reasons(builder, reasons ? reasons : empty);
    json_add_string(builder, "native", native_of(subject));
    json_builder_end_object(builder);
    output_json(options, builder);
}

/* Byte for byte: nothing is added, not even a newline. */
static bool show_native(const Subject *subject, const Options *options, GError **error)
{
    const char *native = native_of(subject);
    if (native) {
        output_text(options, native);
        return true;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\": what it was created from is not known (made by %s)",
                subject->name, subject->state && subject->state->owner ? subject->state->owner : "another tool");
    return false;
}

bool cmd_show(Options *options, GError **error)
{
    const char *name = options_argument(options, 0);
    g_autoptr(Subject) subject = subject_find(name, options, error);
    if (!subject)
        return false;
    if (options->native && !options->json)
        return show_native(subject, options, error);
    if (options->json)
        show_json(subject, options);
    else
        show_text(subject, options);
    return true;
}
