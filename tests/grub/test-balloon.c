/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/balloon.h"

/* Each toolstack's rule looks at the text of dom0_mem alone. */
static void each_toolstack_knows_other_sizes(void **state)
{
    static const struct {
        const char *line;
        bool xl, libvirt; /* will balloon */
    } cases[] = {
        {"", true, true},
        {"loglvl=all", true, true},
        {"dom0_mem=1G", false, false},
        {"dom0_mem=1024M,max:1024M loglvl=all", false, false},
        {"placeholder dom0_mem=min:512M,max:1G,768M", false, false},
        {"dom0_mem=1024", false, false},
        /* libvirt's rule is older than these */
        {"dom0_mem=1G+10%,max:64G", false, true},
        {"dom0_mem=10%", false, true},
        {"dom0_mem=-2G", false, true},
        {"dom0_mem=1T", false, true},
        /* neither has Xen's number grammar */
        {"dom0_mem=0x400M", true, true},
        {"dom0_mem=1024M,max=1024M", true, true},
        {"dom0_mem=512MB", true, true},
        {"dom0_mem=1.5G", true, true},
        {"dom0_mem=-1G+10%", false, true},
        {"xdom0_mem=1G", true, true},
        {"dom0_mem=1G\tloglvl=all", true, true},
        /* and both see what Xen does not */
        {"dom0_mem=1G,", false, false},
        {"dom0_mem=1G2G", false, false},
        {"dom0_mem=bad dom0_mem=1G", false, false},
        {"dom0_mem=100%", false, true}, /* 1, then 00% */
        {"dom0_mem=min:512M", false, false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        if (balloon_by_xl(cases[i].line) != cases[i].xl || balloon_by_libvirt(cases[i].line) != cases[i].libvirt)
            fail_msg("%s: xl %d, libvirt %d", cases[i].line, balloon_by_xl(cases[i].line), balloon_by_libvirt(cases[i].line));
}

static void what_xen_does_not_report_is_not_seen(void **state)
{
    g_autofree char *filler = g_strnfill(1017, 'x');
    g_autofree char *seen = g_strconcat(filler + 10, " dom0_mem=1G", NULL), *hidden = g_strconcat(filler, " dom0_mem=1G", NULL);
    assert_false(balloon_by_xl(seen));
    assert_true(balloon_by_xl(hidden));
}

static void a_long_line_takes_no_time(void **state)
{
    g_autofree char *digits = g_strnfill(1000, '1'), *line = g_strconcat("dom0_mem=", digits, "x", NULL);
    assert_true(balloon_by_xl(line));
    assert_true(balloon_by_libvirt(line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_toolstack_knows_other_sizes),
        cmocka_unit_test(what_xen_does_not_report_is_not_seen),
        cmocka_unit_test(a_long_line_takes_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
