/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/agreement.h"

/* On a machine of 64 GiB and 16 CPUs; NULL: not known. */
static GPtrArray *agree(const char *running, const char *configured, const char *policy, BalloonSetting xl, BalloonSetting libvirt)
{
    g_autoptr(Host) host = host_new();
    host->arch = g_strdup("x86_64");
    host->cpus = 16;
    host->memory_kib = 64 * 1024 * 1024;
    g_auto(Agreement) agreement = {.xl = {.tool = "xl", .path = "/etc/xen/xl.conf", .setting = xl},
                                   .libvirt = {.tool = "libvirt", .path = "/etc/libvirt/libxl.conf", .setting = libvirt}};
    const char *lines[] = {running, configured, policy};
    BootLine *boots[] = {&agreement.running, &agreement.configured, &agreement.policy};
    for (gsize i = 0; i < 3; i++) {
        g_autoptr(GError) error = NULL;
        if (lines[i])
            boot_line_set(boots[i], lines[i], "the test", host, &error);
        assert_no_error(error);
    }
    agreement.running.cut = running && strlen(running) >= CMDLINE_REPORTED_MAX;
    return agreement_reasons(&agreement);
}

static guint warnings(const GPtrArray *reasons)
{
    guint count = 0;
    for (guint i = 0; i < reasons->len; i++)
        count += ((const Reason *)reasons->pdata[i])->severity == SEVERITY_WARNING;
    return count;
}

static void has(const GPtrArray *reasons, const char *field, const char *value, const char *because)
{
    for (guint i = 0; i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        if (reason->severity == SEVERITY_WARNING && g_str_equal(reason->field, field) && g_str_equal(reason->value, value) &&
            strstr(reason->because, because))
            return;
    }
    for (guint i = 0; i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        print_error("%s: %s: %s\n", reason->field, reason->value, reason->because);
    }
    fail_msg("no warning of %s with %s, %s", field, value, because);
}

#define POLICY "dom0_mem=4096M,max:4096M dom0_max_vcpus=4 dom0_vcpus_pin"

static void lines_that_are_one_agree(void **state)
{
    g_autoptr(GPtrArray) reasons = agree("placeholder " POLICY " no-real-mode edd=off", POLICY, POLICY, BALLOON_AUTO, BALLOON_OFF);
    assert_int_equal(warnings(reasons), 0);
    assert_true(reasons->len > 0);
}

static void what_changes_at_the_next_boot_is_told(void **state)
{
    g_autoptr(GPtrArray) reasons = agree("dom0_mem=1G,max:1G", POLICY, POLICY, BALLOON_AUTO, BALLOON_AUTO);
    has(reasons, "memory", "1024 MiB, not 4096 MiB", "the configured one takes effect at the next boot");
    has(reasons, "maximum", "1024 MiB, not 4096 MiB", "next boot");
    has(reasons, "vcpus", "16, not 4", "next boot");
    has(reasons, "pinned", "no, not yes", "next boot");
    assert_int_equal(warnings(reasons), 4);

    g_autoptr(GPtrArray) other = agree(POLICY " loglvl=all", POLICY " smt=0", POLICY, BALLOON_AUTO, BALLOON_AUTO);
    has(other, "line", "differs", "takes effect at the next boot; dom0's size stays as it is");
    assert_int_equal(warnings(other), 1);
}

static void the_policy_is_held_against_the_next_boot(void **state)
{
    g_autoptr(GPtrArray) reasons = agree(POLICY, "dom0_mem=4096M dom0_max_vcpus=4 dom0_vcpus_pin", POLICY, BALLOON_AUTO, BALLOON_AUTO);
    has(reasons, "maximum", "no limit, not 4096 MiB", "configured, not the policy: see guestctl dom0 plan");
    assert_int_equal(warnings(reasons), 2);

    g_autoptr(GPtrArray) running = agree("dom0_mem=4096M,max:4096M dom0_vcpus_pin", NULL, POLICY, BALLOON_AUTO, BALLOON_AUTO);
    has(running, "vcpus", "16, not 4", "running, not the policy");
    assert_int_equal(warnings(running), 1);
}

static void ballooning_must_fit_the_line(void **state)
{
    static const struct {
        const char *line;
        BalloonSetting xl, libvirt;
        guint count;
        const char *field, *value, *because;
    } cases[] = {
        {POLICY, BALLOON_ON, BALLOON_ON, 2, "xl", "autoballoon=on", "dom0's size is set by dom0_mem, and yet xl takes memory from dom0 for each guest; switch"},
        {POLICY, BALLOON_ON, BALLOON_OFF, 2, "xl and libvirt", "differ", "xl takes memory from dom0 for guests and libvirt does not; set both alike"},
        {"dom0_max_vcpus=4", BALLOON_OFF, BALLOON_AUTO, 2, "xl", "autoballoon=off", "dom0 has nearly all memory, and xl takes none from it: guests will not fit"},
        {"dom0_max_vcpus=4", BALLOON_AUTO, BALLOON_ON, 0, NULL, NULL, NULL},
        {"dom0_mem=10%", BALLOON_AUTO, BALLOON_AUTO, 2, "libvirt", "autoballoon=auto", "since it does not know how dom0_mem is written"},
        {"dom0_mem=10%", BALLOON_AUTO, BALLOON_OFF, 0, NULL, NULL, NULL},
        {"dom0_mem=10%", BALLOON_AUTO, BALLOON_UNKNOWN, 0, NULL, NULL, NULL},
        {"dom0_mem=99%", BALLOON_OFF, BALLOON_OFF, 2, "libvirt", "autoballoon=off", "guests will not fit"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) reasons = agree(cases[i].line, NULL, NULL, cases[i].xl, cases[i].libvirt);
        if (cases[i].field)
            has(reasons, cases[i].field, cases[i].value, cases[i].because);
        if (warnings(reasons) != cases[i].count)
            fail_msg("%zu: %u warnings", i, warnings(reasons));
    }
}

static void a_line_that_xen_cut_is_not_compared_word_by_word(void **state)
{
    g_autofree char *filler = g_strnfill(1100, 'x'), *configured = g_strconcat(POLICY " ", filler, NULL), *running = g_strndup(configured, 1023);
    g_autoptr(GPtrArray) reasons = agree(running, configured, POLICY, BALLOON_AUTO, BALLOON_AUTO);
    has(reasons, "running", "cut", "Xen tells 1023 bytes of its line and not what follows");
    assert_int_equal(warnings(reasons), 1);
}

static void nothing_that_is_known_is_no_disagreement(void **state)
{
    g_autoptr(GPtrArray) reasons = agree(NULL, NULL, POLICY, BALLOON_UNKNOWN, BALLOON_UNKNOWN);
    assert_int_equal(warnings(reasons), 0);
}

static void settings_are_taken_as_each_tool_takes_them(void **state)
{
    static const struct {
        const char *value;
        BalloonSetting setting;
        bool wrong;
    } xl[] = {{NULL, BALLOON_AUTO, false}, {"auto", BALLOON_AUTO, false}, {"1", BALLOON_ON, false}, {"on", BALLOON_ON, false},
              {"off", BALLOON_OFF, false}, {"0", BALLOON_OFF, false}, {"yes", BALLOON_AUTO, true}, {"ON", BALLOON_AUTO, true}},
      libvirt[] = {{NULL, BALLOON_AUTO, false}, {"1", BALLOON_ON, false}, {"0", BALLOON_OFF, false}, {"2", BALLOON_UNKNOWN, true}};
    Ballooner ballooner = {.tool = "xl"};
    for (gsize i = 0; i < G_N_ELEMENTS(xl); i++) {
        ballooner_set_xl(&ballooner, xl[i].value);
        assert_int_equal(ballooner.setting, xl[i].setting);
        assert_int_equal(ballooner.wrong, xl[i].wrong);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(libvirt); i++) {
        ballooner_set_libvirt(&ballooner, libvirt[i].value, false);
        assert_int_equal(ballooner.setting, libvirt[i].setting);
        assert_int_equal(ballooner.wrong, libvirt[i].wrong);
    }
    ballooner_set_libvirt(&ballooner, "1", true);
    assert_string_equal(ballooner.because, "autoballoon = \"1\" is neither 0 nor 1: libvirt's Xen driver does not start");
    ballooner_clear(&ballooner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_that_are_one_agree),
        cmocka_unit_test(what_changes_at_the_next_boot_is_told),
        cmocka_unit_test(the_policy_is_held_against_the_next_boot),
        cmocka_unit_test(ballooning_must_fit_the_line),
        cmocka_unit_test(a_line_that_xen_cut_is_not_compared_word_by_word),
        cmocka_unit_test(nothing_that_is_known_is_no_disagreement),
        cmocka_unit_test(settings_are_taken_as_each_tool_takes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
