/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/xen-settings.h"

#include <string.h>

#include "grub/number.h"
#include "grub/xen-option.h"

#define NEAREST_MAX 64 /* so many unknown words get a suggestion: a line of nothing else costs no more */
#define NODES_MAX 64 /* xen 4.17 numa.h MAX_NUMNODES */

static void note(XenSettings *settings, Severity severity, const char *name, const char *word, const char *format, ...) G_GNUC_PRINTF(5, 6);
static void note(XenSettings *settings, Severity severity, const char *name, const char *word, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *because = g_strdup_vprintf(format, args);
    va_end(args);
    /* A command line may hold any bytes; what people and programs read is UTF-8. */
    g_autofree char *valid_name = g_utf8_make_valid(name, -1), *valid_word = g_utf8_make_valid(word, -1);
    g_autofree char *valid = g_utf8_make_valid(because, -1);
    g_ptr_array_add(settings->reasons, reason_new(valid_name, valid_word, severity, valid));
}

/* The readers of single options change settings as Xen does, up to the fault that they name (the caller frees it). */
typedef bool Reader(XenSettings *settings, const char *value, GPtrArray *notes, char **fault);

static bool refuse(char **fault, const char *why)
{
    *fault = g_strdup(why);
    return false;
}

static bool read_mem(XenSettings *settings, const char *value, GPtrArray *notes, char **fault)
{
    return dom0_mem_read(&settings->memory, value, notes, fault);
}

/* xen 4.17 dom0_build.c parse_dom0_max_vcpus. Any one letter after the number does for "-". */
static bool read_max_vcpus(XenSettings *settings, const char *value, GPtrArray *notes, char **fault)
{
    if (*value == '-') {
        settings->max_vcpus = (unsigned)number_parse(value + 1, &value);
    } else {
        unsigned count = (unsigned)number_parse(value, &value);
        settings->min_vcpus = count ? count : 1;
        if (!*value) {
            settings->max_vcpus = settings->min_vcpus;
        } else {
            char sign = *value++;
            if (sign == '-' && *value)
                settings->max_vcpus = (unsigned)number_parse(value, &value);
            else if (sign != '-' && !*value)
                g_ptr_array_add(notes, g_strdup_printf("Xen takes \"%c\" for \"-\": this is the least number, with no upper limit", sign));
        }
    }
    return !*value || refuse(fault, "it is not N, MIN-MAX, -MAX or MIN-; numbers before the fault count all the same");
}

/* Does the list item begin with this word (xen 4.17 kernel.c cmdline_strcmp)? */
static bool item_is(const char *item, const char *word)
{
    gsize length = strlen(word);
    return strncmp(item, word, length) == 0 && (!item[length] || strchr(",:;=", item[length]));
}

/* xen 4.17 dom0_build.c parse_dom0_nodes */
static bool read_nodes(XenSettings *settings, const char *value, GPtrArray *notes, char **fault)
{
    bool good = true;
    for (const char *item = value;; item++) {
        const char *end = item + strcspn(item, ","), *stop;
        if (g_ascii_isdigit(*item)) {
            guint node = (guint)number_parse(item, &stop);
            if (stop == end && settings->nodes->len < NODES_MAX)
                g_array_append_val(settings->nodes, node);
            else
                good = false;
        } else if (item_is(item, "relaxed") || item_is(item, "strict")) {
            settings->nodes_relaxed = *item == 'r';
        } else {
            good = false;
        }
        item = end;
        if (!*item)
            break;
    }
    return good || refuse(fault, "a node is a number, relaxed or strict; the good ones of the list count");
}

/* NAME, no-NAME or NAME=BOOL, LENGTH bytes: 1, 0, or -1 (xen 4.17 kernel.c parse_boolean). */
static int item_bool(const char *item, gsize length, const char *name)
{
    bool negated = strncmp(item, "no-", 3) == 0 && length >= 3;
    gsize name_length = strlen(name);
    item += negated ? 3 : 0;
    length -= negated ? 3 : 0;
    if (length < name_length || strncmp(item, name, name_length) != 0)
        return -1;
    if (length == name_length)
        return !negated;
    return negated || item[name_length] != '=' ? -1 : number_bool(item + name_length + 1, length - name_length - 1);
}

/* xen 4.17 dom0_build.c parse_dom0_param */
static bool read_dom0(XenSettings *settings, const char *value, GPtrArray *notes, char **fault)
{
    static const char *const others[] = {"verbose", "cpuid-faulting", "msr-relaxed"};
    bool good = true;
    for (const char *item = value;; item++) {
        gsize length = strcspn(item, ",");
        int shadow = item_bool(item, length, "shadow");
        bool known = shadow >= 0 || item_is(item, "pv") || item_is(item, "pvh");
        if (item_is(item, "pv") || item_is(item, "pvh"))
            settings->pvh = item_is(item, "pvh");
        if (shadow >= 0)
            settings->shadow = shadow;
        for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
            known |= item_bool(item, length, others[i]) >= 0;
        good &= known;
        item += length;
        if (!*item)
            break;
    }
    return good || refuse(fault, "it is a list of pv, pvh, shadow, verbose, cpuid-faulting, msr-relaxed; the good ones count");
}

/* dom0-kernel pins dom0 as dom0_vcpus_pin does (xen 4.17 cpufreq.c). */
static bool read_cpufreq(XenSettings *settings, const char *value, GPtrArray *notes, char **fault)
{
    if (!item_is(value, "dom0-kernel"))
        return true;
    settings->pin = true;
    g_ptr_array_add(notes, g_strdup("it pins dom0's vcpus too"));
    return true;
}

static const struct {
    const char *name;
    Reader *read;
} readers[] = {
    {"dom0_mem", read_mem},
    {"dom0_max_vcpus", read_max_vcpus},
    {"dom0_nodes", read_nodes},
    {"dom0", read_dom0},
    {"cpufreq", read_cpufreq},
};

static void read_custom(XenSettings *settings, const CmdlineOption *option, const char *word)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *fault = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(readers); i++)
        if (g_str_equal(readers[i].name, option->name))
            readers[i].read(settings, option->negated ? "no" : option->value, notes, &fault);
    for (guint i = 0; i < notes->len; i++)
        note(settings, SEVERITY_INFO, option->name, word, "%s", (char *)notes->pdata[i]);
    if (fault)
        note(settings, SEVERITY_WARNING, option->name, word, "Xen refuses it: %s", fault);
}

static void read_bool(XenSettings *settings, const CmdlineOption *option)
{
    int value = xen_option_bool(option);
    if (value < 0)
        return;
    if (g_str_equal(option->name, "dom0_vcpus_pin"))
        settings->pin = value;
    else if (g_str_equal(option->name, "nosmp"))
        settings->nosmp = value;
    else if (g_str_equal(option->name, "smt"))
        settings->smt_off = !value;
}

static void read_number(XenSettings *settings, const CmdlineOption *option)
{
    const char *end;
    guint64 number = number_signed(option->value, &end);
    if (g_str_equal(option->name, "maxcpus")) {
        if (number <= G_MAXUINT32 || number >= (guint64)G_MININT32)
            settings->max_cpus = (unsigned)number;
    } else if (g_str_equal(option->name, "mem"))
        settings->mem_bytes = number_size(option->value, &end);
    else if (g_str_equal(option->name, "availmem"))
        settings->availmem_bytes = number_size(option->value, &end);
}

static void read_known(XenSettings *settings, const XenOption *known, const CmdlineOption *option, const char *word)
{
    const char *fault = xen_option_fault(known, option);
    if (fault)
        note(settings, SEVERITY_WARNING, option->name, word, "Xen refuses it: %s", fault);
    if (known->optional)
        note(settings, SEVERITY_INFO, option->name, word, "only a Xen that was built for it knows it; Debian's does not");
    if (known->kind == XEN_OPTION_CUSTOM && !fault)
        read_custom(settings, option, word);
    else if (known->kind == XEN_OPTION_BOOL)
        read_bool(settings, option);
    else if (known->kind == XEN_OPTION_INTEGER || known->kind == XEN_OPTION_SIZE)
        read_number(settings, option);
}

static void note_unknown(XenSettings *settings, const CmdlineOption *option, const char *word)
{
    g_autofree char *folded = g_strdelimit(g_strdup(option->name), "\"'\t", ' ');
    const char *nearest = settings->reasons->len < NEAREST_MAX ? xen_option_nearest(g_strstrip(folded)) : NULL;
    if (strchr(word, '"') || strchr(word, '\''))
        note(settings, SEVERITY_WARNING, option->name, word, "Xen ignores it: quotes mean nothing to Xen, only to GRUB's scripts");
    else if (strchr(word, '\t'))
        note(settings, SEVERITY_WARNING, option->name, word, "Xen ignores it: a tab does not separate words, only a space does");
    else if (nearest)
        note(settings, SEVERITY_WARNING, option->name, word, "Xen ignores it: unknown; did you mean %s?", nearest);
    else
        note(settings, SEVERITY_WARNING, option->name, word,
             "Xen ignores it: unknown; an option of dom0's kernel belongs on the kernel's line, GRUB_CMDLINE_LINUX");
}

static void read_word(XenSettings *settings, const char *word)
{
    g_auto(CmdlineOption) option = {0};
    cmdline_option_read(word, &option);
    const XenOption *known = xen_option_find(&option);
    if (option.cut)
        note(settings, SEVERITY_WARNING, option.name, word, "Xen keeps %d bytes of a word and drops the other %" G_GSIZE_FORMAT,
             CMDLINE_WORD_MAX, strlen(word) - CMDLINE_WORD_MAX);
    if (!known)
        note_unknown(settings, &option, word);
    else if (known->kind == XEN_OPTION_ARM)
        note(settings, SEVERITY_WARNING, option.name, word, "Xen ignores it: an option of Xen on Arm");
    else
        read_known(settings, known, &option, word);
}

XenSettings *xen_settings_read(const Cmdline *cmdline)
{
    XenSettings *settings = g_new0(XenSettings, 1);
    dom0_mem_init(&settings->memory);
    settings->min_vcpus = 1;
    settings->max_vcpus = G_MAXUINT;
    settings->nodes = g_array_new(false, false, sizeof(guint));
    settings->reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    for (guint i = 0; i < cmdline->xen_words; i++)
        read_word(settings, cmdline_word(cmdline, i));
    if (cmdline->xen_words < cmdline->words->len)
        note(settings, SEVERITY_INFO, "--", "--", "what follows belongs to dom0's kernel");
    return settings;
}

void xen_settings_free(XenSettings *settings)
{
    if (!settings)
        return;
    g_array_unref(settings->nodes);
    g_clear_pointer(&settings->reasons, g_ptr_array_unref);
    g_free(settings);
}
