/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json.h"
#include "grub/simulate.h"

void simulation_free(Simulation *simulation)
{
    if (!simulation)
        return;
    g_ptr_array_unref(simulation->reasons);
    g_free(simulation);
}

const char *starts_name(Starts starts)
{
    static const char *const names[] = {[STARTS_YES] = "yes", [STARTS_DOUBTFUL] = "doubtful", [STARTS_NO] = "no"};
    return names[starts];
}

guint simulation_warnings(const Simulation *simulation)
{
    guint count = 0;
    for (guint i = 0; i < simulation->reasons->len; i++)
        count += ((const Reason *)simulation->reasons->pdata[i])->severity == SEVERITY_WARNING;
    return count;
}

static void add_optional(JsonBuilder *builder, const char *name, bool there, guint64 value)
{
    if (there)
        json_add_int(builder, name, (gint64)value);
    else
        json_add_string(builder, name, NULL);
}

void simulation_add_json(JsonBuilder *builder, const Simulation *simulation)
{
    json_add_int(builder, "available_kib", (gint64)simulation->available_kib);
    json_add_int(builder, "memory_kib", (gint64)simulation->memory_kib);
    json_add_bool(builder, "memory_estimated", simulation->memory_estimated);
    json_add_int(builder, "min_kib", (gint64)simulation->min_kib);
    add_optional(builder, "max_kib", !simulation->max_unlimited, simulation->max_kib);
    json_add_bool(builder, "max_estimated", simulation->max_estimated);
    json_add_int(builder, "cpus", simulation->cpus);
    json_add_int(builder, "vcpus", simulation->vcpus);
    json_add_bool(builder, "pinned", simulation->pinned);
    json_add_string(builder, "starts", starts_name(simulation->starts));
    json_add_bool(builder, "xl_balloons", simulation->xl_balloons);
    json_add_bool(builder, "libvirt_balloons", simulation->libvirt_balloons);
    json_add_reasons(builder, simulation->reasons);
}

char *simulation_to_json(const Simulation *simulation, const char *line, const char *host)
{
    g_autofree char *valid = g_utf8_make_valid(line, -1);
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-grub-simulate/1");
    json_add_string(builder, "line", valid);
    json_add_string(builder, "host", host);
    simulation_add_json(builder, simulation);
    json_builder_end_object(builder);
    return json_finish(builder, true);
}
