/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "grub/grub.h"
#include "toolstack/backend-pick.h"
#include "toolstack/command.h"
#include "toolstack/output.h"

/* Standard output has the result either way; a script that wants a line without faults says --strict. */
static bool check_strict(const Options *options, const Simulation *simulation, GError **error)
{
    guint warnings = simulation_warnings(simulation);
    if (!options->strict || warnings == 0)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the line has %u warning%s; see what Xen makes of it above", warnings,
                warnings == 1 ? "" : "s");
    return false;
}

bool cmd_grub_simulate(Options *options, GError **error)
{
    const char *line = options_argument(options, 0);
    g_autoptr(Host) host = host_of(options, error);
    if (!host)
        return false;
    g_autoptr(Cmdline) cmdline = cmdline_parse(line);
    g_autoptr(Simulation) simulation = simulate(cmdline, host, error);
    if (!simulation)
        return false;
    if (options->json) {
        g_autofree char *json = simulation_to_json(simulation, line, host->name);
        output_text(options, json);
    } else {
        output_reasons(options, simulation->reasons, true);
    }
    return check_strict(options, simulation, error);
}
