/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Physical CPUs by number. A plain value: copied by assignment, empty when it is {0}. */
#define CPU_SET_MAX 4096 /* Xen's own limit on x86 is 4095 */
typedef struct CpuSet {
    guint64 words[CPU_SET_MAX / 64];
} CpuSet;

/* "0-3,^2,8" as xl takes it: numbers and ranges, ^ takes away what stands before it. GUESTCTL_ERROR_INVALID names the part
 * that is wrong, and a list that names no CPU. */
bool cpu_set_parse(const char *text, CpuSet *set, GError **error);
char *cpu_set_text(const CpuSet *set); /* "0-1,8", "" when empty. Caller frees */

void cpu_set_add(CpuSet *set, unsigned cpu);
bool cpu_set_has(const CpuSet *set, unsigned cpu);
unsigned cpu_set_count(const CpuSet *set);
/* The first CPU of set that is not in all, or CPU_SET_MAX. */
unsigned cpu_set_first_outside(const CpuSet *set, const CpuSet *all);
