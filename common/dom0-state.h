/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/cpu-set.h"

#define DOM0_NAME "Domain-0" /* of its lock and journal, as Xen calls it */

/* With less a Linux of a distribution may lack memory for its drivers. */
#define DOM0_FLOOR_KIB ((guint64)256 * 1024)

typedef struct Dom0Vcpu {
    bool online;
    unsigned cpu; /* where it is now, while it is online */
    char *hard, *soft; /* CPU lists, "all" when it may be everywhere */
} Dom0Vcpu;

/* The running dom0, as the hypervisor and dom0's own Linux tell it. */
typedef struct Dom0State {
    guint64 target_kib;    /* what it is asked to have */
    guint64 current_kib;   /* what it has */
    guint64 limit_kib;     /* Xen lets it grow so far now; 0: without limit */
    guint64 boot_max_kib;  /* so far it could be made to grow: max: of dom0_mem; 0: without limit */
    guint64 available_kib; /* Linux's MemAvailable; 0: not known */
    guint64 free_kib;      /* of the machine: what nobody has */
    unsigned vcpus_online, vcpus_max;
    GPtrArray *vcpus;      /* Dom0Vcpu*, vcpus_max of them */
    CpuSet cpus;           /* of its cpupool */
    char *cpupool, *scheduler;
    int weight, cap;       /* -1: the scheduler has none */
} Dom0State;

Dom0State *dom0_state_new(void);
void dom0_state_free(Dom0State *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dom0State, dom0_state_free)
void dom0_state_add_vcpu(Dom0State *state, bool online, unsigned cpu, const char *hard, const char *soft);

/* How it is pinned: "yes", "no" or a CPU list as in a Dom0Wish, else the lists of its vcpus, blanks between. Caller frees. */
char *dom0_state_pin(const Dom0State *state);
/* The value that a Dom0Wish's key has now: memory is the target, weight and cap "-" where there is none. Caller frees. */
char *dom0_state_value(const Dom0State *state, const char *key);
