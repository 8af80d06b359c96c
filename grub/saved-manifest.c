/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/saved-manifest.h"

#include <string.h>

#include "common/error.h"
#include "common/json.h"

#define FORMAT "guestctl-grub-saved/1"

char *saved_manifest_text(const Saved *saved)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", FORMAT);
    json_add_string(builder, "time", saved->time);
    json_add_string(builder, "state", saved_state_name(saved->state));
    json_add_bool(builder, "trial", saved->trial);
    json_add_string(builder, "target", saved->target);
    json_add_string(builder, "options", saved->options);
    json_add_bool(builder, "set_default", saved->set_default);
    json_add_string(builder, "line_before", saved->line_before);
    json_add_string(builder, "line_after", saved->line_after);
    json_builder_set_member_name(builder, "files");
    json_builder_begin_array(builder);
    for (guint i = 0; i < saved->files->len; i++) {
        const SavedFile *file = saved->files->pdata[i];
        json_builder_begin_object(builder);
        json_add_string(builder, "path", file->path);
        json_add_bool(builder, "existed", file->existed);
        json_add_int(builder, "mode", file->mode);
        json_add_bool(builder, "generated", file->generated);
        json_add_string(builder, "written", file->written);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    return json_finish(builder, true);
}

static bool parse_state(Saved *saved, const char *name, GError **error)
{
    for (SavedState state = SAVED_BEGUN; state <= SAVED_ROLLED_BACK; state++)
        if (g_strcmp0(saved_state_name(state), name) == 0) {
            saved->state = state;
            return true;
        }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%s\" is not a state", name ? name : "");
    return false;
}

/* The path becomes one below a root: a file that was tampered with must not lead elsewhere. */
static bool is_plain_path(const char *path, GError **error)
{
    if (path && path[0] == '/' && !strstr(path, "/../") && !g_str_has_suffix(path, "/.."))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%s\" is not a plain path", path ? path : "");
    return false;
}

static bool parse_file(Saved *saved, JsonNode *node, GError **error)
{
    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "a file is not an object");
        return false;
    }
    JsonObject *object = json_node_get_object(node);
    SavedFile *file = g_new0(SavedFile, 1);
    g_ptr_array_add(saved->files, file);
    guint64 mode = 0;
    if (!json_get_string(object, "path", &file->path, error) || !json_get_bool(object, "existed", &file->existed, error) ||
        !json_get_uint(object, "mode", &mode, error) || !json_get_bool(object, "generated", &file->generated, error) ||
        !json_get_string(object, "written", &file->written, error))
        return false;
    file->mode = (guint)(mode & 07777);
    return is_plain_path(file->path, error);
}

static bool parse_members(Saved *saved, JsonObject *object, GError **error)
{
    g_autofree char *state = NULL;
    if (!json_get_string(object, "time", &saved->time, error) || !json_get_string(object, "state", &state, error) ||
        !json_get_bool(object, "trial", &saved->trial, error) || !json_get_string(object, "target", &saved->target, error) ||
        !json_get_string(object, "options", &saved->options, error) ||
        !json_get_bool(object, "set_default", &saved->set_default, error) ||
        !json_get_string(object, "line_before", &saved->line_before, error) ||
        !json_get_string(object, "line_after", &saved->line_after, error) || !parse_state(saved, state, error))
        return false;
    JsonNode *files = json_object_get_member(object, "files");
    if (!saved->target || !saved->options || !files || !JSON_NODE_HOLDS_ARRAY(files)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "target, options or files is missing");
        return false;
    }
    JsonArray *array = json_node_get_array(files);
    for (guint i = 0; i < json_array_get_length(array); i++)
        if (!parse_file(saved, json_array_get_element(array, i), error))
            return false;
    return true;
}

Saved *saved_manifest_parse(const char *text, gsize length, const char *source, GError **error)
{
    g_autoptr(JsonNode) root = json_open(text, length, 1024 * 1024, source, FORMAT, error);
    if (!root)
        return NULL;
    g_autoptr(Saved) saved = saved_new();
    if (parse_members(saved, json_node_get_object(root), error))
        return g_steal_pointer(&saved);
    g_prefix_error(error, "%s: ", source);
    return NULL;
}
