/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/cmdline-merge.h"

#include <string.h>

#include "common/error.h"

/* "no-NAME": cmdline_set knows none of them. */
static void set_negated(Cmdline *line, const char *name, const char *word)
{
    cmdline_remove(line, name);
    CmdlineWord *added = g_new0(CmdlineWord, 1);
    added->before = g_strdup(line->xen_words > 0 ? " " : "");
    added->text = g_strdup(word);
    g_ptr_array_insert(line->words, (int)line->xen_words, added);
    line->xen_words++;
}

static bool is_unique(const Cmdline *options, guint index, const char *name, GError **error)
{
    for (guint i = 0; i < index; i++) {
        g_auto(CmdlineOption) other = {0};
        cmdline_option_read(cmdline_word(options, i), &other);
        if (!g_str_equal(other.name, name))
            continue;
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is given twice (%s and %s); give it once", name,
                    cmdline_word(options, i), cmdline_word(options, index));
        return false;
    }
    return true;
}

static bool check_options(const Cmdline *options, GError **error)
{
    if (options->words->len == 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "the line is empty; name the options to set, such as dom0_mem=2G,max:2G, or leave it away for those of: guestctl dom0 plan");
        return false;
    }
    for (guint i = 0; i < options->words->len; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(options, i), &option);
        if (g_str_equal(cmdline_word(options, i), "--")) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                        "\"--\" begins what is for dom0's kernel, whose options are kept elsewhere; give Xen's options only");
            return false;
        }
        if (!is_unique(options, i, option.name, error))
            return false;
    }
    return true;
}

bool cmdline_merge(Cmdline *line, const Cmdline *options, GError **error)
{
    if (!check_options(options, error))
        return false;
    for (guint i = 0; i < options->words->len; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(options, i), &option);
        if (option.negated)
            set_negated(line, option.name, cmdline_word(options, i));
        else if (option.cut || !cmdline_set(line, option.name, option.has_value ? option.value : NULL, error)) {
            if (option.cut)
                g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: Xen reads at most %d bytes of a word; make it shorter",
                            cmdline_word(options, i), CMDLINE_WORD_MAX);
            return false;
        }
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
