/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "toolstack/command.h"
#include "toolstack/console.h"
#include "toolstack/output.h"
#include "toolstack/recover.h"
#include "toolstack/verb.h"

bool cmd_console(Options *options, GError **error)
{
    const char *name = options_argument(options, 0);
    if (options->timeout_s && !options->until) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "console: --timeout needs --until");
        return false;
    }
    if (options->dry_run) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "console: it plans nothing that --dry-run could show; leave --dry-run out");
        return false;
    }
    g_autoptr(BackendPick) pick = backend_pick_new(options, error);
    if (!pick)
        return false;
    recover_guest(name, pick, options);
    g_autoptr(GuestState) state = verb_lookup(name, pick, options, error);
    if (!state || !verb_allowed(state, options, error))
        return false;
    ConsoleOptions console = console_options(options);
    if (console.raw)
        output_notice(options, "console of guest \"%s\"; Ctrl-] leaves it", name);
    return pick->backend->console(pick->session, name, &console, options->cancel, error);
}
