/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/xen-settings.h"

static XenSettings *read_line(const char *line)
{
    g_autoptr(Cmdline) cmdline = cmdline_parse(line);
    return xen_settings_read(cmdline);
}

static void reads_the_number_of_vcpus_as_xen_does(void **state)
{
    static const struct {
        const char *line;
        unsigned min, max;
        bool refused;
    } cases[] = {
        {"", 1, G_MAXUINT, false},                                  {"dom0_max_vcpus=4", 4, 4, false},
        {"dom0_max_vcpus=4-8", 4, 8, false},                        {"dom0_max_vcpus=-8", 1, 8, false},
        {"dom0_max_vcpus=4-", 4, G_MAXUINT, false},                 {"dom0_max_vcpus=0", 1, 1, false},
        {"dom0_max_vcpus=", 1, 1, false},                           {"dom0_max_vcpus=-", 1, 0, false},
        {"dom0_max_vcpus=0x4", 4, 4, false},                        {"dom0_max_vcpus=8-4", 8, 4, false},
        {"dom0_max_vcpus=4,", 4, G_MAXUINT, false},                 {"dom0_max_vcpus=4x8", 4, G_MAXUINT, true},
        {"dom0_max_vcpus=4-8x", 4, 8, true},                        {"dom0_max_vcpus=four", 1, G_MAXUINT, true},
        {"no-dom0_max_vcpus", 1, G_MAXUINT, true},                  {"dom0_max_vcpus=4 dom0_max_vcpus=-2", 4, 2, false},
        {"dom0_max_vcpus=4294967297", 1, 1, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(XenSettings) settings = read_line(cases[i].line);
        const Reason *reason = reason_find(settings->reasons, "dom0_max_vcpus");
        bool refused = reason && reason->severity == SEVERITY_WARNING;
        if (settings->min_vcpus != cases[i].min || settings->max_vcpus != cases[i].max || refused != cases[i].refused)
            fail_msg("%s: %u to %u, %s", cases[i].line, settings->min_vcpus, settings->max_vcpus, reason ? reason->because : "not refused");
    }
}

static void pinning_has_two_ways(void **state)
{
    static const struct {
        const char *line;
        bool pin;
    } cases[] = {{"", false}, {"dom0_vcpus_pin", true}, {"dom0_vcpus_pin=no", false}, {"dom0_vcpus_pin no-dom0_vcpus_pin", false},
                 {"cpufreq=dom0-kernel", true}, {"cpufreq=xen:performance", false}, {"dom0_vcpus_pin dom0_vcpus_pin=2", true},
                 {"placeholder -- dom0_vcpus_pin", false}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(XenSettings) settings = read_line(cases[i].line);
        assert_int_equal(settings->pin, cases[i].pin);
    }
}

static void the_good_items_of_a_list_count(void **state)
{
    g_autoptr(XenSettings) settings = read_line("dom0_nodes=0,relaxed,x,1,2x dom0=pvh,colour,shadow=off,no-verbose");
    assert_int_equal(settings->nodes->len, 2);
    assert_int_equal(g_array_index(settings->nodes, guint, 1), 1);
    assert_true(settings->nodes_relaxed);
    assert_true(settings->pvh);
    assert_int_equal(settings->reasons->len, 2);

    g_autoptr(XenSettings) good = read_line("dom0_nodes=0,1,strict dom0=pvh,pv,verbose=1,msr-relaxed,cpuid-faulting=no,shadow");
    assert_int_equal(good->reasons->len, 0);
    assert_false(good->pvh);
    assert_true(good->shadow);
}

static void the_machine_can_be_made_smaller(void **state)
{
    g_autoptr(XenSettings) settings = read_line("maxcpus=2 nosmp mem=4G availmem=3G smt=off");
    assert_int_equal(settings->max_cpus, 2);
    assert_true(settings->nosmp);
    assert_true(settings->smt_off);
    assert_int_equal(settings->mem_bytes, 4ull << 30);
    assert_int_equal(settings->availmem_bytes, 3ull << 30);
}

static void a_number_that_is_too_large_changes_nothing(void **state)
{
    g_autoptr(XenSettings) settings = read_line("maxcpus=4 maxcpus=5000000000");
    assert_int_equal(settings->max_cpus, 4);
    g_autoptr(XenSettings) minus = read_line("maxcpus=-1");
    assert_int_equal(minus->max_cpus, G_MAXUINT32);
}

static void a_word_that_is_ignored_is_named(void **state)
{
    static const struct {
        const char *line, *field, *because;
    } cases[] = {
        {"dom0-mem=1G", "dom0-mem", "did you mean dom0_mem?"},
        {"quiet", "quiet", "belongs on the kernel's line"},
        {"\"dom0_mem=1G\"", "\"dom0_mem", "quotes mean nothing to Xen"},
        {"smt\tdom0_mem=1G", "smt\tdom0_mem", "a tab does not separate words"},
        {"dtuart=x", "dtuart", "an option of Xen on Arm"},
        {"dom0_vcpus_pin=y", "dom0_vcpus_pin", "Xen refuses it: it is no boolean"},
        {"no-dom0_mem=1G", "dom0_mem", "takes no value"},
        {"no-dom0_mem", "dom0_mem", "\"no\" is no size"},
        {"a -- b", "--", "belongs to dom0's kernel"},
        {"flask=enforcing", "flask", "only a Xen that was built for it"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(XenSettings) settings = read_line(cases[i].line);
        const Reason *reason = reason_find(settings->reasons, cases[i].field);
        assert_non_null(reason);
        assert_contains(reason->because, cases[i].because);
    }
}

static void a_word_that_is_cut_counts_as_far_as_it_is_kept(void **state)
{
    g_autoptr(GString) line = g_string_new("dom0_mem=512M,min:256M,max:");
    while (line->len < CMDLINE_WORD_MAX - 1)
        g_string_append_c(line, '0');
    g_string_append(line, "12G"); /* "1" is kept, "2G" is not */
    g_autoptr(XenSettings) settings = read_line(line->str);
    assert_int_equal(settings->memory.max.pages, 0); /* 01: 1 KiB */
    assert_int_equal(settings->memory.size.pages, 512 * 256);
    const Reason *reason = settings->reasons->pdata[0];
    assert_contains(reason->because, "keeps 127 bytes of a word and drops the other 2");
}

static void reasons_are_utf8_whatever_the_line_is(void **state)
{
    g_autoptr(XenSettings) settings = read_line("a\xff dom0_mem=\xfe dom0=\xfd,\xfc");
    assert_int_equal(settings->reasons->len, 3);
    for (guint i = 0; i < settings->reasons->len; i++) {
        const Reason *reason = settings->reasons->pdata[i];
        assert_true(g_utf8_validate(reason->field, -1, NULL));
        assert_true(g_utf8_validate(reason->value, -1, NULL));
        assert_true(g_utf8_validate(reason->because, -1, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_number_of_vcpus_as_xen_does),
        cmocka_unit_test(pinning_has_two_ways),
        cmocka_unit_test(the_good_items_of_a_list_count),
        cmocka_unit_test(the_machine_can_be_made_smaller),
        cmocka_unit_test(a_number_that_is_too_large_changes_nothing),
        cmocka_unit_test(a_word_that_is_ignored_is_named),
        cmocka_unit_test(reasons_are_utf8_whatever_the_line_is),
        cmocka_unit_test(a_word_that_is_cut_counts_as_far_as_it_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
