/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/plan.h"

#include <string.h>

#include "common/error.h"
#include "common/json.h"
#include "common/storage/storage.h"

static const char *const kind_names[] = {
    [STEP_REQUIRE_BRIDGE] = "require-bridge",
    [STEP_WRITE_FILE] = "write-file",
    [STEP_REMOVE_FILE] = "remove-file",
    [STEP_CREATE_DISK] = "create-disk",
    [STEP_CHANGE_DISK] = "change-disk",
    [STEP_DELETE_DISK] = "delete-disk",
    [STEP_INJECT] = "inject",
    [STEP_WRITE_SEED] = "write-seed",
    [STEP_RUN] = "run",
    [STEP_CREATE] = "create",
    [STEP_NOTE] = "note",
    [STEP_UNPAUSE] = "unpause",
    [STEP_PAUSE] = "pause",
    [STEP_SHUTDOWN] = "shutdown",
    [STEP_REBOOT] = "reboot",
    [STEP_DESTROY] = "destroy",
    [STEP_TUNE_DOM0] = "tune-dom0",
};

const char *step_kind_name(StepKind kind)
{
    return kind_names[kind];
}

bool step_kind_parse(const char *name, StepKind *kind)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kind_names); i++)
        if (g_str_equal(name, kind_names[i])) {
            *kind = (StepKind)i;
            return true;
        }
    return false;
}

static void step_free(void *data)
{
    Step *step = data;
    g_free(step->target);
    g_free(step->native);
    g_free(step->was);
    g_free(step);
}

Plan *plan_new(const char *backend, const char *guest)
{
    Plan *plan = g_new0(Plan, 1);
    plan->backend = g_strdup(backend);
    plan->guest = g_strdup(guest);
    plan->reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    plan->steps = g_ptr_array_new_with_free_func(step_free);
    return plan;
}

void plan_free(Plan *plan)
{
    if (!plan)
        return;
    g_free(plan->backend);
    g_free(plan->guest);
    g_ptr_array_unref(plan->reasons);
    g_ptr_array_unref(plan->steps);
    g_free(plan);
}

void plan_set_reasons(Plan *plan, GPtrArray *reasons)
{
    g_ptr_array_ref(reasons);
    g_ptr_array_unref(plan->reasons);
    plan->reasons = reasons;
}

void plan_add(Plan *plan, StepKind kind, const char *target, const char *native)
{
    Step *step = g_new0(Step, 1);
    step->kind = kind;
    step->target = g_strdup(target);
    step->native = g_strdup(native ? native : "");
    g_ptr_array_add(plan->steps, step);
}

char *plan_file_mark(const char *text)
{
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text ? text : "", -1);
    return g_strconcat("sha256:", sum, NULL);
}

void plan_add_edit(Plan *plan, const char *path, const char *text, const char *was)
{
    plan_add(plan, STEP_WRITE_FILE, path, text);
    Step *step = plan->steps->pdata[plan->steps->len - 1];
    step->was = plan_file_mark(was);
}

void plan_begin_with_file(Plan *plan, const char *path, const char *text)
{
    plan_add_edit(plan, path, text, NULL);
    Step *step = g_ptr_array_steal_index(plan->steps, plan->steps->len - 1);
    g_ptr_array_insert(plan->steps, 0, step);
}

Plan *plan_new_for_guest(const Guest *guest)
{
    Plan *plan = plan_new(guest->backend, guest->name);
    plan_set_reasons(plan, guest->reasons);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < guest->nics->len; i++) {
        const GuestNic *nic = guest->nics->pdata[i];
        if (nic->bridge && g_hash_table_add(seen, nic->bridge))
            plan_add(plan, STEP_REQUIRE_BRIDGE, nic->bridge, "");
    }
    for (guint i = 0; i < guest->disks->len; i++) {
        const GuestDisk *disk = guest->disks->pdata[i];
        if (disk->create)
            storage_plan_create(plan, disk->create, guest->folder);
    }
    if (guest->inject_text)
        plan_add(plan, STEP_INJECT, ((const GuestDisk *)guest->disks->pdata[0])->path, guest->inject_text);
    if (guest->seed_text)
        plan_add(plan, STEP_WRITE_SEED, guest->seed_path, guest->seed_text);
    return plan;
}

static char *to_json(const Plan *plan, bool pretty)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-plan/1");
    json_add_string(builder, "backend", plan->backend);
    json_add_string(builder, "guest", plan->guest);
    json_add_string(builder, "interrupted", plan->finish ? "finish" : "undo");
    json_add_reasons(builder, plan->reasons);
    json_builder_set_member_name(builder, "steps");
    json_builder_begin_array(builder);
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        json_builder_begin_object(builder);
        json_add_string(builder, "kind", step_kind_name(step->kind));
        json_add_string(builder, "target", step->target);
        json_add_string(builder, "native", step->native);
        if (step->was)
            json_add_string(builder, "was", step->was);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    return json_finish(builder, pretty);
}

char *plan_to_json(const Plan *plan)
{
    return to_json(plan, true);
}

char *plan_to_line(const Plan *plan)
{
    return to_json(plan, false);
}

static bool add_parsed_step(Plan *plan, JsonNode *node, GError **error)
{
    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "a step must be an object");
        return false;
    }
    JsonObject *object = json_node_get_object(node);
    g_autofree char *kind_text = NULL, *target = NULL, *native = NULL, *was = NULL;
    if (!json_get_string(object, "kind", &kind_text, error) || !json_get_string(object, "target", &target, error) ||
        !json_get_string(object, "native", &native, error) || !json_get_string(object, "was", &was, error))
        return false;
    StepKind kind;
    if (!kind_text || !target || !native || !step_kind_parse(kind_text, &kind)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "a step needs a known kind, a target and native text");
        return false;
    }
    plan_add(plan, kind, target, native);
    ((Step *)plan->steps->pdata[plan->steps->len - 1])->was = g_steal_pointer(&was);
    return true;
}

Plan *plan_parse(const char *text, const char *source, GError **error)
{
    g_autoptr(JsonNode) root = json_open(text, strlen(text), PLAN_MAX, source, "guestctl-plan/1", error);
    if (!root)
        return NULL;
    JsonObject *object = json_node_get_object(root);

    g_autoptr(Plan) plan = plan_new(NULL, NULL);
    g_autofree char *interrupted = NULL;
    if (!json_get_string(object, "backend", &plan->backend, error) || !json_get_string(object, "guest", &plan->guest, error) ||
        !json_get_string(object, "interrupted", &interrupted, error) || !json_get_reasons(object, plan->reasons, error)) {
        g_prefix_error(error, "%s: ", source);
        return NULL;
    }
    plan->finish = g_strcmp0(interrupted, "finish") == 0;
    JsonNode *steps = json_object_get_member(object, "steps");
    if (!plan->backend || !plan->guest || !steps || !JSON_NODE_HOLDS_ARRAY(steps)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: a plan needs backend, guest and steps", source);
        return NULL;
    }
    JsonArray *array = json_node_get_array(steps);
    for (guint i = 0; i < json_array_get_length(array); i++)
        if (!add_parsed_step(plan, json_array_get_element(array, i), error)) {
            g_prefix_error(error, "%s: step %u: ", source, i + 1);
            return NULL;
        }
    return g_steal_pointer(&plan);
}

char *plan_to_text(const Plan *plan)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        g_string_append_printf(text, "# step %u: %s %s\n", i + 1, step_kind_name(step->kind), step->target);
        g_string_append(text, step->native);
        if (step->native[0] && !g_str_has_suffix(step->native, "\n"))
            g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}
