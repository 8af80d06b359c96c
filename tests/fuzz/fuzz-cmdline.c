/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "grub/grub.h"
#include "tests/fuzz/fuzz.h"

static char *print(const char *text)
{
    g_autoptr(Cmdline) cmdline = cmdline_parse(text);
    return cmdline_print(cmdline);
}

/* The words of Xen's part that have another name, one to a line: what an edit must not touch. */
static char *others(const Cmdline *cmdline, const char *name)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < cmdline->xen_words; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(cmdline, i), &option);
        if (!g_str_equal(option.name, name) && !g_str_equal(cmdline_word(cmdline, i), "--"))
            g_string_append_printf(list, "%s\n", cmdline_word(cmdline, i));
    }
    return g_string_free(list, FALSE);
}

/* Set an option, print, parse again: its value is there once, the other words are what they were. */
static void check_set(const char *text, const char *name, const char *value)
{
    g_autoptr(Cmdline) cmdline = cmdline_parse(text);
    g_autofree char *before = others(cmdline, name);
    if (!cmdline_set(cmdline, name, value, NULL)) {
        g_autofree char *same = cmdline_print(cmdline);
        g_assert_cmpstr(same, ==, text);
        return;
    }
    g_autofree char *printed = cmdline_print(cmdline);
    g_autoptr(Cmdline) again = cmdline_parse(printed);
    g_autofree char *after = others(again, name), *got = cmdline_get(again, name);
    g_assert_cmpuint(again->xen_words, ==, cmdline->xen_words);
    g_assert_cmpstr(got, ==, value);
    g_assert_cmpstr(before, ==, after);
    g_assert_cmpuint(cmdline_remove(again, name), <=, 1);
}

static void check_remove(const char *text, const char *name)
{
    g_autoptr(Cmdline) cmdline = cmdline_parse(text);
    g_autofree char *before = others(cmdline, name);
    cmdline_remove(cmdline, name);
    g_autofree char *printed = cmdline_print(cmdline);
    g_autoptr(Cmdline) again = cmdline_parse(printed);
    g_autofree char *after = others(again, name);
    g_assert_null(cmdline_get(again, name));
    /* A placeholder may have come in the place of the last word before dom0's. */
    g_assert_true(g_str_equal(before, after) || (!*before && g_str_equal(after, "placeholder\n")));
}

static void check_simulation(const char *text)
{
    g_autoptr(Host) host = host_new();
    g_autoptr(Cmdline) cmdline = cmdline_parse(text);
    host->arch = g_strdup("x86_64");
    host->cpus = 8;
    host->memory_kib = 16 * 1024 * 1024;
    g_autoptr(Simulation) simulation = simulate(cmdline, host, NULL);
    g_assert_nonnull(simulation);
    g_assert_cmpuint(simulation->memory_kib, <=, simulation->available_kib);
    if (!simulation->max_unlimited)
        g_assert_cmpuint(simulation->memory_kib, <=, simulation->max_kib);
    g_autofree char *json = simulation_to_json(simulation, text, NULL);
    g_assert_true(g_utf8_validate(json, -1, NULL));
}

/* A hypervisor command line: printed it is what was parsed, an edit means after parsing what it meant before, and what Xen
 * would do with it can always be said. The first line of the input is the command line, the second a value to set. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *input = g_strndup((const char *)data, size), *value = NULL;
    char *second = strchr(input, '\n');
    if (second) {
        *second++ = '\0';
        value = g_strdup(second);
    }
    g_autofree char *printed = print(input);
    g_assert_cmpstr(printed, ==, input);
    check_set(input, "dom0_mem", value ? value : "1G,max:1G");
    check_set(input, "smt", "");
    check_remove(input, "dom0_mem");
    check_simulation(input);
    return 0;
}
