/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/cmdline-merge.h"

bool cmdline_merge(Cmdline *cmdline, const Cmdline *options, GError **error)
{
    for (guint i = 0; i < options->xen_words; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(options, i), &option);
        const char *value = option.negated ? "no" : option.has_value ? option.value : NULL;
        if (!cmdline_set(cmdline, option.name, value, error))
            return false;
    }
    return true;
}

bool cmdline_same(const char *one, const char *other)
{
    g_autoptr(Cmdline) a = cmdline_parse(one);
    g_autoptr(Cmdline) b = cmdline_parse(other);
    if (a->words->len != b->words->len)
        return false;
    for (guint i = 0; i < a->words->len; i++)
        if (!g_str_equal(cmdline_word(a, i), cmdline_word(b, i)))
            return false;
    return true;
}
