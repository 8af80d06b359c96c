/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/dom0-mem.h"

#include <string.h>

#include "grub/number.h"

#define PAGE_SHIFT 12

void dom0_mem_init(Dom0Mem *mem)
{
    *mem = (Dom0Mem){.max = {.pages = G_MAXINT64}};
}

guint64 dom0_size_pages(const Dom0Size *size, guint64 available)
{
    guint64 pages = size->pages + size->percent * available / 100;
    return size->minus ? available - pages : pages;
}

bool dom0_size_is_relative(const Dom0Size *size)
{
    return size->minus || size->percent > 0;
}

static void note_number(GPtrArray *notes, const char *start, const char *end, guint64 bytes)
{
    g_autofree char *text = g_strndup(start, (gsize)(end - start));
    if (text[0] == '0' && g_ascii_isdigit(text[1]))
        g_ptr_array_add(notes, g_strdup_printf("%s begins with 0, so Xen reads it as an octal number", text));
    bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    if (*end != '%' && (g_ascii_isdigit(end[-1]) || (hexadecimal && g_ascii_isxdigit(end[-1]))))
        g_ptr_array_add(notes, g_strdup_printf("%s has no unit, so Xen takes it as KiB: %" G_GUINT64_FORMAT " MiB", text, bytes >> 20));
}

/* Why Xen stops here. start is where the size began that it stopped in. */
static char *fault_at(const char *start, const char *at, guint64 percent)
{
    const char *first = start + (*start == '-');
    if (*at == '%' && percent >= 100)
        return g_strdup_printf("%" G_GUINT64_FORMAT "%% is refused: a percentage is below 100", percent);
    if (at == start && (g_str_has_prefix(at, "max=") || g_str_has_prefix(at, "min=")))
        return g_strdup_printf("\"%s\": after %.3s comes a colon, %.3s:", at, at, at);
    if (at == first)
        return *at ? g_strdup_printf("\"%s\" is no size", start) : g_strdup("a size is missing at its end");
    if (*at == '.')
        return g_strdup_printf("\"%s\": a size is a whole number; write it in a smaller unit", at);
    if (*at == '+' || at[-1] == '+' || !*at || *at == ',')
        return g_strdup_printf("\"%s\": only a percentage can follow a size, and nothing a percentage", start);
    return g_strdup_printf("\"%s\" is left over; a unit is one letter of B, K, M, G, T", at);
}

/* One size. *text moves to where Xen stopped reading; size is changed only when it is good. */
static bool read_size(Dom0Size *size, const char **text, GPtrArray *notes, char **fault)
{
    const char *start = *text, *at = start;
    Dom0Size read = {.minus = *at == '-'};
    guint64 value = 0;
    bool good = false, more = true;
    at += read.minus;
    for (unsigned items = 0; more; items++) {
        good = g_ascii_isdigit(*at);
        if (!good)
            break;
        const char *number = at;
        value = number_size(number, &at);
        note_number(notes, number, at, value);
        bool percent = *at == '%';
        good = percent ? value < 100 : items == 0; /* a size comes first, and alone */
        if (!good)
            break;
        if (percent)
            read.percent = (unsigned)value;
        else
            read.pages = value >> PAGE_SHIFT;
        at += percent;
        more = *at == '+' && !percent && items == 0;
        at += more;
    }
    *text = at;
    if (!good || (*at && *at != ',')) {
        *fault = fault_at(start, at, value);
        return false;
    }
    *size = read;
    return true;
}

bool dom0_mem_read(Dom0Mem *mem, const char *value, GPtrArray *notes, char **fault)
{
    mem->given = true;
    for (;;) {
        Dom0Size *size = &mem->size;
        if (g_str_has_prefix(value, "min:"))
            size = &mem->min;
        else if (g_str_has_prefix(value, "max:"))
            size = &mem->max;
        value += size == &mem->size ? 0 : 4;
        if (!read_size(size, &value, notes, fault))
            return false;
        mem->size_set |= size == &mem->size;
        mem->max_set |= size == &mem->max;
        if (!*value)
            return true;
        value++;
    }
}
