/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/cmdline-merge.h"

#include <string.h>

#include "common/error.h"

bool cmdline_merge(Cmdline *cmdline, const Cmdline *options, GError **error)
{
    for (guint i = 0; i < options->xen_words; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(options, i), &option);
        if (option.cut) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%s\" is too long: Xen drops what is beyond %d bytes of a word",
                        cmdline_word(options, i), CMDLINE_WORD_MAX);
            return false;
        }
        const char *value = option.negated ? "no" : option.has_value ? option.value : NULL;
        if (!cmdline_set(cmdline, option.name, value, error))
            return false;
    }
    return true;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    g_auto(CmdlineOption) one = {0}, other = {0};
    cmdline_option_read((*(CmdlineWord *const *)a)->text, &one);
    cmdline_option_read((*(CmdlineWord *const *)b)->text, &other);
    return strcmp(one.name, other.name);
}

bool cmdline_same(const char *one, const char *other)
{
    g_autoptr(Cmdline) a = cmdline_parse(one);
    g_autoptr(Cmdline) b = cmdline_parse(other);
    if (a->words->len != b->words->len)
        return false;
    g_ptr_array_sort(a->words, by_name); /* those of one name stay in order: the last wins */
    g_ptr_array_sort(b->words, by_name);
    for (guint i = 0; i < a->words->len; i++)
        if (!g_str_equal(cmdline_word(a, i), cmdline_word(b, i)))
            return false;
    return true;
}
