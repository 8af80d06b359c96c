/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/agreement.h"

#include <string.h>

#include "common/reason.h"
#include "grub/cmdline-merge.h"

#define MIB ((guint64)1024)

const char *const agreement_fields[] = {"memory", "maximum", "vcpus", "pinned", NULL};

void boot_line_clear(BootLine *boot)
{
    g_clear_pointer(&boot->line, g_free);
    g_clear_pointer(&boot->because, g_free);
    g_clear_pointer(&boot->broken, g_free);
    g_clear_pointer(&boot->simulation, simulation_free);
}

void agreement_clear(Agreement *agreement)
{
    boot_line_clear(&agreement->running);
    boot_line_clear(&agreement->configured);
    boot_line_clear(&agreement->policy);
    ballooner_clear(&agreement->xl);
    ballooner_clear(&agreement->libvirt);
}

bool boot_line_set(BootLine *boot, const char *line, const char *because, const Host *host, GError **error)
{
    g_autoptr(Cmdline) cmdline = cmdline_parse(line);
    g_autoptr(Simulation) simulation = simulate(cmdline, host, error);
    if (!simulation)
        return false;
    boot_line_clear(boot);
    boot->line = g_strdup(line);
    boot->because = g_strdup(because);
    boot->simulation = g_steal_pointer(&simulation);
    return true;
}

void boot_line_miss(BootLine *boot, const char *because)
{
    boot_line_clear(boot);
    boot->because = g_strdup(because);
}

Cmdline *cmdline_of_dom0(const Dom0Plan *plan, GError **error)
{
    g_autoptr(Cmdline) cmdline = cmdline_parse("");
    for (guint i = 0; i < plan->options->len; i++) {
        const Dom0Option *option = plan->options->pdata[i];
        if (!cmdline_set(cmdline, option->name, option->value, error))
            return NULL;
    }
    return g_steal_pointer(&cmdline);
}

char *agreement_text(const Simulation *simulation, const char *field)
{
    if (g_str_equal(field, "memory"))
        return g_strdup_printf("%s%" G_GUINT64_FORMAT " MiB", simulation->memory_estimated ? "about " : "", simulation->memory_kib / MIB);
    if (g_str_equal(field, "maximum"))
        return simulation->max_unlimited ? g_strdup("no limit")
                                         : g_strdup_printf("%s%" G_GUINT64_FORMAT " MiB", simulation->max_estimated ? "about " : "", simulation->max_kib / MIB);
    if (g_str_equal(field, "vcpus"))
        return g_strdup_printf("%u", simulation->vcpus);
    return g_strdup(simulation->pinned ? "yes" : "no");
}

/* Each field in which two lines differ. How many. */
static guint compare(GPtrArray *reasons, const Simulation *from, const Simulation *to, const char *because)
{
    guint count = 0;
    for (const char *const *field = agreement_fields; *field; field++) {
        g_autofree char *old = agreement_text(from, *field), *new = agreement_text(to, *field);
        if (g_str_equal(old, new))
            continue;
        g_autofree char *value = g_strdup_printf("%s, not %s", old, new);
        reason_add(reasons, *field, value, SEVERITY_WARNING, "%s", because);
        count++;
    }
    return count;
}

/* Debian's and others' grub.d/20_linux_xen write these themselves: nobody has configured them. */
static char *without_loader_words(const char *line)
{
    static const char *const words[] = {"placeholder", "no-real-mode", "edd=off"};
    g_autoptr(Cmdline) cmdline = cmdline_parse(line);
    g_autoptr(GString) kept = g_string_new(NULL);
    for (guint i = 0; i < cmdline->words->len; i++) {
        const char *word = cmdline_word(cmdline, i);
        bool loaders = false;
        for (gsize k = 0; k < G_N_ELEMENTS(words); k++)
            loaders |= g_str_equal(word, words[k]);
        if (!loaders)
            g_string_append_printf(kept, "%s%s", kept->len ? " " : "", word);
    }
    return g_strdup(kept->str);
}

static void compare_boots(GPtrArray *reasons, const BootLine *running, const BootLine *configured)
{
    if (running->cut)
        reason_add(reasons, "running", "cut", SEVERITY_WARNING, "Xen tells %d bytes of its line and not what follows; see the boot messages (xl dmesg)",
            CMDLINE_REPORTED_MAX);
    if (!running->line || !configured->line)
        return;
    if (compare(reasons, running->simulation, configured->simulation, "running, not configured: the configured one takes effect at the next boot"))
        return;
    g_autofree char *old = without_loader_words(running->line), *new = without_loader_words(configured->line);
    if (running->cut || cmdline_same(old, new))
        return;
    reason_add(reasons, "line", "differs", SEVERITY_WARNING, "the configured line takes effect at the next boot; dom0's size stays as it is");
}

/* The next boot's line counts; where that is not known, today's. */
static void compare_policy(GPtrArray *reasons, const Agreement *agreement)
{
    const BootLine *boot = agreement->configured.line ? &agreement->configured : &agreement->running;
    if (!boot->line || !agreement->policy.line)
        return;
    compare(reasons, boot->simulation, agreement->policy.simulation,
            boot == &agreement->configured ? "configured, not the policy: see guestctl dom0 plan" : "running, not the policy: see guestctl dom0 plan");
}

/* dom0 has nearly all: what Xen leaves when nothing is said is a 16th at most (xen 4.17 dom0_build.c default_nr_pages). */
static bool leaves_nothing(const Simulation *simulation)
{
    return simulation->memory_kib > simulation->available_kib - simulation->available_kib / 8;
}

/* One toolstack under one line; when is "now" or "at the next boot". */
static void check_balloon(GPtrArray *reasons, const Ballooner *ballooner, const Simulation *simulation, const char *when)
{
    g_autofree char *value = g_strdup_printf("autoballoon=%s", balloon_setting_name(ballooner->setting));
    bool balloons = ballooner_balloons(ballooner, simulation), full = leaves_nothing(simulation);
    if (ballooner->setting == BALLOON_UNKNOWN)
        return;
    if (balloons && !full)
        reason_add(reasons, ballooner->tool, value, SEVERITY_WARNING, "%s: dom0's size is set by dom0_mem, and yet %s takes memory from dom0 for each guest%s", when,
            ballooner->tool, ballooner->setting == BALLOON_AUTO ? ", since it does not know how dom0_mem is written; switch that off" : "; switch that off");
    else if (!balloons && full)
        reason_add(reasons, ballooner->tool, value, SEVERITY_WARNING, "%s: dom0 has nearly all memory, and %s takes none from it: guests will not fit; set dom0_mem", when,
            ballooner->tool);
    else
        reason_add(reasons, ballooner->tool, value, SEVERITY_INFO, "%s: %s", when, balloons ? "it takes memory from dom0, which has nearly all" : "it leaves dom0 its memory");
}

static void check_ballooner(GPtrArray *reasons, const Agreement *agreement, const Ballooner *ballooner)
{
    reason_add(reasons, ballooner->path, balloon_setting_name(ballooner->setting), ballooner->wrong ? SEVERITY_WARNING : SEVERITY_INFO, "%s",
        ballooner->because ? ballooner->because : "");
    if (agreement->running.line)
        check_balloon(reasons, ballooner, agreement->running.simulation, "now");
    if (agreement->configured.line)
        check_balloon(reasons, ballooner, agreement->configured.simulation, "at the next boot");
}

static void compare_ballooners(GPtrArray *reasons, const Agreement *agreement)
{
    const BootLine *boot = agreement->configured.line ? &agreement->configured : &agreement->running;
    if (!boot->line || agreement->xl.setting == BALLOON_UNKNOWN || agreement->libvirt.setting == BALLOON_UNKNOWN)
        return;
    bool xl = ballooner_balloons(&agreement->xl, boot->simulation), libvirt = ballooner_balloons(&agreement->libvirt, boot->simulation);
    if (xl != libvirt)
        reason_add(reasons, "xl and libvirt", "differ", SEVERITY_WARNING, "%s takes memory from dom0 for guests and %s does not; set both alike",
            xl ? "xl" : "libvirt", xl ? "libvirt" : "xl");
}

GPtrArray *agreement_reasons(const Agreement *agreement)
{
    GPtrArray *reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    if (agreement->configured.broken)
        reason_add(reasons, "configured", "does not boot", SEVERITY_WARNING, "%s", agreement->configured.broken);
    compare_boots(reasons, &agreement->running, &agreement->configured);
    compare_policy(reasons, agreement);
    check_ballooner(reasons, agreement, &agreement->xl);
    check_ballooner(reasons, agreement, &agreement->libvirt);
    compare_ballooners(reasons, agreement);
    return reasons;
}
