/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <unistd.h>

#include "grub/trial.h"

#define ONCE "   set default=\"${next_entry}\"\n"
#define CUSTOM "  source $prefix/custom.cfg\n"
#define XEN                                                                                             \
    "\tmenuentry 'It'\\''s Xen' --class xen $menuentry_id_option 'xen-gnulinux-simple-U' {\n"           \
    "\t\tsavedefault\n"                                                                                 \
    "\t\tmultiboot2\t/boot/xen.gz placeholder dom0_mem=1G  loglvl=all ${xen_rm_opts}\n"                 \
    "\t\tmodule2\t/boot/vmlinuz placeholder root=UUID=U ro\n"                                           \
    "\t}\n"

static char *entry_of(const char *cfg, const Cmdline *options, char **line, GError **error)
{
    const TrialFiles files = {.cfg = cfg};
    return trial_entry(&files, options, line, error);
}

static void only_the_hypervisors_line_title_and_id_are_others(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cmdline) options = cmdline_parse("dom0_mem=2G,max:2G smt=0");
    g_autofree char *line = NULL, *entry = entry_of(ONCE XEN CUSTOM, options, &line, &error);
    assert_no_error(error);
    assert_string_equal(line, "dom0_mem=2G,max:2G loglvl=all smt=0");
    assert_string_equal(entry,
                        "menuentry 'guestctl trial, for one boot: It'\\''s Xen' --class xen $menuentry_id_option 'guestctl-trial' {\n"
                        "\tmultiboot2\t/boot/xen.gz placeholder dom0_mem=2G,max:2G loglvl=all smt=0 ${xen_rm_opts}\n"
                        "\tmodule2\t/boot/vmlinuz placeholder root=UUID=U ro\n"
                        "}\n");
}

static void a_menu_that_cannot_boot_it_once_is_refused(void **state)
{
    static const struct {
        const char *cfg, *message;
    } bad[] = {
        {ONCE CUSTOM, "grub.cfg has no entry that starts Xen"},
        {XEN CUSTOM, "grub.cfg does not honour next_entry"},
        {ONCE XEN, "grub.cfg does not read custom.cfg"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Cmdline) options = cmdline_parse("a=1");
        g_autofree char *line = NULL;
        assert_null(entry_of(bad[i].cfg, options, &line, &error));
        assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, bad[i].message);
        assert_contains(error->message, "use: guestctl grub apply");
    }
}

static void an_option_that_grub_would_interpret_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cmdline) options = cmdline_parse("a=$x");
    g_autofree char *line = NULL;
    assert_null(entry_of(ONCE XEN CUSTOM, options, &line, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "the character $");
}

static void a_copied_line_that_grub_interprets_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cmdline) options = cmdline_parse("a=1");
    g_auto(GStrv) parts = g_strsplit(ONCE XEN CUSTOM, "loglvl=all", 2);
    g_autofree char *cfg = g_strjoinv("loglvl=all # x=1", parts), *line = NULL;
    assert_null(entry_of(cfg, options, &line, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "grub.cfg: GRUB takes the character #");
}

/* The options of the entry's head are kept, wherever they stand in it. */
static char *with_head(const char *options)
{
    g_auto(GStrv) parts = g_strsplit(ONCE XEN CUSTOM, "--class xen", 2);
    return g_strjoinv(options, parts);
}

static void who_may_boot_the_entry_may_boot_the_trial(void **state)
{
    g_autoptr(Cmdline) options = cmdline_parse("a=1");
    g_autofree char *cfg = with_head("--class xen --unrestricted --users 'a b' --hotkey=x"), *line = NULL;
    g_autofree char *entry = entry_of(cfg, options, &line, NULL);
    assert_contains(entry, "It'\\''s Xen' --class xen --unrestricted --users 'a b' --hotkey=x $menuentry_id_option 'guestctl-trial' {\n");
}

static void an_entry_that_waits_for_a_password_is_refused(void **state)
{
    static const char fedora[] = "if [ -n \"${GRUB2_PASSWORD}\" ]; then\n  set superusers=\"root\"\nfi\n";
    g_autofree char *open = with_head("--class xen --unrestricted"), *closed = with_head("--users ''");
    const struct {
        const char *before, *cfg, *custom, *user, *where;
    } cases[] = {
        {"", closed, NULL, NULL, NULL},
        {"set superusers=\"a\"\n", closed, NULL, NULL, "grub.cfg sets a password"},
        {"set superusers=\"a\"\n", open, NULL, NULL, NULL},
        {"", closed, "superusers=a\n", NULL, "custom.cfg sets a password"},
        {"", open, "superusers=a\n", NULL, NULL},
        {"", closed, "#set superusers=a\n", NULL, NULL},
        {"", closed, "if [ x ]; then set superusers=a; fi\n", NULL, "custom.cfg sets a password"},
        {fedora, closed, NULL, NULL, NULL},
        {fedora, closed, NULL, "GRUB2_PASSWORD=grub.pbkdf2\n", "user.cfg sets a password"},
        {fedora, open, NULL, "GRUB2_PASSWORD=grub.pbkdf2\n", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Cmdline) options = cmdline_parse("a=1");
        g_autofree char *cfg = g_strconcat(cases[i].before, cases[i].cfg, NULL), *line = NULL;
        const TrialFiles files = {.cfg = cfg, .custom = cases[i].custom, .user = cases[i].user};
        g_autofree char *entry = trial_entry(&files, options, &line, &error);
        assert_int_equal(entry != NULL, cases[i].where == NULL);
        if (entry)
            continue;
        assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, cases[i].where);
        assert_contains(error->message, "add --unrestricted to CLASS");
    }
}

static void the_rest_of_custom_cfg_is_kept(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *with = NULL, *without = NULL, *alone = NULL, *nothing = (char *)1;
    assert_true(trial_edit("set a=1", "/c", "menuentry 'x' {\n}\n", &with, &error));
    assert_true(g_str_has_prefix(with, "set a=1\n# BEGIN guestctl") && g_str_has_suffix(with, "}\n# END guestctl\n"));
    assert_true(trial_edit(with, "/c", NULL, &without, &error));
    assert_string_equal(without, "set a=1\n");
    assert_true(trial_edit("", "/c", "menuentry 'x' {\n}\n", &alone, &error));
    assert_true(trial_edit(alone, "/c", NULL, &nothing, &error));
    assert_null(nothing);
}

/* GRUB's manual, "Environment block": plain disks without checksums only. */
static void storage_that_grub_cannot_write_is_refused(void **state)
{
    g_autofree char *sys = make_folder();
    static const char *const folders[] = {"plain", "lvm/dm", "raid/md", "disk/part", "disk/dm"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(sys, folders[i], NULL);
        assert_int_equal(g_mkdir_with_parents(path, 0755), 0);
    }
    static const struct {
        guint32 magic;
        const char *device, *message;
    } cases[] = {
        {0xEF53, "plain", NULL},
        {0x4D44, "plain", NULL}, /* vfat */
        {0x58465342, "plain", NULL}, /* xfs */
        {0x9123683E, "plain", "is on btrfs"},
        {0x2FC12FC1, "plain", "is on zfs"},
        {0xEF53, "lvm", "is on a device-mapper volume"},
        {0xEF53, "raid", "is on software RAID"},
        {0xEF53, "disk/part", "is on a device-mapper volume"}, /* a partition on one */
        {0xEF53, "none", "is on no block device"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *device = g_build_filename(sys, cases[i].device, NULL);
        bool fine = trial_check_facts("/boot/grub", cases[i].magic, device, &error);
        assert_int_equal(fine, cases[i].message == NULL);
        if (!fine)
            assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, cases[i].message);
    }
    remove_folder(sys);
}

static void the_running_line_is_the_tried_one_when_it_has_its_words(void **state)
{
    assert_true(trial_is_running("placeholder dom0_mem=1G,max:1G smt=0", "smt=0 dom0_mem=1G,max:1G"));
    assert_false(trial_is_running("placeholder dom0_mem=1G,max:1G", "dom0_mem=1G"));
    assert_false(trial_is_running("a -- smt=0", "smt=0"));
    assert_false(trial_is_running("smt=0 dom0_mem=1G smt=1", "smt=0")); /* the last one counts */
    assert_true(trial_is_running("smt=1 smt=0", "smt=0"));
    assert_false(trial_is_running("no-watchdog", "watchdog"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_hypervisors_line_title_and_id_are_others),
        cmocka_unit_test(a_menu_that_cannot_boot_it_once_is_refused),
        cmocka_unit_test(an_option_that_grub_would_interpret_is_refused),
        cmocka_unit_test(a_copied_line_that_grub_interprets_is_refused),
        cmocka_unit_test(who_may_boot_the_entry_may_boot_the_trial),
        cmocka_unit_test(an_entry_that_waits_for_a_password_is_refused),
        cmocka_unit_test(the_rest_of_custom_cfg_is_kept),
        cmocka_unit_test(storage_that_grub_cannot_write_is_refused),
        cmocka_unit_test(the_running_line_is_the_tried_one_when_it_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
