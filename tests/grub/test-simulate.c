/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/dom0.h"
#include "grub/simulate.h"

static Simulation *on(guint64 memory_mib, unsigned cpus, const char *line)
{
    g_autoptr(Host) host = host_new();
    g_autoptr(Cmdline) cmdline = cmdline_parse(line);
    g_autoptr(GError) error = NULL;
    host->arch = g_strdup("x86_64");
    host->memory_kib = memory_mib * 1024;
    host->cpus = cpus;
    Simulation *simulation = simulate(cmdline, host, &error);
    assert_no_error(error);
    return simulation;
}

#define UNLIMITED G_MAXUINT

/* Sizes that do not depend on the estimate. */
static void fixed_sizes_are_exact(void **state)
{
    static const struct {
        const char *line;
        unsigned memory_mib, min_mib, max_mib;
    } cases[] = {
        {"dom0_mem=1G,max:1G", 1024, 0, 1024},
        {"dom0_mem=1024M,max=1024M", 1024, 0, UNLIMITED},
        {"dom0_mem=320M,min=320M,max=320M", 320, 0, UNLIMITED},
        {"dom0_mem=1024", 1, 0, UNLIMITED},
        {"dom0_mem=010G", 8192, 0, UNLIMITED},
        {"dom0_mem=512M,min:768M", 768, 768, UNLIMITED},
        {"dom0_mem=512M,min:768M,max:256M", 256, 768, 256},
        {"dom0_mem=2G,max:1G", 1024, 0, 1024},
        {"dom0_mem=1G dom0_mem=max:2G", 1024, 0, 2048},
        {"dom0_mem=512MB,max:512M dom0_mem=1G", 1024, 0, UNLIMITED},
        {"dom0_mem=max:1G", 1024, 0, 1024},
        {"dom0_mem=1G,max:0", 0, 0, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Simulation) simulation = on(16384, 8, cases[i].line);
        if (simulation->memory_kib != cases[i].memory_mib * 1024ull || simulation->min_kib != cases[i].min_mib * 1024ull ||
            simulation->max_unlimited != (cases[i].max_mib == UNLIMITED) ||
            (!simulation->max_unlimited && simulation->max_kib != cases[i].max_mib * 1024ull) || simulation->memory_estimated)
            fail_msg("%s: %" G_GUINT64_FORMAT " KiB, %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT ", %s", cases[i].line, simulation->memory_kib,
                     simulation->min_kib, simulation->max_kib, simulation->memory_estimated ? "estimated" : "exact");
    }
}

/* What Xen 4.17 gave dom0 under emulation, in pages; the estimate was never more than 4 MiB off. */
static void the_estimate_is_what_was_measured(void **state)
{
    static const struct {
        guint64 total_pages;
        unsigned cpus;
        const char *line;
        guint64 pages;
    } cases[] = {
        {130943, 1, "", 120441},
        {262015, 1, "", 242361},
        {262015, 1, "dom0_mem=50%", 129259},
        {262015, 4, "dom0_mem=50%", 129209},
        {524159, 1, "dom0_mem=20%", 103620},
        {1048447, 1, "dom0_mem=10%", 103726},
        {2097023, 1, "dom0_mem=5%", 103779},
        {4194175, 1, "dom0_mem=2%", 83045},
        {262015, 1, "dom0_mem=-700M", 79318},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Host) host = host_new();
        g_autoptr(Cmdline) cmdline = cmdline_parse(cases[i].line);
        host->arch = g_strdup("x86_64");
        host->memory_kib = cases[i].total_pages * 4;
        host->cpus = cases[i].cpus;
        g_autoptr(Simulation) simulation = simulate(cmdline, host, NULL);
        assert_true(simulation->memory_estimated);
        gint64 off = (gint64)simulation->memory_kib / 4 - (gint64)cases[i].pages;
        if (ABS(off) > 1024)
            fail_msg("%" G_GUINT64_FORMAT " pages, %s: off by %" G_GINT64_FORMAT, cases[i].total_pages, cases[i].line, off);
    }
}

static void more_than_there_is_becomes_all(void **state)
{
    g_autoptr(Simulation) simulation = on(4096, 4, "dom0_mem=64G,max:64G");
    assert_int_equal(simulation->memory_kib, simulation->available_kib);
    assert_true(simulation->memory_estimated);
    assert_int_equal(simulation->starts, STARTS_NO);
    assert_contains(reason_find(simulation->reasons, "memory")->because, "asks for more than there is");
    assert_contains(reason_find(simulation->reasons, "starts")->because, "dom0 gets all there is");
    g_autoptr(Simulation) nearly = on(4096, 4, "dom0_mem=4054M,max:4054M");
    assert_int_equal(nearly->starts, STARTS_DOUBTFUL);

    g_autoptr(Simulation) below = on(4096, 4, "dom0_mem=-64G,max:1G");
    assert_int_equal(below->memory_kib, 1024 * 1024);
    assert_contains(reason_find(below->reasons, "memory")->because, "takes away more than there is");
}

/* The example of xen-command-line, and the limits around it. */
static void counts_vcpus_as_xen_does(void **state)
{
    static const struct {
        unsigned cpus;
        const char *line;
        unsigned vcpus;
    } cases[] = {
        {2, "dom0_max_vcpus=4-8", 4},  {4, "dom0_max_vcpus=4-8", 4},  {6, "dom0_max_vcpus=4-8", 6},  {8, "dom0_max_vcpus=4-8", 8},
        {10, "dom0_max_vcpus=4-8", 8}, {16, "", 16},                  {16, "dom0_max_vcpus=4", 4},   {2, "dom0_max_vcpus=4", 4},
        {16, "maxcpus=2", 2},          {16, "nosmp", 1},              {16, "maxcpus=0", 16},         {16, "dom0_max_vcpus=8-4", 4},
        {300, "dom0=pvh", 128},        {300, "", 300},                {16, "dom0_max_vcpus=-", 0},   {16, "dom0_max_vcpus=9000", 8192},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Simulation) simulation = on(16384, cases[i].cpus, cases[i].line);
        if (simulation->vcpus != cases[i].vcpus)
            fail_msg("%u CPUs, %s: %u", cases[i].cpus, cases[i].line, simulation->vcpus);
        assert_int_equal(simulation->starts == STARTS_NO, cases[i].vcpus == 0);
    }
}

static void warns_of_what_will_hurt(void **state)
{
    static const struct {
        const char *line, *field, *because;
    } cases[] = {
        {"", "memory", "is not set: all that is left, less a 16th, at most 128 MiB; that leaves next to nothing for guests"},
        {"dom0_mem=512MB", "memory", "has set no size"},
        {"dom0_mem=0", "memory", "comes to 0, which is as if it was not set"},
        {"dom0_mem=1G", "maximum", "has set no max:"},
        {"dom0_mem=1G,max:-1T", "maximum", "more than Xen can count"},
        {"dom0_mem=1024", "starts", "too small for kernel image"},
        {"dom0_mem=1G,min:20G", "minimum", "more than there is"},
        {"dom0_max_vcpus=32", "vcpus", "but Xen has 8 CPUs: they share"},
        {"dom0_mem=1G,max=1G", "xl-balloons", "as it is written xl does not know it; say autoballoon=\"off\" in xl.conf"},
        {"dom0_mem=1G+1%", "libvirt-balloons", "as it is written libvirt does not know it; say autoballoon=0 in libxl.conf"},
        {"dom0_mem=min:1G", "xl-balloons", "dom0 has nearly all: guests will lack memory"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Simulation) simulation = on(16384, 8, cases[i].line);
        const Reason *reason = reason_find(simulation->reasons, cases[i].field);
        assert_non_null(reason);
        assert_contains(reason->because, cases[i].because);
        assert_int_equal(reason->severity, SEVERITY_WARNING);
    }
}

static void a_good_line_has_no_warning(void **state)
{
    g_autoptr(Simulation) simulation = on(16384, 8, "placeholder dom0_mem=2G,max:2G dom0_max_vcpus=4 dom0_vcpus_pin loglvl=all ucode=scan");
    for (guint i = 0; i < simulation->reasons->len; i++) {
        const Reason *reason = simulation->reasons->pdata[i];
        if (reason->severity == SEVERITY_WARNING)
            fail_msg("%s: %s", reason->field, reason->because);
    }
    assert_int_equal(simulation_warnings(simulation), 0);
    assert_int_equal(simulation->starts, STARTS_YES);
    assert_true(simulation->pinned);
    assert_false(simulation->xl_balloons);
    assert_false(simulation->libvirt_balloons);
}

static void the_machine_can_be_cut(void **state)
{
    g_autoptr(Simulation) all = on(16384, 8, "dom0_mem=50%"), cut = on(16384, 8, "dom0_mem=50% mem=8G");
    assert_true(cut->memory_kib < all->memory_kib * 51 / 100);
    assert_contains(reason_find(cut->reasons, "available")->because, "as mem= or availmem= cut them");
    g_autoptr(Simulation) pvh = on(16384, 8, "dom0_mem=50% dom0=pvh");
    assert_true(pvh->memory_kib < all->memory_kib);
}

/* Every machine that the policy plans for. */
static void what_the_policy_plans_has_no_warning(void **state)
{
    static const guint64 sizes_gib[] = {2, 3, 4, 8, 16, 24, 32, 64, 128, 512, 1024, 6144};
    static const unsigned cpu_counts[] = {1, 2, 4, 6, 16, 64, 96, 256}, guest_counts[] = {0, 1, 40, 100, 300, 1000};
    for (gsize i = 0; i < G_N_ELEMENTS(sizes_gib) * G_N_ELEMENTS(cpu_counts) * G_N_ELEMENTS(guest_counts); i++) {
        gsize size = i % G_N_ELEMENTS(sizes_gib), rest = i / G_N_ELEMENTS(sizes_gib);
        Dom0Facts facts = {.memory_kib = sizes_gib[size] * 1024 * 1024 - 600,
                           .cpus = cpu_counts[rest % G_N_ELEMENTS(cpu_counts)],
                           .guests = guest_counts[rest / G_N_ELEMENTS(cpu_counts)]};
        g_autoptr(Dom0Plan) plan = dom0_plan(&facts, NULL);
        g_autoptr(GString) line = g_string_new("placeholder");
        for (guint k = 0; k < plan->options->len; k++) {
            const Dom0Option *option = plan->options->pdata[k];
            g_string_append_printf(line, " %s%s%s", option->name, option->value ? "=" : "", option->value ? option->value : "");
        }
        g_autoptr(Simulation) simulation = on(sizes_gib[size] * 1024, facts.cpus, line->str);
        for (guint k = 0; k < simulation->reasons->len; k++) {
            const Reason *reason = simulation->reasons->pdata[k];
            if (reason->severity == SEVERITY_WARNING)
                fail_msg("%" G_GUINT64_FORMAT " GiB, %s: %s: %s", sizes_gib[size], line->str, reason->field, reason->because);
        }
        assert_int_equal(simulation->memory_kib, plan->memory_kib);
        assert_int_equal(simulation->max_kib, plan->memory_kib);
        assert_int_equal(simulation->vcpus, plan->vcpus);
        assert_int_equal(simulation->pinned, plan->pin);
        assert_int_equal(simulation->starts, STARTS_YES);
    }
}

static void another_xen_is_named(void **state)
{
    g_autoptr(Host) host = host_new();
    g_autoptr(Cmdline) cmdline = cmdline_parse("dom0_mem=1G,max:1G");
    host->arch = g_strdup("x86_64");
    host->memory_kib = 16 * 1024 * 1024;
    host->cpus = 8;
    host->xen.version = g_strdup("4.19.1");
    g_autoptr(Simulation) other = simulate(cmdline, host, NULL);
    assert_contains(reason_find(other->reasons, "version")->because, "by the rules of Xen 4.17");
    g_free(host->xen.version);
    host->xen.version = g_strdup("4.17.7-pre");
    g_autoptr(Simulation) same = simulate(cmdline, host, NULL);
    assert_null(reason_find(same->reasons, "version"));
}

static void a_host_that_is_not_known_is_refused(void **state)
{
    g_autoptr(Host) host = host_new();
    g_autoptr(Cmdline) cmdline = cmdline_parse("");
    g_autoptr(GError) arm = NULL, empty = NULL;
    host->arch = g_strdup("aarch64");
    assert_null(simulate(cmdline, host, &arm));
    assert_error(arm, GUESTCTL_ERROR_UNSUPPORTED, "not for aarch64");
    g_free(host->arch);
    host->arch = g_strdup("x86_64");
    assert_null(simulate(cmdline, host, &empty));
    assert_error(empty, GUESTCTL_ERROR_INVALID, "cpus or memory_kib are not known");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_sizes_are_exact),
        cmocka_unit_test(the_estimate_is_what_was_measured),
        cmocka_unit_test(more_than_there_is_becomes_all),
        cmocka_unit_test(counts_vcpus_as_xen_does),
        cmocka_unit_test(warns_of_what_will_hurt),
        cmocka_unit_test(a_good_line_has_no_warning),
        cmocka_unit_test(the_machine_can_be_cut),
        cmocka_unit_test(what_the_policy_plans_has_no_warning),
        cmocka_unit_test(another_xen_is_named),
        cmocka_unit_test(a_host_that_is_not_known_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
