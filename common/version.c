/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/version.h"

#include <glib.h>
#include <string.h>

static int compare(const char *a, const char *b)
{
    for (unsigned parts = 0; parts < 8; parts++) {
        char *end_a, *end_b;
        guint64 x = g_ascii_strtoull(a, &end_a, 10), y = g_ascii_strtoull(b, &end_b, 10);
        if (x != y)
            return x < y ? -1 : 1;
        bool more_a = *end_a == '.' && g_ascii_isdigit(end_a[1]), more_b = *end_b == '.' && g_ascii_isdigit(end_b[1]);
        if (!more_a && !more_b)
            return 0;
        a = more_a ? end_a + 1 : "0";
        b = more_b ? end_b + 1 : "0";
    }
    return 0;
}

static bool satisfies(const char *version, const char *predicate)
{
    static const struct {
        const char *sign;
        bool less, equal, greater;
    } operators[] = {
        {"<=", true, true, false}, {">=", false, true, true}, {"==", false, true, false}, {"!=", true, false, true},
        {"<", true, false, false}, {">", false, false, true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (!g_str_has_prefix(predicate, operators[i].sign))
            continue;
        const char *wanted = predicate + strlen(operators[i].sign);
        wanted += strspn(wanted, " ");
        if (!g_ascii_isdigit(*wanted))
            return false;
        int order = compare(version, wanted);
        return order < 0 ? operators[i].less : order == 0 ? operators[i].equal : operators[i].greater;
    }
    return false;
}

bool version_satisfies(const char *version, const char *predicates)
{
    g_auto(GStrv) parts = g_strsplit(predicates, ",", 32);
    for (char **part = parts; *part; part++)
        if (!satisfies(version, g_strstrip(*part)))
            return false;
    return parts[0] != NULL;
}
