/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/dom0-tune.h"

#define MIB 1024ull
#define FLOOR (256 * MIB)

/* 1024 MiB of 2048 at most, 600 MiB of them available, 2 of 4 vcpus on 4 CPUs. */
static Dom0State *some_dom0(void)
{
    Dom0State *state = dom0_state_new();
    state->target_kib = state->current_kib = 1024 * MIB;
    state->limit_kib = state->boot_max_kib = 2048 * MIB;
    state->available_kib = 600 * MIB;
    state->free_kib = 512 * MIB;
    for (unsigned i = 0; i < 4; i++) {
        dom0_state_add_vcpu(state, i < 2, i, "all", "all");
        cpu_set_add(&state->cpus, i);
    }
    state->cpupool = g_strdup("Pool-0");
    state->scheduler = g_strdup("credit2");
    state->weight = 256;
    state->cap = 0;
    return state;
}

static Dom0Wish *wish_of(const char *words)
{
    Dom0Wish *wish = dom0_wish_new();
    g_auto(GStrv) each = g_strsplit(words, " ", -1);
    for (char **word = each; *word; word++) {
        GError *error = NULL;
        assert_true(dom0_wish_add_word(wish, *word, &error));
        assert_no_error(error);
    }
    return wish;
}

static void what_is_not_safe_is_refused_with_what_is(void **state)
{
    static const struct {
        const char *words;
        GuestctlErrorCode code;
        const char *message;
    } cases[] = {
        {"memory=128M", GUESTCTL_ERROR_RESOURCES, "dom0: memory=128M: with less than 256M its Linux may not run; the least that is taken now is 552M"},
        {"memory=551M", GUESTCTL_ERROR_RESOURCES,
         "dom0: memory=551M: it uses 424 MiB now (1024 MiB, of which Linux calls 600 available) and must keep 128 MiB to spare; the least that is taken now is 552M"},
        {"memory=3G", GUESTCTL_ERROR_RESOURCES, "dom0: memory=3072M: it was started with 2048M at most (max: of dom0_mem), which is the most that is taken now"},
        {"memory=1537M", GUESTCTL_ERROR_RESOURCES,
         "dom0: memory=1537M: that is 513 MiB more, and the machine has 512 MiB that nobody uses; the most that is taken now is 1536M"},
        {"vcpus=5", GUESTCTL_ERROR_INVALID, "dom0: vcpus=5: it was started with 4 at most (dom0_max_vcpus); for more, change Xen's line with: guestctl grub apply"},
        {"pin=0-4", GUESTCTL_ERROR_INVALID, "dom0: pin=0-4: CPU 4 is not there: its cpupool \"Pool-0\" has CPUs 0-3"},
        {"cap=401", GUESTCTL_ERROR_INVALID, "dom0: cap=401: credit2 takes 0 (none) to 400, which is all of its 4 vcpus"},
        {"cap=1", GUESTCTL_ERROR_INVALID,
         "dom0: cap=1: with less than one CPU in all it may not serve its guests' disks and networks, nor take back the cap; the least that is taken is 100 "
         "(0: no cap)"},
        {"cap=99", GUESTCTL_ERROR_INVALID, "the least that is taken is 100"},
        /* the first of several */
        {"cap=1000 memory=100M", GUESTCTL_ERROR_RESOURCES, "dom0: memory=100M"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0State) dom0 = some_dom0();
        g_autoptr(Dom0Wish) wish = wish_of(cases[i].words);
        g_autoptr(GError) error = NULL;
        assert_false(dom0_tune_check(wish, dom0, FLOOR, &error));
        assert_error(error, cases[i].code, cases[i].message);
    }
}

static void what_is_safe_is_taken(void **state)
{
    static const char *const cases[] = {"memory=552M", "memory=1024M", "memory=1536M", "vcpus=1", "vcpus=4", "pin=yes", "pin=no", "pin=0-3,^1",
                                        "weight=65535", "cap=400", "cap=100", "cap=0", "memory=600M vcpus=4 pin=yes weight=1 cap=150"};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0State) dom0 = some_dom0();
        g_autoptr(Dom0Wish) wish = wish_of(cases[i]);
        GError *error = NULL;
        assert_true(dom0_tune_check(wish, dom0, FLOOR, &error));
        assert_no_error(error);
    }
}

static void other_dom0s_have_other_limits(void **state)
{
    g_autoptr(Dom0State) dom0 = some_dom0();
    g_autoptr(Dom0Wish) wish = wish_of("memory=300M"), more = wish_of("memory=300M"), rest = wish_of("weight=3"), cap = wish_of("cap=3");
    g_autoptr(GError) error = NULL;
    /* What is below all limits already may be raised. */
    dom0->target_kib = 200 * MIB;
    dom0->current_kib = 280 * MIB;
    dom0->available_kib = 1;
    assert_true(dom0_tune_check(more, dom0, FLOOR, NULL));
    /* Of a recorded host Linux's use is not known. */
    dom0->target_kib = 1024 * MIB;
    dom0->available_kib = 0;
    assert_int_equal(dom0_tune_least_kib(dom0, FLOOR), FLOOR);
    assert_true(dom0_tune_check(wish, dom0, FLOOR, NULL));
    /* No max: on Xen's line. */
    g_autoptr(Dom0Wish) large = wish_of("memory=1200M");
    dom0->boot_max_kib = 0;
    dom0->current_kib = 1024 * MIB;
    assert_true(dom0_tune_check(large, dom0, FLOOR, NULL));
    /* The null scheduler. */
    dom0->weight = dom0->cap = -1;
    g_free(dom0->scheduler);
    dom0->scheduler = g_strdup("null");
    assert_false(dom0_tune_check(rest, dom0, FLOOR, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "dom0: weight=3: scheduler \"null\" has no weights; credit and credit2 have");
    g_clear_error(&error);
    assert_false(dom0_tune_check(cap, dom0, FLOOR, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "dom0: cap=3: scheduler \"null\" has no caps; credit and credit2 have");
    /* CPUs that come one by one. */
    g_autoptr(Dom0Wish) own = wish_of("pin=yes");
    dom0->cpus = (CpuSet){0};
    cpu_set_add(&dom0->cpus, 0);
    g_clear_error(&error);
    assert_false(dom0_tune_check(own, dom0, FLOOR, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "dom0: pin=yes: CPU 1 is not there: its cpupool \"Pool-0\" has CPUs 0");
}

static void a_plan_has_a_step_for_each_difference(void **state)
{
    static const struct {
        const char *words, *text;
    } cases[] = {
        {"memory=768M", "# step 1: tune-dom0 memory\nmemory=768M\nwas=1024M\n"},
        {"memory=1G vcpus=2 pin=no weight=256 cap=0", ""},
        {"pin=0-3", ""}, /* all there are */
        {"pin=yes", "# step 1: tune-dom0 pin\npin=0 1 2 3\nwas=all all all all\n"},
        {"pin=2-3", "# step 1: tune-dom0 pin\npin=2-3 2-3 2-3 2-3\nwas=all all all all\n"},
        {"memory=768M vcpus=1 weight=512",
         "# step 1: tune-dom0 weight\nweight=512\nwas=256\n# step 2: tune-dom0 vcpus\nvcpus=1\nwas=2\n# step 3: tune-dom0 memory\nmemory=768M\nwas=1024M\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0State) dom0 = some_dom0();
        g_autoptr(Dom0Wish) wish = wish_of(cases[i].words);
        g_autoptr(Plan) plan = dom0_tune_plan(wish, dom0);
        g_autofree char *text = plan_to_text(plan);
        assert_string_equal(text, cases[i].text);
        assert_string_equal(plan->guest, "Domain-0");
        for (guint k = 0; k < plan->steps->len; k++) {
            g_auto(Dom0Change) change = {0};
            assert_true(dom0_change_parse(((Step *)plan->steps->pdata[k])->native, &change, NULL));
            assert_string_equal(change.key, ((Step *)plan->steps->pdata[k])->target);
        }
    }
}

/* Its balloon is slow, or stuck: the command must not say that all is so already. */
static void memory_that_was_asked_for_and_has_not_come_is_waited_for(void **state)
{
    g_autoptr(Dom0State) dom0 = some_dom0();
    g_autoptr(Dom0Wish) wish = wish_of("memory=1G");
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    dom0->current_kib = 900 * MIB;
    assert_false(dom0_tune_is_reached(dom0));
    g_autoptr(Plan) plan = dom0_tune_plan(wish, dom0);
    g_autofree char *text = plan_to_text(plan);
    assert_string_equal(text, "# step 1: tune-dom0 memory\nmemory=1024M\nwas=1024M\n");
    dom0_tune_notes(wish, dom0, notes);
    assert_int_equal(notes->len, 1);
    assert_string_equal(notes->pdata[0], "memory=1024M: dom0 has been asked for that already and has 900 MiB: its Linux has not followed so far");
    dom0->current_kib = 1024 * MIB - 1024; /* a few pages beside it */
    g_autoptr(Plan) near = dom0_tune_plan(wish, dom0);
    assert_int_equal(near->steps->len, 0);
}

static void a_step_that_is_none_is_refused(void **state)
{
    static const char *const texts[] = {"", "memory=1G", "memory=1G\nwas=2G", "disk=1G\nwas=2G\n", "memory\nwas=2G\n", "memory=1G\n=2G\n", "memory=1G\nwas=2G\nmore"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_auto(Dom0Change) change = {0};
        g_autoptr(GError) error = NULL;
        assert_false(dom0_change_parse(texts[i], &change, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "is not KEY=VALUE and was=VALUE on two lines");
        assert_null(change.key);
    }
}

static void what_was_fixed_at_boot_is_cut_and_said(void **state)
{
    g_autoptr(Dom0State) dom0 = some_dom0();
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Dom0Wish) wish = wish_of("memory=4G vcpus=8 weight=3"), small = wish_of("memory=1G vcpus=4");
    g_autoptr(Dom0Wish) fit = dom0_tune_fit(wish, dom0, notes);
    assert_int_equal(fit->memory_kib, 2048 * MIB);
    assert_int_equal(fit->vcpus, 4);
    assert_int_equal(fit->weight, 3);
    assert_int_equal(notes->len, 2);
    assert_string_equal(notes->pdata[0], "memory: 4096M is more than dom0 was started with at most (2048M): only guestctl grub apply and a reboot give it that");
    assert_string_equal(notes->pdata[1], "vcpus: 8 are more than dom0 was started with (4): only guestctl grub apply and a reboot give it those");
    g_autoptr(Dom0Wish) same = dom0_tune_fit(small, dom0, notes);
    assert_int_equal(same->memory_kib, 1024 * MIB);
    assert_int_equal(notes->len, 2);
}

static void what_may_be_a_mistake_is_said(void **state)
{
    static const struct {
        const char *words;
        unsigned cpus; /* beyond the four */
        const char *notes;
    } cases[] = {
        {"vcpus=1", 0, ""},
        {"vcpus=1", 4, "vcpus=1: one vcpu serves the disks and networks of all guests of 8 CPUs; 4 are the advice"},
        {"pin=0", 0, "pin=0: 2 vcpus share 1 CPU, and wait for each other"},
        {"pin=0-2 vcpus=4", 0, "pin=0-2: 4 vcpus share 3 CPUs, and wait for each other"},
        {"pin=0 vcpus=1", 0, ""},
        {"pin=0-1", 0, ""},
        {"pin=yes", 0, ""},
        {"cap=100", 0, "cap=100: dom0 has no more even while CPUs are idle, and guests wait for their disks and networks then"},
        {"cap=200", 0, ""},
        {"cap=0", 0, ""},
        {"weight=1", 0, "weight=1: a guest has 256 unless it says otherwise, so dom0 gives way to each, and all wait for it"},
        {"weight=256", 0, ""},
        {"memory=768M", 0, ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0State) dom0 = some_dom0();
        g_autoptr(Dom0Wish) wish = wish_of(cases[i].words);
        g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
        for (unsigned k = 0; k < cases[i].cpus; k++)
            cpu_set_add(&dom0->cpus, 4 + k);
        dom0_tune_notes(wish, dom0, notes);
        assert_int_equal(notes->len, *cases[i].notes != '\0');
        if (notes->len)
            assert_string_equal(notes->pdata[0], cases[i].notes);
    }
    /* Of a recorded machine Linux's use is not known. */
    g_autoptr(Dom0State) dom0 = some_dom0();
    g_autoptr(Dom0Wish) less = wish_of("memory=768M"), more = wish_of("memory=1100M");
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    dom0->available_kib = 0;
    dom0_tune_notes(more, dom0, notes);
    dom0_tune_notes(less, dom0, notes);
    assert_int_equal(notes->len, 1);
    assert_string_equal(notes->pdata[0], "memory=768M: what dom0's Linux uses is not known here, so it was not checked that it can do with so little");
}

static void pins_are_told_in_short(void **state)
{
    static const struct {
        const char *hard[3], *pin;
    } cases[] = {
        {{"all", "all", "all"}, "no"}, {{"0", "1", "2"}, "yes"}, {{"2-3", "2-3", "2-3"}, "2-3"}, {{"0", "2", "all"}, "0 2 all"}, {{"0", "0", "0"}, "0"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Dom0State) dom0 = dom0_state_new();
        for (unsigned k = 0; k < 3; k++)
            dom0_state_add_vcpu(dom0, true, k, cases[i].hard[k], "all");
        g_autofree char *pin = dom0_state_pin(dom0);
        assert_string_equal(pin, cases[i].pin);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_safe_is_refused_with_what_is),
        cmocka_unit_test(what_is_safe_is_taken),
        cmocka_unit_test(other_dom0s_have_other_limits),
        cmocka_unit_test(a_plan_has_a_step_for_each_difference),
        cmocka_unit_test(memory_that_was_asked_for_and_has_not_come_is_waited_for),
        cmocka_unit_test(a_step_that_is_none_is_refused),
        cmocka_unit_test(what_was_fixed_at_boot_is_cut_and_said),
        cmocka_unit_test(what_may_be_a_mistake_is_said),
        cmocka_unit_test(pins_are_told_in_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
