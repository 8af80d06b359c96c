/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/backend.h"
#include "toolstack/backend-pick.h"

/* A backend that writes down what is asked of it and fails where it is told to: the calls that go wrong only
 * once in a thousand times on a real hypervisor. Calls that succeed are tested on real ones. */
typedef struct Fake {
    GString *log;           /* "open; create web; undo create web; " */
    StepKind fails;         /* this step fails with failure */
    const GError *failure;  /* NULL: none fails */
    const char *undo_error; /* undo fails with this message */
    StepKind cancels;       /* Ctrl-C comes during this step */
    GCancellable *cancel;   /* NULL: it does not come */
    bool exists;            /* lookup finds the guest */
    GuestStatus status;
    bool console_fails;     /* before it is open */
    bool aborts;            /* being opened is a bug: dry runs */
} Fake;

extern Fake fake;
extern const Backend fake_backend;

void fake_reset(void);

/* Options with paths below folder, output to memory; and a pick of the fake. */
Options *fake_options(const char *folder);
BackendPick *fake_pick(void);

/* What was printed so far. Caller frees. */
char *fake_out(Options *options);
char *fake_err(Options *options);

/* A test's surroundings: *state is a FakeSetup between the two. */
typedef struct FakeSetup {
    char *folder;
    Options *options;
    BackendPick *pick;
} FakeSetup;

int fake_set_up(void **state);
int fake_tear_down(void **state);

/* Plans of guest "web": one that creates it, and Xen's reboot. */
Plan *fake_plan(const char *backend);
Plan *fake_reboot(void);
Plan *fake_tuning(void); /* of dom0: weight, then memory */

/* How many plans wait in the journal. */
guint fake_pending(const FakeSetup *setup);
