/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/decider.h"

#include <string.h>

#include "common/error.h"

void refuse(Decider *d, int code, const char *what, ...)
{
    va_list args;
    va_start(args, what);
    g_autofree char *text = g_strdup_vprintf(what, args);
    va_end(args);
    if (d->refusals->len == 0)
        d->code = code;
    g_ptr_array_add(d->refusals, g_strdup_printf("guest \"%s\": %s", d->request->name, text));
}

/* Takes FIELD and BECAUSE. */
static void record(Decider *d, Severity severity, char *field, char *because)
{
    if (d->strict && severity != SEVERITY_INFO)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s: %s (refused because of --strict)", field, because);
    Reason *reason = g_hash_table_lookup(d->index, field);
    if (reason) {
        g_free(field);
        g_free(reason->because);
    } else {
        reason = g_new0(Reason, 1);
        reason->field = field;
        g_ptr_array_add(d->guest->reasons, reason);
        g_hash_table_insert(d->index, field, reason);
    }
    reason->because = because;
    reason->severity = severity;
}

/* Most reasons are a constant or one text, which need no printf. */
G_GNUC_PRINTF(1, 0)
static char *text(const char *format, va_list args)
{
    if (!strchr(format, '%'))
        return g_strdup(format);
    return g_str_equal(format, "%s") ? g_strdup(va_arg(args, const char *)) : g_strdup_vprintf(format, args);
}

void decided(Decider *d, Severity severity, const char *field, const char *because, ...)
{
    va_list args;
    va_start(args, because);
    record(d, severity, g_strdup(field), text(because, args));
    va_end(args);
}

void decided_of(Decider *d, Severity severity, const char *kind, const char *name, const char *member, const char *because, ...)
{
    va_list args;
    va_start(args, because);
    record(d, severity, g_strconcat(kind, " ", name, ".", member, NULL), text(because, args));
    va_end(args);
}

const char *wish(Decider *d, const char *property)
{
    const ImageProperty *found = image_meta_find(d->image, property);
    if (!found)
        return NULL;
    g_hash_table_add(d->used, found->name);
    return found->value;
}

const char *said(Decider *d, const char *property)
{
    const ImageProperty *found = image_meta_find(d->image, property);
    g_autofree char *text = found ? g_strdup_printf("image property %s=%.200s", found->given_name, found->given_value)
                                  : g_strdup_printf("image property %s is not set", property);
    return g_string_chunk_insert(d->texts, text);
}

const char *policy_said(const Decider *d)
{
    return d->policy->source ? d->policy->source : "guestctl's default";
}

const char *hypervisor(const Decider *d)
{
    return d->xen ? "Xen" : d->kvm ? "KVM" : "QEMU";
}
