/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/cmdline.h"

#include <string.h>

#include "common/error.h"

/* What keeps "--" from being the first word, where it separates nothing; Xen ignores it. */
#define PLACEHOLDER "placeholder"

static void word_free(gpointer data)
{
    CmdlineWord *word = data;
    g_free(word->before);
    g_free(word->text);
    g_free(word);
}

static CmdlineWord *word_new(char *before, char *text)
{
    CmdlineWord *word = g_new(CmdlineWord, 1);
    word->before = before;
    word->text = text;
    return word;
}

const char *cmdline_word(const Cmdline *cmdline, guint index)
{
    const CmdlineWord *word = cmdline->words->pdata[index];
    return word->text;
}

/* Xen looks for " -- " in what follows the leading blanks: the first word and one that ends the line separate nothing. */
static guint count_xen_words(const Cmdline *cmdline)
{
    for (guint i = 1; i < cmdline->words->len; i++)
        if (g_str_equal(cmdline_word(cmdline, i), "--") && (i + 1 < cmdline->words->len || *cmdline->after))
            return i;
    return cmdline->words->len;
}

Cmdline *cmdline_parse(const char *text)
{
    Cmdline *cmdline = g_new0(Cmdline, 1);
    cmdline->words = g_ptr_array_new_with_free_func(word_free);
    for (;;) {
        gsize blanks = strspn(text, " "), length = strcspn(text + blanks, " ");
        char *before = g_strndup(text, blanks);
        if (length == 0) {
            cmdline->after = before;
            break;
        }
        g_ptr_array_add(cmdline->words, word_new(before, g_strndup(text + blanks, length)));
        text += blanks + length;
    }
    cmdline->xen_words = count_xen_words(cmdline);
    return cmdline;
}

void cmdline_free(Cmdline *cmdline)
{
    if (!cmdline)
        return;
    g_ptr_array_unref(cmdline->words);
    g_free(cmdline->after);
    g_free(cmdline);
}

char *cmdline_print(const Cmdline *cmdline)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < cmdline->words->len; i++) {
        const CmdlineWord *word = cmdline->words->pdata[i];
        g_string_append(text, word->before);
        g_string_append(text, word->text);
    }
    g_string_append(text, cmdline->after);
    return g_string_free(text, FALSE);
}

char *cmdline_of_xen(const Cmdline *cmdline)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < cmdline->xen_words; i++) {
        const CmdlineWord *word = cmdline->words->pdata[i];
        g_string_append(text, i > 0 ? word->before : "");
        g_string_append(text, word->text);
    }
    if (cmdline->xen_words == cmdline->words->len)
        g_string_append(text, cmdline->after);
    else { /* all but one of the blanks before "--" are Xen's */
        const CmdlineWord *word = cmdline->words->pdata[cmdline->xen_words];
        g_string_append(text, word->before + 1);
    }
    return g_string_free(text, FALSE);
}

void cmdline_option_read(const char *word, CmdlineOption *option)
{
    g_autofree char *kept = g_strndup(word, CMDLINE_WORD_MAX);
    option->cut = strlen(word) > CMDLINE_WORD_MAX;
    option->negated = g_str_has_prefix(kept, "no-");
    char *value = strchr(kept, '=');
    option->has_value = value != NULL;
    if (value)
        *value++ = '\0';
    option->name = g_strdup(kept + (option->negated ? 3 : 0));
    option->value = g_strdup(value ? value : "");
}

void cmdline_option_clear(CmdlineOption *option)
{
    g_clear_pointer(&option->name, g_free);
    g_clear_pointer(&option->value, g_free);
}

static bool has_name(const char *word, const char *name)
{
    g_auto(CmdlineOption) option = {0};
    cmdline_option_read(word, &option);
    return g_str_equal(option.name, name);
}

char *cmdline_get(const Cmdline *cmdline, const char *name)
{
    for (guint i = cmdline->xen_words; i-- > 0;) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(cmdline, i), &option);
        if (g_str_equal(option.name, name))
            return g_steal_pointer(&option.value);
    }
    return NULL;
}

static guint count_named(const Cmdline *cmdline, const char *name, guint start)
{
    guint count = 0;
    for (guint i = start; i < cmdline->xen_words; i++)
        count += has_name(cmdline_word(cmdline, i), name);
    return count;
}

/* The blanks of a word that goes away in front of the line become those of the next one. */
static void take_away(CmdlineWord *word, CmdlineWord *next)
{
    if (next) {
        g_free(next->before);
        next->before = g_steal_pointer(&word->before);
    }
    word_free(word);
}

static void replace_text(CmdlineWord *word, char *text)
{
    g_free(word->text);
    word->text = text;
}

static guint remove_from(Cmdline *cmdline, const char *name, guint start)
{
    guint count = count_named(cmdline, name, start);
    bool alone = count == cmdline->xen_words && cmdline->words->len > count; /* "--" would become the first word */
    GPtrArray *kept = g_ptr_array_new_with_free_func(word_free);
    for (guint i = 0; i < cmdline->words->len; i++) {
        CmdlineWord *word = cmdline->words->pdata[i];
        bool goes = i >= start && i < cmdline->xen_words && has_name(word->text, name);
        if (goes && alone && kept->len == 0) {
            replace_text(word, g_strdup(PLACEHOLDER));
            goes = false;
        }
        if (goes)
            take_away(word, kept->len == 0 && i + 1 < cmdline->words->len ? cmdline->words->pdata[i + 1] : NULL);
        else
            g_ptr_array_add(kept, word);
    }
    g_ptr_array_set_free_func(cmdline->words, NULL);
    g_ptr_array_unref(cmdline->words);
    cmdline->words = kept;
    cmdline->xen_words = count_xen_words(cmdline);
    return count;
}

guint cmdline_remove(Cmdline *cmdline, const char *name)
{
    return remove_from(cmdline, name, 0);
}

static void add(Cmdline *cmdline, char *text)
{
    guint index = cmdline->xen_words;
    /* Behind a "--" that ends the line it would become dom0's. */
    while (index > 0 && index == cmdline->words->len && g_str_equal(cmdline_word(cmdline, index - 1), "--"))
        index--;
    CmdlineWord *word = word_new(g_strdup(index > 0 ? " " : ""), text);
    if (index == 0 && cmdline->words->len > 0) { /* in front of the line: change places with its first blanks */
        CmdlineWord *first = cmdline->words->pdata[0];
        g_free(word->before);
        word->before = first->before;
        first->before = g_strdup(" ");
    }
    g_ptr_array_insert(cmdline->words, (int)index, word);
}

bool cmdline_set(Cmdline *cmdline, const char *name, const char *value, GError **error)
{
    g_autofree char *text = value ? g_strdup_printf("%s=%s", name, value) : g_strdup(name);
    g_auto(CmdlineOption) option = {0};
    cmdline_option_read(text, &option);
    if (strchr(text, ' ') || option.cut || option.negated || !g_str_equal(option.name, name) || !*name || g_str_equal(text, "--")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "\"%s\" cannot be a word of Xen's command line: that has no blanks and at most %d bytes", text, CMDLINE_WORD_MAX);
        return false;
    }
    for (guint i = 0; i < cmdline->xen_words; i++)
        if (has_name(cmdline_word(cmdline, i), name)) {
            replace_text(cmdline->words->pdata[i], g_steal_pointer(&text));
            remove_from(cmdline, name, i + 1);
            return true;
        }
    add(cmdline, g_steal_pointer(&text));
    cmdline->xen_words = count_xen_words(cmdline);
    return true;
}
