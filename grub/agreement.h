/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/dom0.h"
#include "common/host.h"
#include "grub/simulate.h"

/* Do Xen's lines agree, that it runs with, that is configured and that the policy advises; and does what xl and libvirt are
 * told of ballooning agree with them? */

/* One of the three lines. */
typedef struct BootLine {
    char *line;             /* NULL: not known */
    char *because;          /* where it comes from, or why it is not known */
    char *broken;           /* why it cannot be booted; NULL: nothing speaks against it */
    bool cut;               /* Xen has told its first CMDLINE_REPORTED_MAX bytes alone */
    Simulation *simulation; /* NULL when line is */
} BootLine;

/* Take a line that was found; an estimate of what Xen makes of it comes with it. Errors are simulate()'s. */
bool boot_line_set(BootLine *boot, const char *line, const char *because, const Host *host, GError **error);
void boot_line_miss(BootLine *boot, const char *because);
void boot_line_clear(BootLine *boot);

/* The options of a plan for dom0 as a line. */
Cmdline *cmdline_of_dom0(const Dom0Plan *plan, GError **error);

typedef enum { BALLOON_AUTO, BALLOON_ON, BALLOON_OFF, BALLOON_UNKNOWN } BalloonSetting;
const char *balloon_setting_name(BalloonSetting setting); /* "auto", "on", "off", "not known" */

/* What a toolstack is told of dom0's memory. */
typedef struct Ballooner {
    const char *tool; /* "xl", "libvirt" */
    const char *path; /* of its configuration */
    BalloonSetting setting;
    char *because;    /* how that is known, or why it is not */
    bool wrong;       /* because is a complaint */
} Ballooner;
void ballooner_clear(Ballooner *ballooner);

/* The value of autoballoon, or NULL; what xl makes of another word is "auto" (xen 4.17 xl.c parse_global_config), libvirt
 * does not start (libvirt 9.0 virconf.c virConfGetValueBool). */
void ballooner_set_xl(Ballooner *ballooner, const char *value);
void ballooner_set_libvirt(Ballooner *ballooner, const char *value, bool quoted);

/* Whether it takes memory from dom0 for guests, by its setting and, on "auto", by Xen's line. */
bool ballooner_balloons(const Ballooner *ballooner, const Simulation *simulation);

typedef struct Agreement {
    BootLine running, configured, policy;
    Ballooner xl, libvirt;
} Agreement;
void agreement_clear(Agreement *agreement);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Agreement, agreement_clear)

/* Reason*: a WARNING for each thing that does not agree, INFO for the rest. Caller unrefs. */
GPtrArray *agreement_reasons(const Agreement *agreement);

/* What is compared: dom0's "memory", "maximum", "vcpus" and "pinned", as text. */
extern const char *const agreement_fields[]; /* ends with NULL */
char *agreement_text(const Simulation *simulation, const char *field); /* caller frees */
