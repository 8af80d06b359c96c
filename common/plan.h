/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/guest.h"

/* What a step does. The order is that of a guest's life. */
typedef enum {
    STEP_REQUIRE_BRIDGE, /* target: bridge. Fails before anything is built when it is missing */
    STEP_WRITE_FILE,     /* target: path, native: its content. Atomic */
    STEP_REMOVE_FILE,    /* target: path */
    STEP_CREATE_DISK,    /* target: its record, native: storage.h's document; so the two below */
    STEP_CHANGE_DISK,
    STEP_DELETE_DISK,
    STEP_INJECT,         /* target: the guest's disk, native: what is put into it (inject/inject.h) */
    STEP_WRITE_SEED,     /* target: path, native: what cloud-init finds on it (seed/seed.h) */
    STEP_RUN,            /* target: what for, native: the words of a program of the system (run.h) */
    STEP_CREATE,         /* target: guest, native: libxl JSON or domain XML; leaves it paused */
    STEP_NOTE,           /* target: guest, native: our note, kept with the domain */
    STEP_UNPAUSE,        /* target: guest. For the verbs native is empty: nothing but the name is sent */
    STEP_PAUSE,
    STEP_SHUTDOWN,
    STEP_REBOOT,
    STEP_DESTROY,
    STEP_TUNE_DOM0, /* target: what of the running dom0, native: dom0-tune.h. Xen only */
} StepKind;

typedef struct Step {
    StepKind kind;
    char *target;
    char *native; /* the exact text that is sent; "" when there is none */
    char *was;    /* STEP_WRITE_FILE: plan_file_mark() of what it was made from, and refused when the file is another now.
                   * NULL: whatever is there is replaced */
} Step;

/* What will be done, as data: printed by --dry-run, journaled, carried out by perform(). */
typedef struct Plan {
    char *backend;      /* "xen", "kvm", "qemu", or "files" for plans that touch only files */
    char *guest;
    GPtrArray *reasons; /* Reason*; a reference to the guest's, or empty */
    GPtrArray *steps;   /* Step* */
    bool finish;        /* interrupted: carry on with the rest (reboot). Else: undo what was done (create) */
} Plan;

#define PLAN_MAX (4 * 1024 * 1024) /* bytes of a plan as text; plan_parse refuses more */

Plan *plan_new(const char *backend, const char *guest);
/* How every plan that creates a guest begins: the guest's reasons, and each of its bridges looked at once, before
 * anything is built, then the disks that have to be made, what is put into the first one of them, and the seed, which is made anew each time. */
Plan *plan_new_for_guest(const Guest *guest);
void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)
void plan_add(Plan *plan, StepKind kind, const char *target, const char *native); /* copies */

/* The same for a file that is changed, not made: was is its text now, NULL when there is none. */
void plan_add_edit(Plan *plan, const char *path, const char *text, const char *was);
/* The same for a new file, before all other steps: undone when the rest fails. */
void plan_begin_with_file(Plan *plan, const char *path, const char *text);
char *plan_file_mark(const char *text); /* tells texts apart; none and an empty one are the same. Caller frees */

void plan_set_reasons(Plan *plan, GPtrArray *reasons); /* takes a reference */

const char *step_kind_name(StepKind kind); /* "require-bridge", "create", ... */
bool step_kind_parse(const char *name, StepKind *kind);

/* The document "guestctl-plan/1". plan_parse reads it back (the journal does). */
char *plan_to_json(const Plan *plan);
char *plan_to_line(const Plan *plan); /* the same document on one line, without a newline */
Plan *plan_parse(const char *text, const char *source, GError **error);
/* For people: each step, then its native text, not indented, so that it can be copied. */
char *plan_to_text(const Plan *plan);
