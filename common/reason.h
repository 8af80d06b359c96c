/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* How far a decision is from what was asked for. --strict turns translations into errors, as nova would. */
typedef enum {
    SEVERITY_INFO,        /* asked for, a default, or a fact of the host */
    SEVERITY_TRANSLATION, /* asked for one thing, another does the same job here */
    SEVERITY_WARNING,     /* asked for, has no meaning here, and is not done */
} Severity;

/* Why one field of a Guest has its value. */
typedef struct Reason {
    char *field;   /* as guest_foreach_field() names it: "mode", "disk root.bus" */
    char *value;   /* as text: what guest_foreach_field() gives */
    char *because; /* the property, option, default rule or host fact that decided */
    Severity severity;
} Reason;

const char *severity_name(Severity severity); /* "info", "translation", "warning" */
bool severity_parse(const char *name, Severity *severity);

Reason *reason_new(const char *field, const char *value, Severity severity, const char *because);
/* Add one to an array of them; why is made from format. */
void reason_add(GPtrArray *reasons, const char *field, const char *value, Severity severity, const char *format, ...) G_GNUC_PRINTF(5, 6);
void reason_free(Reason *reason);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reason, reason_free)

/* The reason of a field in an array of Reason*, or NULL. */
const Reason *reason_find(const GPtrArray *reasons, const char *field);
