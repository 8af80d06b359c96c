/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dom0.h"
#include "common/error.h"
#include "common/json.h"
#include "grub/grub.h"
#include "toolstack/backend-pick.h"
#include "toolstack/command.h"
#include "toolstack/dom0-policy.h"
#include "toolstack/output.h"

static void show_json(const Options *options, const Host *host, const Dom0Plan *plan, const char *line, const Simulation *simulation)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-dom0-plan/1");
    json_add_string(builder, "host", host->name);
    json_add_int(builder, "guests", options->guests);
    json_add_string(builder, "line", line);
    json_add_int(builder, "memory_kib", (gint64)plan->memory_kib);
    json_add_int(builder, "vcpus", plan->vcpus);
    json_add_bool(builder, "pinned", plan->pin);
    json_add_reasons(builder, plan->reasons);
    json_builder_set_member_name(builder, "simulation");
    json_builder_begin_object(builder);
    simulation_add_json(builder, simulation);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    output_json(options, builder);
}

bool cmd_dom0_plan(Options *options, GError **error)
{
    g_autoptr(Host) host = host_of(options, error);
    g_autoptr(Dom0Plan) plan = host ? dom0_policy(host, options, error) : NULL;
    g_autoptr(Cmdline) cmdline = plan ? cmdline_of_dom0(plan, error) : NULL;
    g_autoptr(Simulation) simulation = cmdline ? simulate(cmdline, host, error) : NULL;
    if (!simulation)
        return false;
    g_autofree char *line = cmdline_print(cmdline);
    if (options->json) {
        show_json(options, host, plan, line, simulation);
        return true;
    }
    output_line(options, "%s\n", line);
    output_reasons(options, plan->reasons, true);
    output_line(options, "\nXen 4.17 will do this with it:");
    output_reasons(options, simulation->reasons, true);
    return true;
}
