/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/simulate.h"

#include <string.h>

#include "common/error.h"
#include "grub/balloon.h"
#include "grub/xen-settings.h"

#define PAGE_KIB 4
#define MIB_PAGES 256u
#define PV_VCPUS_MAX 8192 /* xen 4.17 x86 config.h MAX_VIRT_CPUS */
#define HVM_VCPUS_MAX 128 /* xen 4.17 hvm_info_table.h */

/* What Xen keeps of all memory, in pages: 32 bytes for each page (its struct page_info), 8 (the table from machine to
 * guest pages), itself, and something for each CPU. Measured on Xen 4.17 with 512 MiB to 16 GiB; an IOMMU takes another
 * 512th. */
#define XEN_PART(total) ((total) / 128 + (total) / 512)
#define XEN_FIXED 940
#define XEN_PER_CPU 32

/* Under this no Linux of a distribution starts at all. */
#define NEVER_STARTS_KIB (32 * 1024)

typedef struct Simulator {
    Simulation *result;
    const XenSettings *settings;
    const Host *host;
    guint64 available; /* pages */
    bool most;         /* dom0 has nearly all of it */
} Simulator;

static void because(Simulator *simulator, const char *field, char *value, Severity severity, const char *format, ...) G_GNUC_PRINTF(5, 6);
static void because(Simulator *simulator, const char *field, char *value, Severity severity, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(simulator->result->reasons, reason_new(field, value, severity, text));
    g_free(value);
}

static char *yes_no(bool yes)
{
    return g_strdup(yes ? "yes" : "no");
}

static char *pages_text(guint64 pages, bool estimated)
{
    const char *about = estimated ? "about " : "";
    if (pages < MIB_PAGES)
        return g_strdup_printf("%s%" G_GUINT64_FORMAT " KiB", about, pages * PAGE_KIB);
    return g_strdup_printf("%s%" G_GUINT64_FORMAT " MiB", about, pages / MIB_PAGES);
}

/* xen 4.17 setup.c: nosmp wins over maxcpus, and maxcpus=0 is no limit. */
static void find_cpus(Simulator *simulator)
{
    const XenSettings *settings = simulator->settings;
    unsigned cpus = simulator->host->cpus;
    if (settings->nosmp)
        cpus = 1;
    else if (settings->max_cpus > 0)
        cpus = MIN(cpus, settings->max_cpus);
    simulator->result->cpus = cpus;
}

/* xen 4.17 dom0_build.c dom0_max_vcpus() */
static void find_vcpus(Simulator *simulator)
{
    const XenSettings *settings = simulator->settings;
    unsigned limit = settings->pvh ? HVM_VCPUS_MAX : PV_VCPUS_MAX, cpus = simulator->result->cpus;
    unsigned vcpus = MIN(MIN(MAX(cpus, settings->min_vcpus), settings->max_vcpus), limit);
    simulator->result->vcpus = vcpus;
    simulator->result->pinned = settings->pin;

    char *text = g_strdup_printf("%u", vcpus);
    if (vcpus == 0)
        because(simulator, "vcpus", text, SEVERITY_WARNING, "dom0_max_vcpus ends with a maximum of 0: Xen stops with \"Error creating d0\"");
    else if (vcpus > cpus)
        because(simulator, "vcpus", text, SEVERITY_WARNING, "dom0_max_vcpus asks for them, but Xen has %u CPU%s: they share", cpus, cpus == 1 ? "" : "s");
    else if (settings->max_vcpus == G_MAXUINT && settings->min_vcpus == 1)
        because(simulator, "vcpus", text, SEVERITY_INFO, "dom0_max_vcpus is not set: one for each CPU%s",
                settings->smt_off ? " (with smt=off Xen leaves each core's second thread out: fewer)"
                : settings->nodes->len ? " of dom0_nodes, for which this takes all" : "");
    else
        because(simulator, "vcpus", text, SEVERITY_INFO, "dom0_max_vcpus, on %u CPU%s", cpus, cpus == 1 ? "" : "s");
    because(simulator, "pinned", yes_no(settings->pin), SEVERITY_INFO,
            settings->pin ? "dom0_vcpus_pin: each vcpu stays on one CPU" : "dom0_vcpus_pin is not set: vcpus move between CPUs");
}

/* Pages that a dom0 with paging takes for that (xen 4.17 dom0_build.c dom0_paging_pages). */
static guint64 paging_pages(const Simulator *simulator, guint64 pages)
{
    const XenSettings *settings = simulator->settings;
    unsigned tables = settings->pvh ? 1 + settings->shadow : settings->shadow;
    guint64 kib = 4 * (256 * (guint64)simulator->result->vcpus + tables * (pages / MIB_PAGES));
    return (kib + 1023) / 1024 * MIB_PAGES;
}

/* All that is free, less a 16th, 128 MiB at most (xen 4.17 dom0_build.c default_nr_pages). */
static guint64 default_pages(guint64 available)
{
    return available - MIN(available / 16, 128 * MIB_PAGES);
}

/* xen 4.17 dom0_build.c dom0_compute_nr_pages(): the maximum wins over the minimum. */
static guint64 initial_pages(const Dom0Mem *mem, guint64 available)
{
    guint64 pages = dom0_size_pages(&mem->size, available);
    pages = pages ? pages : default_pages(available);
    pages = MAX(pages, dom0_size_pages(&mem->min, available));
    return MIN(MIN(pages, dom0_size_pages(&mem->max, available)), available);
}

static void find_available(Simulator *simulator)
{
    const XenSettings *settings = simulator->settings;
    guint64 total = simulator->host->memory_kib / PAGE_KIB;
    if (settings->mem_bytes)
        total = MIN(total, settings->mem_bytes >> 12);
    if (settings->availmem_bytes)
        total = MIN(total, settings->availmem_bytes >> 12);
    guint64 kept = XEN_PART(total) + XEN_FIXED + XEN_PER_CPU * (guint64)(simulator->result->cpus - 1) +
                   (simulator->result->vcpus ? simulator->result->vcpus - 1 : 0);
    guint64 available = total - MIN(total, kept);
    if (settings->pvh || settings->shadow)
        available -= MIN(available, paging_pages(simulator, initial_pages(&settings->memory, available)));
    simulator->available = available;
    simulator->result->available_kib = available * PAGE_KIB;
    because(simulator, "available", pages_text(available, true), SEVERITY_INFO,
            "an estimate: the machine's %" G_GUINT64_FORMAT " MiB%s, less a 128th and a 512th for Xen's tables, and Xen itself%s%s",
            simulator->host->memory_kib / 1024, total < simulator->host->memory_kib / PAGE_KIB ? " as mem= or availmem= cut them" : "",
            settings->pvh || settings->shadow ? ", and dom0's page tables" : "",
            settings->nodes->len ? "; of dom0_nodes it is only their part, which is not known here" : "");
}

static const char *memory_cause(const Dom0Mem *mem, guint64 asked, guint64 available, guint64 pages)
{
    guint64 min = dom0_size_pages(&mem->min, available), max = dom0_size_pages(&mem->max, available);
    bool set = dom0_size_pages(&mem->size, available) != 0;
    if (max < asked && pages == max)
        return min > max ? "the maximum; the minimum is above it and does not count" : "the maximum of dom0_mem";
    if (min > asked && pages == min)
        return "the minimum of dom0_mem";
    if (pages == available && set)
        return "dom0_mem asks for more than there is, so dom0 gets all that is left";
    if (set)
        return "dom0_mem";
    return mem->size_set ? "dom0_mem's size comes to 0, which is as if it was not set: all that is left, less a 16th, at most 128 MiB"
           : mem->given ? "dom0_mem has set no size: all that is left, less a 16th, at most 128 MiB"
                        : "dom0_mem is not set: all that is left, less a 16th, at most 128 MiB";
}

static void find_minimum(Simulator *simulator, guint64 min)
{
    char *text = min ? pages_text(min, dom0_size_is_relative(&simulator->settings->memory.min)) : g_strdup("-");
    if (min > simulator->available)
        because(simulator, "minimum", text, SEVERITY_WARNING, "min: of dom0_mem is more than there is");
    else
        because(simulator, "minimum", text, SEVERITY_INFO,
                min ? "min: of dom0_mem: what Xen starts dom0 with at least; toolstacks do not look at it" : "dom0_mem has no min:");
}

static void find_memory(Simulator *simulator)
{
    const Dom0Mem *mem = &simulator->settings->memory;
    Simulation *result = simulator->result;
    guint64 available = simulator->available, size = dom0_size_pages(&mem->size, available);
    guint64 asked = size ? size : default_pages(available), pages = initial_pages(mem, available);
    guint64 min = dom0_size_pages(&mem->min, available);
    bool wraps = mem->size.minus && mem->size.pages + mem->size.percent * available / 100 > available;

    result->memory_kib = pages * PAGE_KIB;
    result->min_kib = MIN(min, available) * PAGE_KIB;
    /* What does not move with the estimate is none. */
    result->memory_estimated = pages != initial_pages(mem, available - available / 50);

    bool most = pages > available - available / 10;
    simulator->most = most;
    char *text = pages_text(pages, result->memory_estimated);
    if (wraps)
        because(simulator, "memory", text, SEVERITY_WARNING,
                "dom0_mem takes away more than there is; Xen counts below zero and gives dom0 as much as its maximum and the machine allow");
    else
        because(simulator, "memory", text, most ? SEVERITY_WARNING : SEVERITY_INFO, "%s%s", memory_cause(mem, asked, available, pages),
                most ? "; that leaves next to nothing for guests" : "");
    find_minimum(simulator, min);
}

static void find_maximum(Simulator *simulator)
{
    const Dom0Mem *mem = &simulator->settings->memory;
    Simulation *result = simulator->result;
    guint64 max = dom0_size_pages(&mem->max, simulator->available);
    result->max_unlimited = max >= G_MAXUINT32; /* xen 4.17: max_pages has 32 bits, and all ones is no limit */
    result->max_kib = result->max_unlimited ? 0 : max * PAGE_KIB;
    result->max_estimated = !result->max_unlimited && dom0_size_is_relative(&mem->max);
    if (result->max_unlimited && mem->max_set)
        because(simulator, "maximum", g_strdup("unlimited"), SEVERITY_WARNING, "max: of dom0_mem comes to more than Xen can count");
    else if (result->max_unlimited)
        because(simulator, "maximum", g_strdup("unlimited"), SEVERITY_WARNING,
                "dom0_mem has set no max:, so dom0 may take any memory that is free; write max: with the same size");
    else
        because(simulator, "maximum", pages_text(max, result->max_estimated), max < result->memory_kib / PAGE_KIB ? SEVERITY_WARNING : SEVERITY_INFO,
                "max: of dom0_mem");
}

/* Xen gives dom0 all there is when it asks for that, and then lacks memory to finish dom0: 4.17 stops with "Not enough RAM
 * for DOM0 reservation" or a BUG in dom0_build.c, against what xen-command-line promises. The estimate has its margins. */
static Starts starts_without_rest(const Simulator *simulator)
{
    const Dom0Mem *mem = &simulator->settings->memory;
    guint64 available = simulator->available, more = available + available / 50;
    if (initial_pages(mem, more) == more)
        return STARTS_NO;
    return initial_pages(mem, available) > available - available / 100 ? STARTS_DOUBTFUL : STARTS_YES;
}

static void find_starts(Simulator *simulator)
{
    Simulation *result = simulator->result;
    Starts rest = starts_without_rest(simulator);
    result->starts = result->vcpus == 0 || result->memory_kib < NEVER_STARTS_KIB ? STARTS_NO
                     : rest == STARTS_YES && result->memory_kib < SIMULATE_MAY_NOT_START_KIB ? STARTS_DOUBTFUL
                                                                                    : rest;
    char *text = g_strdup(starts_name(result->starts));
    if (result->vcpus == 0)
        because(simulator, "starts", text, SEVERITY_WARNING, "dom0 has no vcpu");
    else if (rest != STARTS_YES)
        because(simulator, "starts", text, SEVERITY_WARNING, "dom0 gets all there is; Xen needs some itself to finish it, and stops");
    else if (result->memory_kib < SIMULATE_MAY_NOT_START_KIB)
        because(simulator, "starts", text, SEVERITY_WARNING,
                "a kernel and its RAM disk need more: Xen stops with \"allocation is too small for kernel image\", or the kernel runs out");
    else
        because(simulator, "starts", text, SEVERITY_INFO, "it has memory and vcpus");
}

static void find_balloon(Simulator *simulator, const char *name, bool balloons, bool *field)
{
    const Dom0Mem *mem = &simulator->settings->memory;
    bool fixed = mem->size_set || mem->max_set || mem->min.pages || mem->min.percent;
    const char *whose = g_str_equal(name, "xl-balloons") ? "xl" : "libvirt";
    *field = balloons;
    if (balloons && fixed)
        because(simulator, name, yes_no(true), SEVERITY_WARNING,
                "Xen has taken dom0_mem, but as it is written %s does not know it; say autoballoon=%s in %s", whose,
                *whose == 'x' ? "\"off\"" : "0", *whose == 'x' ? "xl.conf" : "libxl.conf");
    else if (balloons)
        because(simulator, name, yes_no(true), SEVERITY_INFO, "%s takes memory from dom0 for each guest, since dom0_mem is not set", whose);
    else if (simulator->most)
        because(simulator, name, yes_no(false), SEVERITY_WARNING,
                "%s takes dom0's memory for fixed, but dom0 has nearly all: guests will lack memory", whose);
    else
        because(simulator, name, yes_no(false), SEVERITY_INFO, "%s sees that dom0's memory is fixed", whose);
}

static bool check_host(const Host *host, GError **error)
{
    if (g_strcmp0(host->arch, "x86_64") != 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "Xen's command line is known for x86_64, not for %s", host->arch);
        return false;
    }
    if (host->cpus == 0 || host->memory_kib < 16 * 1024) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the host's cpus or memory_kib are not known");
        return false;
    }
    return true;
}

Simulation *simulate(const Cmdline *cmdline, const Host *host, GError **error)
{
    if (!check_host(host, error))
        return NULL;
    g_autoptr(XenSettings) settings = xen_settings_read(cmdline);
    Simulation *result = g_new0(Simulation, 1);
    result->reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    Simulator simulator = {.result = result, .settings = settings, .host = host};
    find_cpus(&simulator);
    find_vcpus(&simulator);
    find_available(&simulator);
    find_memory(&simulator);
    find_maximum(&simulator);
    find_starts(&simulator);
    g_autofree char *line = cmdline_of_xen(cmdline);
    find_balloon(&simulator, "xl-balloons", balloon_by_xl(line), &result->xl_balloons);
    find_balloon(&simulator, "libvirt-balloons", balloon_by_libvirt(line), &result->libvirt_balloons);
    if (host->xen.version && !g_str_has_prefix(host->xen.version, "4.17"))
        because(&simulator, "version", g_strdup(host->xen.version), SEVERITY_INFO, "this machine's Xen; all this is by the rules of Xen 4.17");
    if (strlen(line) > CMDLINE_REPORTED_MAX)
        because(&simulator, "line", g_strdup_printf("%" G_GSIZE_FORMAT " bytes", strlen(line)), SEVERITY_WARNING,
                "Xen tells xl and libvirt its first %d bytes alone", CMDLINE_REPORTED_MAX);
    g_ptr_array_extend_and_steal(result->reasons, g_steal_pointer(&settings->reasons));
    return result;
}
