/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/interrupt.h"

#include <glib-unix.h>
#include <signal.h>

#include "toolstack/output.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

struct Interrupt {
    const Options *options;
    guint sources[G_N_ELEMENTS(signals)];
};

static int fired(void *data)
{
    Interrupt *interrupt = data;
    if (g_cancellable_is_cancelled(interrupt->options->cancel))
        output_notice(interrupt->options, "interrupted already; what was done is being taken back");
    g_cancellable_cancel(interrupt->options->cancel);
    return G_SOURCE_CONTINUE;
}

Interrupt *interrupt_new(const Options *options)
{
    Interrupt *interrupt = g_new0(Interrupt, 1);
    interrupt->options = options;
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        interrupt->sources[i] = g_unix_signal_add(signals[i], fired, interrupt);
    return interrupt;
}

void interrupt_free(Interrupt *interrupt)
{
    if (!interrupt)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(interrupt->sources[i]);
    g_free(interrupt);
}
