/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/reason.h"

static const char *const severity_names[] = {
    [SEVERITY_INFO] = "info",
    [SEVERITY_TRANSLATION] = "translation",
    [SEVERITY_WARNING] = "warning",
};

const char *severity_name(Severity severity)
{
    return severity_names[severity];
}

bool severity_parse(const char *name, Severity *severity)
{
    for (gsize i = 0; i < G_N_ELEMENTS(severity_names); i++)
        if (g_str_equal(name, severity_names[i])) {
            *severity = (Severity)i;
            return true;
        }
    return false;
}

Reason *reason_new(const char *field, const char *value, Severity severity, const char *because)
{
    Reason *reason = g_new0(Reason, 1);
    reason->field = g_strdup(field);
    reason->value = g_strdup(value);
    reason->because = g_strdup(because);
    reason->severity = severity;
    return reason;
}

void reason_add(GPtrArray *reasons, const char *field, const char *value, Severity severity, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *because = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(reasons, reason_new(field, value, severity, because));
}

void reason_free(Reason *reason)
{
    if (!reason)
        return;
    g_free(reason->field);
    g_free(reason->value);
    g_free(reason->because);
    g_free(reason);
}

const Reason *reason_find(const GPtrArray *reasons, const char *field)
{
    for (guint i = 0; i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        if (g_str_equal(reason->field, field))
            return reason;
    }
    return NULL;
}
