/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/dom0-mem.h"

#define MIB 256ull /* pages */
#define NO_LIMIT G_MAXINT64

/* What a value leaves behind: pages, percent and minus of size, min and max, and whether Xen took all of it. */
static void keeps_what_xen_keeps(void **state)
{
    static const struct {
        const char *value;
        Dom0Size size, min, max;
        const char *fault; /* NULL: it is good */
    } cases[] = {
        {"512M", {512 * MIB}, {0}, {NO_LIMIT}, NULL},
        {"512m,max:1g", {512 * MIB}, {0}, {1024 * MIB}, NULL},
        {"max:1G,512M", {512 * MIB}, {0}, {1024 * MIB}, NULL},
        {"min:256M,max:75%,50%", {0, 50}, {256 * MIB}, {0, 75}, NULL},
        {"1G+10%,max:64G", {1024 * MIB, 10}, {0}, {65536 * MIB}, NULL},
        {"-1G", {1024 * MIB, 0, true}, {0}, {NO_LIMIT}, NULL},
        {"-1G+10%", {1024 * MIB, 10, true}, {0}, {NO_LIMIT}, NULL},
        {"-50%", {0, 50, true}, {0}, {NO_LIMIT}, NULL},
        {"1024", {1 * MIB}, {0}, {NO_LIMIT}, NULL},
        {"0x200M", {512 * MIB}, {0}, {NO_LIMIT}, NULL},
        {"010G", {8192 * MIB}, {0}, {NO_LIMIT}, NULL},
        {"1T", {1024 * 1024 * MIB}, {0}, {NO_LIMIT}, NULL},
        {"4096B", {1}, {0}, {NO_LIMIT}, NULL},
        {"4095B", {0}, {0}, {NO_LIMIT}, NULL},
        {"512M,768M", {768 * MIB}, {0}, {NO_LIMIT}, NULL},
        {"10B%", {0, 10}, {0}, {NO_LIMIT}, NULL},
        /* half taken */
        {"1024M,max=1024M", {1024 * MIB}, {0}, {NO_LIMIT}, "after max comes a colon, max:"},
        {"320M,min=320M,max=320M", {320 * MIB}, {0}, {NO_LIMIT}, "after min comes a colon, min:"},
        {"512M,", {512 * MIB}, {0}, {NO_LIMIT}, "a size is missing at its end"},
        {"max:1G,1.5G", {0}, {0}, {1024 * MIB}, "\".5G\": a size is a whole number"},
        {"512M,max:512MB", {512 * MIB}, {0}, {NO_LIMIT}, "\"B\" is left over"},
        /* nothing taken */
        {"512MB", {0}, {0}, {NO_LIMIT}, "\"B\" is left over; a unit is one letter"},
        {"512MB,max:1G", {0}, {0}, {NO_LIMIT}, "\"B,max:1G\" is left over"},
        {"1.5G", {0}, {0}, {NO_LIMIT}, "write it in a smaller unit"},
        {"100%", {0}, {0}, {NO_LIMIT}, "100% is refused"},
        {"1G+1G", {0}, {0}, {NO_LIMIT}, "only a percentage can follow a size"},
        {"1G+", {0}, {0}, {NO_LIMIT}, "only a percentage can follow a size"},
        {"10%+1G", {0}, {0}, {NO_LIMIT}, "only a percentage can follow a size, and nothing a percentage"},
        {"1G+10%+1%", {0}, {0}, {NO_LIMIT}, "only a percentage"},
        {"--1G", {0}, {0}, {NO_LIMIT}, "\"--1G\" is no size"},
        {"-", {0}, {0}, {NO_LIMIT}, "a size is missing"},
        {"", {0}, {0}, {NO_LIMIT}, "a size is missing"},
        {"min:", {0}, {0}, {NO_LIMIT}, "a size is missing"},
        {"no", {0}, {0}, {NO_LIMIT}, "\"no\" is no size"},
        {"MIN:1G", {0}, {0}, {NO_LIMIT}, "\"MIN:1G\" is no size"},
        {"max:-1G-", {0}, {0}, {NO_LIMIT}, "\"-\" is left over"},
        {"08M", {0}, {0}, {NO_LIMIT}, "\"8M\" is left over"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Dom0Mem mem;
        g_autofree char *fault = NULL;
        g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
        dom0_mem_init(&mem);
        bool good = dom0_mem_read(&mem, cases[i].value, notes, &fault);
        if (good != !cases[i].fault || (fault && !strstr(fault, cases[i].fault)))
            fail_msg("%s: fault is %s", cases[i].value, fault ? fault : "none");
        const Dom0Size *got[] = {&mem.size, &mem.min, &mem.max}, *wanted[] = {&cases[i].size, &cases[i].min, &cases[i].max};
        for (gsize k = 0; k < G_N_ELEMENTS(got); k++)
            if (got[k]->pages != wanted[k]->pages || got[k]->percent != wanted[k]->percent || got[k]->minus != wanted[k]->minus)
                fail_msg("%s: part %zu is %s%" G_GUINT64_FORMAT " pages + %u%%", cases[i].value, k, got[k]->minus ? "-" : "", got[k]->pages, got[k]->percent);
        assert_true(mem.given);
    }
}

static void words_of_one_line_add_up(void **state)
{
    static const char *const words[] = {"1G", "max:2G", "512M,max=512M", "min:256M"};
    Dom0Mem mem;
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    dom0_mem_init(&mem);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *fault = NULL;
        dom0_mem_read(&mem, words[i], notes, &fault);
    }
    assert_int_equal(mem.size.pages, 512 * MIB);
    assert_int_equal(mem.max.pages, 2048 * MIB);
    assert_int_equal(mem.min.pages, 256 * MIB);
}

static void says_what_is_read_otherwise_than_meant(void **state)
{
    static const struct {
        const char *value, *note;
    } cases[] = {{"1024", "1024 has no unit, so Xen takes it as KiB: 1 MiB"},
                 {"max:0x400", "0x400 has no unit"},
                 {"010G", "010G begins with 0, so Xen reads it as an octal number"},
                 {"1G", NULL}, {"0x10G", NULL}, {"10%", NULL}, {"0", "0 has no unit"}, {"5B", NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Dom0Mem mem;
        g_autofree char *fault = NULL;
        g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
        dom0_mem_init(&mem);
        assert_true(dom0_mem_read(&mem, cases[i].value, notes, &fault));
        assert_int_equal(notes->len, cases[i].note ? 1 : 0);
        if (cases[i].note)
            assert_contains((char *)notes->pdata[0], cases[i].note);
    }
}

static void amounts_are_of_what_is_available(void **state)
{
    assert_int_equal(dom0_size_pages(&(Dom0Size){1000, 25}, 10000), 3500);
    assert_int_equal(dom0_size_pages(&(Dom0Size){1000, 25, true}, 10000), 6500);
    assert_int_equal(dom0_size_pages(&(Dom0Size){0, 33}, 100), 33);
    assert_true(dom0_size_pages(&(Dom0Size){20000, 0, true}, 10000) > G_MAXINT64); /* below zero */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_xen_keeps),
        cmocka_unit_test(words_of_one_line_add_up),
        cmocka_unit_test(says_what_is_read_otherwise_than_meant),
        cmocka_unit_test(amounts_are_of_what_is_available),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
