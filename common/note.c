/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/note.h"

#include <string.h>

#include "common/error.h"
#include "common/json.h"
#include "common/json-text.h"

static void add_reasons(GString *out, const GPtrArray *reasons)
{
    json_text_member(out, "reasons");
    g_string_append_c(out, '[');
    for (guint i = 0; i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        g_string_append(out, i ? ",{" : "{");
        json_text_member_string(out, "field", reason->field);
        json_text_member_string(out, "value", reason->value);
        json_text_member_string(out, "because", reason->because);
        json_text_member_string(out, "severity", severity_name(reason->severity));
        g_string_append_c(out, '}');
    }
    g_string_append_c(out, ']');
}

char *note_to_json(const Guest *guest)
{
    GString *out = g_string_sized_new(16 * 1024);
    g_string_append_c(out, '{');
    json_text_member_string(out, "format", "guestctl-note/1");
    json_text_member_string(out, "name", guest->name);
    json_text_member_string(out, "uuid", guest->uuid);
    json_text_member_string(out, "definition", guest->definition);
    json_text_member_string(out, "image", guest->image);
    json_text_member_string(out, "on_poweroff", event_action_name(guest->on_poweroff));
    json_text_member_string(out, "on_reboot", event_action_name(guest->on_reboot));
    json_text_member_string(out, "on_crash", event_action_name(guest->on_crash));
    json_text_member(out, "shutdown_timeout_s");
    g_string_append_printf(out, "%u", guest->shutdown_timeout_s);
    add_reasons(out, guest->reasons);
    g_string_append_c(out, '}');
    return g_string_free(out, FALSE);
}

Note *note_parse(const char *text, GError **error)
{
    g_autoptr(JsonNode) root = json_open(text, strlen(text), NOTE_MAX, "guestctl's note", "guestctl-note/1", error);
    if (!root)
        return NULL;
    JsonObject *object = json_node_get_object(root);

    g_autoptr(Note) note = g_new0(Note, 1);
    note->reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    guint64 timeout_s = 60;
    if (!json_get_string(object, "name", &note->name, error) || !json_get_string(object, "uuid", &note->uuid, error) ||
        !json_get_string(object, "definition", &note->definition, error) || !json_get_string(object, "image", &note->image, error) ||
        !json_get_string(object, "on_poweroff", &note->on_poweroff, error) ||
        !json_get_string(object, "on_reboot", &note->on_reboot, error) ||
        !json_get_string(object, "on_crash", &note->on_crash, error) ||
        !json_get_uint(object, "shutdown_timeout_s", &timeout_s, error) || !json_get_reasons(object, note->reasons, error)) {
        g_prefix_error(error, "guestctl's note: ");
        return NULL;
    }
    if (!note->name || !note->uuid) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "guestctl's note: name or uuid is missing");
        return NULL;
    }
    note->shutdown_timeout_s = (unsigned)MIN(timeout_s, 24 * 3600);
    return g_steal_pointer(&note);
}

void note_free(Note *note)
{
    if (!note)
        return;
    g_free(note->name);
    g_free(note->uuid);
    g_free(note->definition);
    g_free(note->image);
    g_free(note->on_poweroff);
    g_free(note->on_reboot);
    g_free(note->on_crash);
    g_ptr_array_unref(note->reasons);
    g_free(note);
}
