/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "kvm/session.h"

/* What an embedded console does about the driver (embed.h) while it is shown. It reads a terminal device and needs no
 * libvirt for that, so the driver goes to whoever waits for it. But a guest that powers itself off is noticed only by a
 * process that has the driver: without it, and when no other command has had it for a while, a short command of this
 * program is run. Zero-initialised. */
typedef struct ConsoleTurn {
    guint timer;
    bool due; /* console_turn_tend() has something to look at */
    bool gave, keeps;
    guint visit; /* the watch of the command that runs */
} ConsoleTurn;

void console_turn_start(ConsoleTurn *turn, KvmSession *session);

/* Whenever due is set; the main context turns inside. */
void console_turn_tend(ConsoleTurn *turn, KvmSession *session);
void console_turn_stop(ConsoleTurn *turn);
