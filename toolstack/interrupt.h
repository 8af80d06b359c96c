/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "toolstack/options.h"

/* Ctrl-C in good order. While one is there, SIGINT, SIGTERM and SIGHUP fire options->cancel, whose plan is
 * then undone; a second one is only told that this is going on, so that it cannot tear the undo apart (a
 * kill -9 can, and the next command takes care of it by the journal). */
typedef struct Interrupt Interrupt;

Interrupt *interrupt_new(const Options *options);
void interrupt_free(Interrupt *interrupt); /* back to what the signals did before */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Interrupt, interrupt_free)
