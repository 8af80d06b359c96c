/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/cpu-set.h"

#include <string.h>

#include "common/error.h"

#define TEXT_MAX 1024

void cpu_set_add(CpuSet *set, unsigned cpu)
{
    g_return_if_fail(cpu < CPU_SET_MAX);
    set->words[cpu / 64] |= (guint64)1 << cpu % 64;
}

bool cpu_set_has(const CpuSet *set, unsigned cpu)
{
    return cpu < CPU_SET_MAX && (set->words[cpu / 64] >> cpu % 64 & 1);
}

unsigned cpu_set_count(const CpuSet *set)
{
    unsigned count = 0;
    for (unsigned cpu = 0; cpu < CPU_SET_MAX; cpu++)
        count += cpu_set_has(set, cpu);
    return count;
}

unsigned cpu_set_first_outside(const CpuSet *set, const CpuSet *all)
{
    unsigned cpu = 0;
    while (cpu < CPU_SET_MAX && (!cpu_set_has(set, cpu) || cpu_set_has(all, cpu)))
        cpu++;
    return cpu;
}

static bool bad(const char *text, const char *why, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "CPU list \"%.40s\": %s; write numbers and ranges, such as 0-3,^2", text, why);
    return false;
}

static bool number(const char **at, unsigned *cpu)
{
    char *end;
    if (!g_ascii_isdigit(**at))
        return false;
    guint64 value = g_ascii_strtoull(*at, &end, 10);
    *at = end;
    *cpu = (unsigned)MIN(value, CPU_SET_MAX);
    return true;
}

/* One part of the list, "^2" or "0-3". */
static bool apply(const char *list, const char *part, CpuSet *set, GError **error)
{
    const char *at = part;
    bool away = *at == '^';
    at += away;
    unsigned first, last;
    if (!number(&at, &first))
        return bad(list, *part ? "a part is no number" : "a part is empty", error);
    last = first;
    if (*at == '-' && (at++, !number(&at, &last)))
        return bad(list, "a range has no end", error);
    if (*at)
        return bad(list, "a part is no number", error);
    if (first > last)
        return bad(list, "a range ends before it begins", error);
    if (last >= CPU_SET_MAX)
        return bad(list, "CPU numbers end at 4095", error);
    for (unsigned cpu = first; cpu <= last; cpu++)
        if (away)
            set->words[cpu / 64] &= ~((guint64)1 << cpu % 64);
        else
            cpu_set_add(set, cpu);
    return true;
}

bool cpu_set_parse(const char *text, CpuSet *set, GError **error)
{
    if (strlen(text) > TEXT_MAX)
        return bad(text, "it is longer than 1024 characters", error);
    CpuSet result = {0};
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    if (!*parts)
        return bad(text, "it is empty", error);
    for (char **part = parts; *part; part++)
        if (!apply(text, *part, &result, error))
            return false;
    if (cpu_set_count(&result) == 0)
        return bad(text, "no CPU is left", error);
    *set = result;
    return true;
}

char *cpu_set_text(const CpuSet *set)
{
    GString *text = g_string_new(NULL);
    for (unsigned cpu = 0; cpu < CPU_SET_MAX; cpu++) {
        if (!cpu_set_has(set, cpu))
            continue;
        unsigned last = cpu;
        while (cpu_set_has(set, last + 1))
            last++;
        g_string_append_printf(text, "%s%u", text->len ? "," : "", cpu);
        if (last > cpu)
            g_string_append_printf(text, "-%u", last);
        cpu = last;
    }
    return g_string_free(text, FALSE);
}
