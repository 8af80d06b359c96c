/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/xen-option.h"

static const XenOption *find(const char *word)
{
    g_auto(CmdlineOption) option = {0};
    cmdline_option_read(word, &option);
    return xen_option_find(&option);
}

static void knows_xens_options_by_name(void **state)
{
    static const char *const known[] = {"dom0_mem=1G", "no-smt", "noreboot", "placeholder", "no-real-mode", "edd=off", "spec-ctrl=no",
                                        "ivrs_ioapic[4]=00:14.0", "ivrs_hpet[0]=00:14.0", "dom0=pvh", "mtrr.show"};
    static const char *const unknown[] = {"dom0-mem=1G", "Dom0_mem=1G", "quiet", "root=/dev/sda1", "dom0_mem:1G", "ivrs_ioapic", "no-no-smt",
                                          "\"smt", "", "=", "no-", "no-ivrs_ioapic[4]=00:14.0"};
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (!find(known[i]))
            fail_msg("%s is not known", known[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(unknown); i++)
        if (find(unknown[i]))
            fail_msg("%s is known", unknown[i]);
    assert_int_equal(find("dtuart=x")->kind, XEN_OPTION_ARM);
    assert_true(find("flask=disabled")->optional);
}

static void a_slip_gets_the_nearest_option(void **state)
{
    assert_string_equal(xen_option_nearest("dom0-mem"), "dom0_mem");
    assert_string_equal(xen_option_nearest("dom0_vcpu_pin"), "dom0_vcpus_pin");
    assert_string_equal(xen_option_nearest("dom0_max_vcpu"), "dom0_max_vcpus");
    assert_string_equal(xen_option_nearest("iomu"), "iommu");
    assert_null(xen_option_nearest("rootflags_of_it_all"));
}

static void values_are_checked_by_kind(void **state)
{
    static const struct {
        const char *word, *fault;
    } cases[] = {
        {"noreboot", NULL},      {"noreboot=yes", NULL},  {"noreboot=maybe", "no boolean"}, {"maxcpus=4", NULL},      {"maxcpus=4x", "no number"},
        {"maxcpus=-1", NULL},    {"maxcpus=5000000000", "too large"}, {"maxcpus=-5000000000", "too large"},    {"mem=4G", NULL},        {"mem=4GB", "no number"},         {"sched=anything", NULL}, {"no-dom0_mem", NULL},
        {"no-dom0_mem=1G", "takes no value"}, {"edd=x", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cases[i].word, &option);
        const char *fault = xen_option_fault(xen_option_find(&option), &option);
        if (!fault != !cases[i].fault || (fault && !strstr(fault, cases[i].fault)))
            fail_msg("%s: %s", cases[i].word, fault ? fault : "no fault");
    }
}

static void no_turns_a_boolean_round(void **state)
{
    static const struct {
        const char *word;
        int value;
    } cases[] = {{"smt", 1}, {"no-smt", 0}, {"smt=", 1}, {"smt=off", 0}, {"no-smt=off", 1}, {"no-smt=1", 0}, {"smt=2", -1}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cases[i].word, &option);
        assert_int_equal(xen_option_bool(&option), cases[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_xens_options_by_name),
        cmocka_unit_test(a_slip_gets_the_nearest_option),
        cmocka_unit_test(values_are_checked_by_kind),
        cmocka_unit_test(no_turns_a_boolean_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
