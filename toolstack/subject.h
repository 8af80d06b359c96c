/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "toolstack/request.h"
#include "toolstack/verb.h"

/* What `why` and `show` are asked about: a guest that is there, with what was decided when it was created, or
 * one that is only described, decided now. */
typedef struct Subject {
    char *name;
    GuestState *state;    /* NULL: no domain */
    Note *note;           /* of a guest of ours that is there */
    Prepared prepared;    /* of a guest that is not */
    const char *backend;
    bool defined;
} Subject;

/* live: look for a domain first when argument can be a name; not with --host. When the hypervisor cannot be
 * asked (not here, not allowed) a defined guest is decided now, and a notice says so. */
Subject *subject_find(const char *argument, const Options *options, GError **error);
void subject_free(Subject *subject);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Subject, subject_free)

/* Its reasons, from the note or from deciding now; NULL for a guest that another tool made. */
const GPtrArray *subject_reasons(const Subject *subject);
