/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/json.h"
#include "common/suggest.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/subject.h"

static const GPtrArray *reasons_of(const Subject *subject, GError **error)
{
    const GPtrArray *reasons = subject_reasons(subject);
    if (!reasons)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                    "guest \"%s\" was made by %s: guestctl decided nothing about it; what is known: guestctl show %s",
                    subject->name, subject->state->owner ? subject->state->owner : "another tool", subject->name);
    return reasons;
}

/* The reasons of FIELD alone: the field itself, or all of a device when only that is named ("disk root"). */
static GPtrArray *only(const GPtrArray *reasons, const char *field)
{
    g_autofree char *device = g_strconcat(field, ".", NULL);
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; i < reasons->len; i++) {
        Reason *reason = reasons->pdata[i];
        if (g_str_equal(reason->field, field) || g_str_has_prefix(reason->field, device))
            g_ptr_array_add(found, reason);
    }
    return found;
}

static bool unknown_field(const GPtrArray *reasons, const char *field, const char *guest, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < reasons->len; i++)
        g_ptr_array_add(names, ((const Reason *)reasons->pdata[i])->field);
    g_ptr_array_add(names, NULL);
    const char *nearest = suggest_nearest(field, (const char *const *)names->pdata);
    if (nearest)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\" has no field \"%s\"; did you mean \"%s\"?", guest,
                    field, nearest);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\" has no field \"%s\"; all of them: guestctl why %s",
                    guest, field, guest);
    return false;
}

static void show_json(const Subject *subject, const GPtrArray *reasons, const Options *options)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-why/1");
    json_add_string(builder, "guest", subject->name);
    json_add_string(builder, "backend", subject->backend);
    json_add_string(builder, "decided", subject->note ? "when it was created" : "now");
    json_add_reasons(builder, reasons);
    json_builder_end_object(builder);
    output_json(options, builder);
}

static void show(const Subject *subject, const GPtrArray *reasons, const Options *options)
{
    if (options->json)
        show_json(subject, reasons, options);
    else
        output_reasons(options, reasons, true);
}

bool cmd_why(Options *options, GError **error)
{
    const char *field = options_argument(options, 1);
    g_autoptr(Subject) subject = subject_find(options_argument(options, 0), options, error);
    const GPtrArray *reasons = subject ? reasons_of(subject, error) : NULL;
    if (!reasons)
        return false;
    if (!field) {
        show(subject, reasons, options);
        return true;
    }
    g_autoptr(GPtrArray) chosen = only(reasons, field);
    if (chosen->len == 0)
        return unknown_field(reasons, field, subject->name, error);
    show(subject, chosen, options);
    return true;
}
