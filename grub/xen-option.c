/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/xen-option.h"

#include <string.h>

#include "common/suggest.h"
#include "grub/number.h"
#include "grub/xen-option-table.h"

const XenOption *xen_option_find(const CmdlineOption *option)
{
    gsize bracket = option->has_value && !option->negated ? strcspn(option->name, "([{<") : strlen(option->name);
    for (const XenOption *known = xen_option_table; known->name; known++) {
        if (g_str_equal(known->name, option->name))
            return known;
        /* "ivrs_ioapic[4]=...": up to its bracket (kernel.c, below "if strcmp") */
        if (option->name[bracket] && known->kind == XEN_OPTION_CUSTOM && strlen(known->name) == bracket + 1 &&
            strncmp(known->name, option->name, bracket + 1) == 0)
            return known;
    }
    return NULL;
}

const char *xen_option_nearest(const char *name)
{
    static const char *names[XEN_OPTION_COUNT];
    static gsize filled;
    if (g_once_init_enter(&filled)) {
        gsize count = 0;
        for (const XenOption *known = xen_option_table; known->name; known++)
            if (known->kind != XEN_OPTION_ARM)
                names[count++] = known->name;
        names[count] = NULL;
        g_once_init_leave(&filled, 1);
    }
    return suggest_nearest(name, names);
}

int xen_option_bool(const CmdlineOption *option)
{
    int value = *option->value ? number_bool(option->value, strlen(option->value)) : 1;
    return value < 0 ? -1 : value != option->negated;
}

static const char *number_fault(const char *end)
{
    return *end ? "it ends with something that is no number; the number before it counts all the same" : NULL;
}

const char *xen_option_fault(const XenOption *known, const CmdlineOption *option)
{
    const char *value = option->value, *end;
    switch (known->kind) {
    case XEN_OPTION_BOOL:
        return xen_option_bool(option) < 0 ? "it is no boolean (yes, no, on, off, true, false, enable, disable, 1, 0)" : NULL;
    case XEN_OPTION_INTEGER: { /* kernel.c assign_integer_param; nearly all have 32 bits */
        guint64 number = number_signed(value, &end);
        return number > G_MAXUINT32 && number < (guint64)G_MININT32 ? "it is too large, and not taken" : number_fault(end);
    }
    case XEN_OPTION_SIZE:
        number_size(value, &end);
        return number_fault(end);
    case XEN_OPTION_CUSTOM:
        return option->negated && *value ? "an option with \"no-\" takes no value" : NULL;
    case XEN_OPTION_STRING:
    case XEN_OPTION_IGNORE:
    case XEN_OPTION_ARM:
        return NULL;
    }
    return NULL;
}
