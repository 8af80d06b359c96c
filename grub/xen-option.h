/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "grub/cmdline.h"

/* How Xen reads an option's value (xen 4.17 kernel.c parse_params). */
typedef enum {
    XEN_OPTION_CUSTOM,  /* a function of its own; "no-" means the value "no" */
    XEN_OPTION_BOOL,
    XEN_OPTION_INTEGER,
    XEN_OPTION_SIZE,
    XEN_OPTION_STRING,
    XEN_OPTION_IGNORE,  /* accepted, does nothing */
    XEN_OPTION_ARM,     /* Xen on Arm alone knows it */
} XenOptionKind;

typedef struct XenOption {
    const char *name; /* "ivrs_ioapic[" is followed by an index */
    XenOptionKind kind;
    bool optional;    /* depends on how Xen was built; Debian's has it not */
} XenOption;

/* The option of a word, or NULL when Xen 4.17 has none of this name. */
const XenOption *xen_option_find(const CmdlineOption *option);

/* The known option that was probably meant, or NULL. */
const char *xen_option_nearest(const char *name);

/* What Xen does with the value of an option that is not CUSTOM: NULL when it takes it, else why not. */
const char *xen_option_fault(const XenOption *known, const CmdlineOption *option);

/* What a boolean option becomes; -1: nothing, its value is refused. */
int xen_option_bool(const CmdlineOption *option);
