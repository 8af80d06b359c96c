/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/dom0.h"
#include "common/reason.h"

#define GIB (1024ull * 1024)

static const char *value_of(const Dom0Plan *plan, const char *name)
{
    for (guint i = 0; i < plan->options->len; i++) {
        const Dom0Option *option = plan->options->pdata[i];
        if (g_str_equal(option->name, name))
            return option->value ? option->value : "";
    }
    return NULL;
}

static void memory_follows_the_machine_and_its_guests(void **state)
{
    static const struct {
        guint64 host_gib;
        unsigned guests, memory_mib;
        const char *because;
    } cases[] = {
        {1, 0, 512, "half of a small machine"},       {2, 0, 1024, "half of a small machine"},
        {4, 0, 1024, "the least of 1 to 4 GiB"},      {16, 0, 1024, "the least of 1 to 4 GiB: a 16th of 16384 MiB is 1024 MiB"},
        {32, 0, 2048, "between 1 and 4 GiB: a 16th"},       {64, 0, 4096, "the most of 1 to 4 GiB"},
        {1024, 0, 4096, "the most of 1 to 4 GiB"},    {64, 20, 4096, "the most of 1 to 4 GiB"},
        {512, 300, 5632, "768 MiB, and 16 MiB for each of 300 guests"},
        {16, 500, 4096, "500 guests ask for 8960 MiB, which leaves them too little of 16384"},
        {4, 100, 1024, "100 guests ask for 2560 MiB, which leaves them too little"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0Plan) plan = dom0_plan(&(Dom0Facts){.memory_kib = cases[i].host_gib * GIB, .cpus = 16, .guests = cases[i].guests}, NULL);
        g_autofree char *value = g_strdup_printf("%uM,max:%uM", cases[i].memory_mib, cases[i].memory_mib);
        assert_string_equal(value_of(plan, "dom0_mem"), value);
        assert_int_equal(plan->memory_kib, cases[i].memory_mib * 1024ull);
        assert_contains(reason_find(plan->reasons, "dom0_mem")->because, cases[i].because);
    }
}

static void vcpus_are_four_and_pinned_but_on_extreme_machines(void **state)
{
    static const struct {
        unsigned cpus, guests, vcpus;
        bool pin;
        const char *because;
    } cases[] = {
        {1, 0, 1, false, "no more CPUs"},          {4, 0, 4, false, "4 are the advice"},  {6, 0, 4, true, "4 are the advice"},
        {64, 0, 4, true, "4 are the advice"},      {96, 0, 6, true, "one for each 16 of 96 CPUs"},
        {512, 0, 16, true, "one for each 16"},     {96, 400, 12, true, "twice the usual for 400 guests, on 96 CPUs"},
        {16, 400, 4, true, "4 are the advice"},    {64, 199, 4, true, "4 are the advice"}, {512, 400, 16, true, "twice the usual"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0Plan) plan = dom0_plan(&(Dom0Facts){.memory_kib = 512 * GIB, .cpus = cases[i].cpus, .guests = cases[i].guests}, NULL);
        if (plan->vcpus != cases[i].vcpus || plan->pin != cases[i].pin)
            fail_msg("%u CPUs, %u guests: %u vcpus, pin %d", cases[i].cpus, cases[i].guests, plan->vcpus, plan->pin);
        assert_int_equal(value_of(plan, "dom0_vcpus_pin") != NULL, cases[i].pin);
        assert_contains(reason_find(plan->reasons, "dom0_max_vcpus")->because, cases[i].because);
        assert_non_null(reason_find(plan->reasons, "dom0_vcpus_pin"));
    }
}

static void a_dom0_that_fits_one_numa_node_stays_there(void **state)
{
    g_autoptr(Dom0Plan) fits = dom0_plan(&(Dom0Facts){.memory_kib = 256 * GIB, .cpus = 64, .nodes = 4}, NULL);
    assert_string_equal(value_of(fits, "dom0_nodes"), "0");
    g_autoptr(Dom0Plan) tight = dom0_plan(&(Dom0Facts){.memory_kib = 4 * GIB, .cpus = 64, .nodes = 4}, NULL);
    assert_null(value_of(tight, "dom0_nodes"));
    assert_contains(reason_find(tight->reasons, "dom0_nodes")->because, "more than half of one of 4 NUMA nodes");
    g_autoptr(Dom0Plan) unknown = dom0_plan(&(Dom0Facts){.memory_kib = 256 * GIB, .cpus = 64}, NULL);
    assert_null(value_of(unknown, "dom0_nodes"));
    assert_contains(reason_find(unknown->reasons, "dom0_nodes")->because, "not known");
}

static void a_machine_that_is_too_small_is_refused(void **state)
{
    g_autoptr(GError) small = NULL, unknown = NULL;
    assert_null(dom0_plan(&(Dom0Facts){.memory_kib = 512 * 1024, .cpus = 1}, &small));
    assert_error(small, GUESTCTL_ERROR_RESOURCES, "the machine has 512 MiB; a dom0 and guests need 1 GiB at least");
    assert_null(dom0_plan(&(Dom0Facts){.memory_kib = 512 * 1024}, &unknown));
    assert_error(unknown, GUESTCTL_ERROR_INVALID, "not known");
}

static void what_dom0_conf_keeps_wins_over_the_policy(void **state)
{
    static const struct {
        const char *word, *option, *value, *field, *because;
    } cases[] = {
        {"memory=1536M", "dom0_mem", "1536M,max:1536M", "dom0_mem", "dom0.conf says so"},
        {"memory=256M", "dom0_mem", "256M,max:256M", "dom0_mem", "dom0.conf says so; 1 to 4 GiB are the advice"},
        {"memory=64256M", "dom0_mem", "64256M,max:64256M", "dom0_mem", "dom0.conf says so; it is more than half of the machine"},
        {"vcpus=2", "dom0_max_vcpus", "2", "dom0_max_vcpus", "dom0.conf says so"},
        {"pin=no", "dom0_vcpus_pin", NULL, "dom0_vcpus_pin", "dom0.conf says so"},
        {"pin=2-3", "dom0_vcpus_pin", NULL, "dom0_vcpus_pin", "dom0.conf says CPUs 2-3, for which Xen's line has no word: guestctl dom0 restore sets them"},
        {"weight=512", "dom0_max_vcpus", "4", "dom0_max_vcpus", "4 are the advice"},
    };
    Dom0Facts facts = {.memory_kib = 64 * GIB, .cpus = 16};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0Wish) kept = dom0_wish_new();
        assert_true(dom0_wish_add_word(kept, cases[i].word, NULL));
        GError *error = NULL;
        g_autoptr(Dom0Plan) plan = dom0_plan_with(&facts, kept, &error);
        assert_no_error(error);
        const char *value = value_of(plan, cases[i].option);
        if (g_strcmp0(value, cases[i].value) != 0)
            fail_msg("%s: %s is %s", cases[i].word, cases[i].option, value);
        assert_contains(reason_find(plan->reasons, cases[i].field)->because, cases[i].because);
        assert_string_equal(reason_find(plan->reasons, "dom0_mem max:")->value, "the size");
    }
}

static void what_dom0_conf_keeps_must_fit_the_machine(void **state)
{
    static const struct {
        const char *word, *message;
    } cases[] = {
        {"memory=65G", "dom0.conf: memory is 66560 MiB, and the machine has 65536; 64256 MiB are the most that leaves Xen and guests anything"},
        {"memory=65536M", "64256 MiB are the most"},
        {"memory=64257M", "64256 MiB are the most"},
        {"memory=1M", "dom0.conf: memory is 1 MiB; with less than 256 MiB dom0's Linux may not start"},
        {"memory=255M", "with less than 256 MiB"},
        {"vcpus=17", "dom0.conf: vcpus is 17, and the machine has 16 CPUs"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0Wish) kept = dom0_wish_new();
        g_autoptr(GError) error = NULL;
        assert_true(dom0_wish_add_word(kept, cases[i].word, NULL));
        assert_null(dom0_plan_with(&(Dom0Facts){.memory_kib = 64 * GIB, .cpus = 16}, kept, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_follows_the_machine_and_its_guests),
        cmocka_unit_test(vcpus_are_four_and_pinned_but_on_extreme_machines),
        cmocka_unit_test(a_dom0_that_fits_one_numa_node_stays_there),
        cmocka_unit_test(a_machine_that_is_too_small_is_refused),
        cmocka_unit_test(what_dom0_conf_keeps_wins_over_the_policy),
        cmocka_unit_test(what_dom0_conf_keeps_must_fit_the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
