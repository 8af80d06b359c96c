/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/backend.h"

GuestState *guest_state_new(void)
{
    GuestState *state = g_new0(GuestState, 1);
    state->id = -1;
    return state;
}

void guest_state_free(GuestState *state)
{
    if (!state)
        return;
    g_free(state->name);
    g_free(state->uuid);
    g_free(state->reason);
    g_free(state->mode);
    g_free(state->backend);
    g_free(state->owner);
    g_free(state->note);
    g_free(state->native);
    g_free(state);
}

const char *guest_status_name(GuestStatus status)
{
    static const char *const names[] = {
        [GUEST_RUNNING] = "running", [GUEST_PAUSED] = "paused", [GUEST_SHUTDOWN] = "shutdown",
        [GUEST_CRASHED] = "crashed", [GUEST_DYING] = "dying",   [GUEST_SHUT_OFF] = "shut off",
    };
    return names[status];
}
