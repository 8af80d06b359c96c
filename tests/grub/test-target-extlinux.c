/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/grub/tree.h"

#include <unistd.h>

#define CONF "/etc/update-extlinux.conf"
#define MADE "/boot/extlinux.conf"
#define TEXT "# overwrite\noverwrite=1\ndefault=lts\n# xen_opts\nxen_opts=dom0_mem=384M\npassword=''\n"
#define ENTRIES(OPTS)                                                                                                          \
    "DEFAULT menu.c32\nPROMPT 0\nMENU TITLE Alpine/Linux Boot Menu\nTIMEOUT 10\n"                                               \
    "LABEL xen-lts\n  MENU LABEL Xen + Linux 6.1-lts\n  COM32 mboot.c32\n"                                                      \
    "  APPEND xen.gz " OPTS " --- vmlinuz-lts root=UUID=1 quiet --- initramfs-lts\n\n"                                          \
    "LABEL lts\n  MENU DEFAULT\n  MENU LABEL Linux 6.1-lts\n  LINUX vmlinuz-lts\n  INITRD initramfs-lts\n  APPEND root=UUID=1\n"

static Tree *tree_with(const char *text)
{
    Tree *tree = tree_new(&boot_target_extlinux);
    tree_write(tree, CONF, text);
    tree_write(tree, "/boot/xen.gz", "xen");
    return tree;
}

static void it_is_found_by_its_configuration(void **state)
{
    g_autoptr(Tree) tree = tree_new(&boot_target_extlinux);
    assert_false(tree_found(tree, "there is no " CONF));
    tree_write(tree, "/etc/os-release", "ID=alpine\n");
    assert_false(tree_found(tree, "though this is Alpine: it boots by GRUB, or"));
    tree_write(tree, CONF, TEXT);
    assert_true(tree_found(tree, "there is " CONF));
    tree_write(tree, "/boot/grub/grub.cfg", "");
    assert_false(tree_found(tree, "GRUB boots this machine"));
    tree_write(tree, MADE, "");
    assert_true(tree_found(tree, "name the target grub"));
}

static void the_options_are_read_and_edited(void **state)
{
    g_autoptr(Tree) tree = tree_with(TEXT);
    tree_write(tree, MADE, ENTRIES("dom0_mem=384M"));
    tree_read(tree);
    assert_string_equal(tree->config.line, "dom0_mem=384M");
    assert_false(tree->config.xen_is_default);
    tree_warns(tree, "the default entry is not one with Xen");
    assert_int_equal(tree_warnings(tree), 1);
    tree_edit(tree, "dom0_mem=1G,max:1G dom0_vcpus_pin", false);
    assert_string_equal(tree_edited(tree, CONF), "# overwrite\noverwrite=1\ndefault=lts\n# xen_opts\nxen_opts=\"dom0_mem=1G,max:1G dom0_vcpus_pin\"\n"
                                                 "password=''\n");
    tree_edit(tree, "loglvl=all", true);
    assert_contains(tree_edited(tree, CONF), "\ndefault=xen-lts\n");
    g_autofree char *words = tree->target->regenerate("/mnt/a b"), *here = tree->target->regenerate("");
    assert_string_equal(words, "chroot '/mnt/a b' update-extlinux"); /* never this machine's for another tree */
    assert_string_equal(here, "update-extlinux");
    assert_string_equal(tree->target->generated(tree->root), MADE);
}

static void a_line_that_is_missing_is_added(void **state)
{
    g_autoptr(Tree) tree = tree_with("overwrite=1\ndefault=xen-lts");
    tree_read(tree);
    assert_string_equal(tree->config.line, "");
    assert_true(tree->config.xen_is_default);
    tree_edit(tree, "a=1", true);
    assert_string_equal(tree_edited(tree, CONF), "overwrite=1\ndefault=xen-lts\nxen_opts=\"a=1\"\n");
}

static void the_made_file_is_checked(void **state)
{
    g_autoptr(Tree) tree = tree_with(TEXT);
    g_autoptr(GError) error = NULL;
    assert_false(tree->target->check(tree->root, "a", NULL, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, MADE);
    tree_write(tree, MADE, ENTRIES("dom0_mem=1G,max:1G  a"));
    tree_checks(tree, "dom0_mem=1G,max:1G a");
    tree_check_fails(tree, "a", MADE " gives Xen \"dom0_mem=1G,max:1G  a\", not \"a\"; is overwrite=1 in " CONF "?");
    tree_write(tree, MADE, ENTRIES(""));
    tree_checks(tree, "");
    tree_write(tree, MADE, "LABEL lts\n  LINUX vmlinuz\n  APPEND xen.gz a --- b\n");
    tree_check_fails(tree, "a", "has no entry with Xen");
    tree_write(tree, MADE, "LABEL a\r\n  KERNEL /boot/mboot.c32\r\n  append /boot/xen.gz no --- b\r\nLABEL b\r\nmenu default\r\nCOM32 mboot.c32\r\n"
                           "APPEND /boot/xen-4.17.gz yes --- b\r\n");
    tree_checks(tree, "yes");
}

static void what_is_odd_is_warned_of(void **state)
{
    g_autoptr(Tree) tree = tree_with("default=xen-lts\nxen_opts=a\nxen_opts=b\n");
    g_autofree char *xen = g_strconcat(tree->root, "/boot/xen.gz", NULL);
    g_unlink(xen);
    tree_read(tree);
    assert_string_equal(tree->config.line, "b");
    tree_warns(tree, "lines 2, 3: xen_opts is set more than once; write it once");
    tree_warns(tree, "update-extlinux writes " MADE ".new");
    tree_warns(tree, "looks for Xen there alone");
    assert_int_equal(tree_warnings(tree), 3);
    tree_edit_fails(tree, "c=1", CONF ": lines 2, 3: xen_opts is set more than once; write it once, on a line of its own");
}

static void what_the_shell_or_the_loader_would_interpret_is_refused(void **state)
{
    g_autoptr(Tree) tree = tree_with(TEXT);
    tree_read(tree);
    tree_edit_fails(tree, "a=$b", CONF ": \"dom0_mem=384M a=$b\": the shell that reads the file would interpret $");
    tree_edit_fails(tree, "a ---", CONF ": \"---\" ends Xen's line for mboot.c32");
    tree_edit_fails(tree, "a\nb", "the control character");
    tree_write(tree, CONF, "xen_opts=\"a $b\"\n");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, CONF ": line 1: the value of xen_opts is not plain");
    tree_write(tree, CONF, "overwrite=1\r\nxen_opts=a\r\n");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, CONF ": line 2: the value of xen_opts has a carriage return");
}

static void a_symbolic_link_is_read_through(void **state)
{
    g_autoptr(Tree) tree = tree_new(&boot_target_extlinux);
    tree_write(tree, "/media/conf", TEXT);
    tree_write(tree, "/etc/issue", "");
    g_autofree char *link = g_strconcat(tree->root, CONF, NULL);
    assert_int_equal(symlink("../media/conf", link), 0);
    tree_read(tree);
    assert_string_equal(tree->config.line, "dom0_mem=384M");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_found_by_its_configuration),
        cmocka_unit_test(the_options_are_read_and_edited),
        cmocka_unit_test(a_line_that_is_missing_is_added),
        cmocka_unit_test(the_made_file_is_checked),
        cmocka_unit_test(what_is_odd_is_warned_of),
        cmocka_unit_test(what_the_shell_or_the_loader_would_interpret_is_refused),
        cmocka_unit_test(a_symbolic_link_is_read_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
