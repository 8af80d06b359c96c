/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/distro.h"
#include "common/host.h"
#include "common/sys-tree.h"

/* The host check: each step that makes a machine run guests (OpenStack's documents for KVM and for Xen through libvirt)
 * as a named check, which says what it saw and what to do. Nothing is changed here. */

typedef enum {
    CHECK_OK,
    CHECK_NOT_APPLICABLE, /* of the other hypervisor, another CPU, or follows from another check */
    CHECK_UNKNOWN,        /* what would tell cannot be read, or is not known of a recorded machine */
    CHECK_WARNING,        /* guests run, but slower, with less, or not as the documents advise */
    CHECK_BROKEN,         /* guests cannot run as this machine is meant to run them */
} CheckState;
const char *check_state_name(CheckState state); /* "ok", "not-applicable", "unknown", "warning", "broken" */

/* What can be done about it without a person (check-fix.h). */
typedef enum {
    FIX_LOAD_MODULE,   /* word: kvm_intel: now, and at each boot */
    FIX_MODULE_OPTION, /* word: "options kvm_intel nested=1" */
    FIX_TRIGGER_UDEV,  /* word: "kvm" */
} FixKind;
typedef struct Fix {
    FixKind kind;
    char *word;
} Fix;

typedef struct Check {
    const char *name;  /* "kvm.cpu" */
    const char *title; /* what holds when it is ok */
    CheckState state;
    char *evidence; /* what was seen, and where */
    char *remedy;   /* what to do; NULL: nothing */
    GPtrArray *fixes; /* Fix*: empty when nothing can be done by itself */
} Check;
void check_free(Check *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Check, check_free)

/* Where guests' disks and states are kept. */
typedef struct DiskSpace {
    bool known, read_only;
    char *path; /* the folder, or the nearest one above it that is there */
    guint64 free_kib;
} DiskSpace;

/* What Xen makes of its command line for dom0's memory, by `grub simulate`: nothing here knows these rules. */
typedef struct Dom0Line {
    bool judged, starts, max_unlimited;
    guint64 memory_kib, max_kib;
    char *warning; /* "": none. NULL when not judged */
    char *why_not; /* why it could not be judged; NULL: nobody tried */
} Dom0Line;

/* All that checks look at. */
typedef struct CheckFacts {
    const Host *host; /* borrowed */
    bool probed;      /* host knows its hypervisors: they were asked, or it was recorded. Else only its files are known */
    bool here;        /* the machine that this runs on, not a copy or a record */
    SysTree *tree;    /* NULL: no files of that machine are here */
    const Distro *distro;
    char *distro_name; /* "Debian GNU/Linux 12 (bookworm)"; NULL: not known */
    DiskSpace space;
    GPtrArray *processes; /* Process* */
    Dom0Line dom0_line;   /* set after check_facts_new() by who can judge it; its words are freed with these */
} CheckFacts;

/* A process of the system that is looked at. */
typedef struct Process {
    char *pid, *name; /* name: of /proc/PID/comm */
    GStrv words;      /* of its command line */
} Process;

/* Gather them. root: whose files, NULL for none; state: where guests are kept, NULL when it does not belong to that machine. */
CheckFacts *check_facts_new(const Host *host, bool probed, const char *root, const char *state);
void check_facts_free(CheckFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CheckFacts, check_facts_free)

/* Names of all checks, in order; ends with NULL. Caller frees the array alone. */
const char **check_names(void);
/* Whether a name is one, or the first part of some ("kvm"). */
bool check_name_matches(const char *name, const char *wanted);
/* GUESTCTL_ERROR_USAGE with the nearest one. */
bool check_name_valid(const char *wanted, GError **error);

/* Run those that match one of the names; all when names is NULL or empty. Check*, in order. Caller unrefs. */
GPtrArray *check_run(const CheckFacts *facts, const char *const *names);
guint check_count(const GPtrArray *checks, CheckState state);
