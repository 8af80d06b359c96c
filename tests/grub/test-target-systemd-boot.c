/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/grub/tree.h"

#define ENTRY "/efi/loader/entries/xen.conf"
#define CONF "/efi/loader/loader.conf"
#define CFG "/efi/EFI/xen/toolx.cfg"
#define TEXT "[toolstack]\noptions=dom0_mem=1G,max:1G\nkernel=vmlinuz root=/dev/vda2 ro\n"
#define LINUX "/efi/loader/entries/0123456789abcdef0123456789abcdef-6.1.0.conf"
#define NEW "/efi/loader/entries/guestctl-xen.conf"
#define NEW_CFG "/efi/EFI/xen/guestctl.cfg"

/* A volume with the loader, xen.efi and a kernel. */
static Tree *volume_new(void)
{
    Tree *tree = tree_new(&boot_target_systemd_boot);
    tree_write(tree, "/efi/EFI/systemd/systemd-bootx64.efi", "MZ");
    tree_write(tree, "/efi/EFI/xen/xen.efi", "MZ");
    tree_write(tree, "/efi/EFI/xen/vmlinuz", "MZ");
    return tree;
}

static Tree *xen_new(const char *options)
{
    Tree *tree = volume_new();
    g_autofree char *entry = g_strdup_printf("title Xen\nefi /EFI/xen/xen.efi\noptions %s\n", options);
    tree_write(tree, ENTRY, entry);
    tree_write(tree, CFG, TEXT);
    tree_write(tree, CONF, "default xen.conf\n");
    return tree;
}

static Tree *linux_new(const char *conf)
{
    Tree *tree = volume_new();
    tree_write(tree, "/efi/vm/linux", "MZ");
    tree_write(tree, LINUX, "title Debian\nversion 6.1.0\nlinux /vm/linux\ninitrd /intel-ucode.img\ninitrd /vm/initrd\noptions root=UUID=1 ro\n");
    if (conf)
        tree_write(tree, CONF, conf);
    return tree;
}

static void it_is_found_by_the_loader_or_an_entry_for_xen(void **state)
{
    g_autoptr(Tree) tree = tree_new(&boot_target_systemd_boot);
    assert_false(tree_found(tree, "there is no EFI/systemd/systemd-boot*.efi"));
    tree_write(tree, "/boot/loader/entries/a.conf", "title Fedora\nlinux /vmlinuz\n");
    tree_write(tree, "/boot/vmlinuz", "MZ");
    tree_write(tree, "/boot/EFI/fedora/xen.efi", "MZ");
    assert_false(tree_found(tree, "and no entry that starts xen.efi"));
    tree_write(tree, "/boot/loader/entries/b.conf", "efi /EFI/fedora/xen.efi\n");
    assert_true(tree_found(tree, "/boot/loader/entries/b.conf starts /EFI/fedora/xen.efi"));

    g_autoptr(Tree) bare = volume_new();
    assert_false(tree_found(bare, "no entry starts xen.efi, and none for Linux is on its volume"));
    tree_read_fails(bare, GUESTCTL_ERROR_NOT_FOUND, "systemd-boot: no entry starts xen.efi, and none for Linux");
    g_autoptr(Tree) linux_tree = linux_new(NULL);
    assert_true(tree_found(linux_tree, "one can be made from " LINUX));
}

static void the_line_is_that_of_the_section_which_the_entry_names(void **state)
{
    g_autoptr(Tree) tree = xen_new("xen.efi -cfg=toolx.cfg toolstack");
    tree_read(tree);
    assert_string_equal(tree->config.line, "dom0_mem=1G,max:1G");
    assert_string_equal(tree->config.path, CFG);
    assert_true(tree->config.xen_is_default);
    assert_int_equal(tree_warnings(tree), 0);
    tree_edit(tree, "dom0_mem=2G,max:2G", true);
    assert_int_equal(tree->files->len, 1);
    assert_string_equal(tree_edited(tree, CFG), "[toolstack]\noptions=dom0_mem=2G,max:2G\nkernel=vmlinuz root=/dev/vda2 ro\n");
    tree_checks(tree, "dom0_mem=2G,max:2G");
    tree_check_fails(tree, "dom0_mem=1G", ENTRY " gives Xen \"dom0_mem=2G,max:2G\", not");
    tree_edit_fails(tree, "a=#", CFG ": xen.efi would read \"a=#\" only up to its #");
}

static void options_without_the_programs_name_are_warned_of(void **state)
{
    g_autoptr(Tree) tree = xen_new("-cfg=toolx.cfg toolstack");
    tree_read(tree);
    assert_string_equal(tree->config.line, "dom0_mem=1G,max:1G");
    tree_warns(tree, "says \"No configuration file found\"; write: options xen.efi -cfg=toolx.cfg toolstack");
    tree_check_fails(tree, "dom0_mem=1G,max:1G", ENTRY ": xen.efi finds no configuration: it takes the first word of options for its own name; write");

    tree_write(tree, "/efi/EFI/xen/xen.cfg", "[toolstack]\nkernel=vmlinuz\noptions=usual\n");
    tree_read(tree);
    assert_string_equal(tree->config.line, "usual");
    tree_warns(tree, "reads its usual configuration; write");
}

static void options_behind_dashes_win_over_the_file(void **state)
{
    g_autoptr(Tree) tree = xen_new("xen.efi /cfg toolx.cfg toolstack -- loglvl=all  smt=0");
    tree_read(tree);
    assert_string_equal(tree->config.line, "dom0_mem=1G,max:1G loglvl=all  smt=0");
    tree_warns(tree, "gives these to Xen after those of " CFG);
    tree_edit_fails(tree, "loglvl=info", ENTRY ": its options give Xen loglvl behind \"--\", which wins over " CFG "; take it out there");
    tree_edit(tree, "dom0_mem=2G", false);
    tree_checks(tree, "dom0_mem=2G loglvl=all smt=0");
}

static void a_configuration_that_is_not_there_is_an_error(void **state)
{
    g_autoptr(Tree) tree = xen_new("xen.efi -cfg=gone.cfg toolstack");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, "systemd-boot: " ENTRY ": xen.efi finds no configuration: this is not there: gone.cfg");
    tree_write(tree, ENTRY, "efi /EFI/xen/xen.efi\noptions xen.efi\n");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, "there is no xen.cfg beside it");
    tree_write(tree, ENTRY, "efi /EFI/xen/xen.efi\noptions xen.efi -cfg=toolx.cfg tool\n");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, ENTRY ": " CFG ": xen.efi finds no kernel= in section [tool]");
}

static void the_default_is_a_pattern(void **state)
{
    g_autoptr(Tree) tree = xen_new("xen.efi -cfg=toolx.cfg toolstack");
    tree_write(tree, "/efi/loader/entries/debian.conf", "linux /EFI/xen/vmlinuz\n");
    tree_write(tree, CONF, "timeout 3\ndefault XEN*\n");
    tree_read(tree);
    assert_true(tree->config.xen_is_default);
    tree_write(tree, CONF, "timeout 3\r\ndefault *\r\n# end");
    tree_read(tree);
    assert_false(tree->config.xen_is_default);
    tree_warns(tree, "this default fits entries for Linux as well as xen.conf; name one");
    tree_edit(tree, "a=1", true);
    assert_string_equal(tree_edited(tree, CONF), "timeout 3\r\ndefault xen.conf\r\n# end");
    tree_read(tree);
    assert_true(tree->config.xen_is_default);
    tree_write(tree, CONF, "default debian.conf");
    tree_read(tree);
    assert_false(tree->config.xen_is_default);
    tree_warns(tree, "the default entry is not xen.conf");
}

static void the_default_one_of_several_entries_counts(void **state)
{
    g_autoptr(Tree) tree = xen_new("xen.efi -cfg=toolx.cfg toolstack");
    tree_write(tree, "/efi/loader/entries/a-xen.conf", "efi \\EFI\\XEN\\XEN.EFI\noptions xen.efi -cfg=toolx.cfg other\n");
    tree_write(tree, "/efi/loader/entries/gone.conf", "efi /EFI/xen/xen-4.1.efi\noptions xen.efi\n");
    tree_read(tree);
    assert_string_equal(tree->config.section, "toolstack");
    tree_warns(tree, "it starts Xen too; " ENTRY " is the one that is looked at");
}

static void an_entry_is_made_from_that_of_linux(void **state)
{
    g_autoptr(Tree) tree = linux_new("default 0123*\n");
    tree_read(tree);
    assert_string_equal(tree->config.line, "");
    assert_false(tree->config.xen_is_default);
    tree_edit(tree, "dom0_mem=1G,max:1G", false);
    assert_int_equal(tree->files->len, 2);
    assert_string_equal(tree_edited(tree, NEW), "# Made by guestctl.\ntitle Xen\nefi /EFI/xen/xen.efi\noptions xen.efi -cfg=guestctl.cfg xen\n");
    assert_string_equal(tree_edited(tree, NEW_CFG), "# Made by guestctl.\n[global]\ndefault=xen\n\n[xen]\noptions=dom0_mem=1G,max:1G\n"
                                                    "kernel=\\vm\\linux root=UUID=1 ro\nramdisk=\\vm\\initrd\n");
    tree_checks(tree, "dom0_mem=1G,max:1G");

    /* the next time it is edited, and no second one is made */
    tree_read(tree);
    assert_string_equal(tree->config.line, "dom0_mem=1G,max:1G");
    tree_edit(tree, "dom0_mem=2G", true);
    assert_int_equal(tree->files->len, 2);
    assert_string_equal(tree_edited(tree, CONF), "default guestctl-xen.conf\n");
    assert_null(tree_edited(tree, NEW));
    tree_checks(tree, "dom0_mem=2G");
}

static void a_new_entry_does_not_become_the_default_by_itself(void **state)
{
    static const char *const confs[] = {NULL, "timeout 3\n", "default *\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(confs); i++) {
        g_autoptr(Tree) tree = linux_new(confs[i]);
        tree_read(tree);
        tree_edit(tree, "a=1", false);
        assert_int_equal(tree->files->len, 3);
        assert_contains(tree_edited(tree, CONF), "default 0123456789abcdef0123456789abcdef-*\n");
        tree_read(tree);
        assert_false(tree->config.xen_is_default);
    }
    g_autoptr(Tree) tree = linux_new(NULL);
    tree_read(tree);
    tree_edit(tree, "a=1", true);
    assert_string_equal(tree_edited(tree, CONF), "default guestctl-xen.conf\n");
}

/* Debian's names without a machine id, and others. */
static void a_default_that_is_pinned_goes_on_to_take_newer_kernels(void **state)
{
    static const struct {
        const char *id, *other, *pinned;
    } cases[] = {
        {"debian-6.1.0.conf", "version 1\nlinux /vm/linux\n", "default debian-*.conf\n"},
        {"arch.conf", "version 1\nlinux /vm/linux\n", "default arch.conf\n"},
        {"debian-6.1.0.conf", "efi /tool.efi\n", NULL}, /* debian-a.conf is not for Linux */
        {"6.1.0.conf", "version 1\nlinux /vm/linux\n", NULL},
        {"guestctl-6.1.conf", "version 1\nlinux /vm/linux\n", NULL}, /* the new entry's own name would fit */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Tree) tree = volume_new();
        g_autofree char *path = g_strconcat("/efi/loader/entries/", cases[i].id, NULL);
        tree_write(tree, "/efi/vm/linux", "MZ");
        tree_write(tree, path, "version 9\nlinux /vm/linux\n");
        tree_write(tree, "/efi/loader/entries/debian-a.conf", cases[i].other);
        tree_read(tree);
        if (!cases[i].pinned)
            tree_warns(tree, "it has none that lasts, so the new entry may become the default");
        tree_edit(tree, "a=1", false);
        assert_int_equal(tree->files->len, cases[i].pinned ? 3 : 2);
        const char *conf = tree_edited(tree, CONF);
        assert_string_equal(conf ? conf : "none", cases[i].pinned ? cases[i].pinned : "none");
    }
}

static Tree *after_apply(void)
{
    Tree *tree = linux_new("default 0123*\n");
    tree_write(tree, "/efi/vm/initrd", "rd");
    tree_read(tree);
    tree_edit(tree, "dom0_mem=1G,max:1G", true);
    return tree;
}

static void remove_file(const Tree *tree, const char *path)
{
    g_autofree char *full = g_strconcat(tree->root, path, NULL);
    assert_int_equal(g_unlink(full), 0);
}

static void our_configuration_takes_the_kernel_of_an_upgrade(void **state)
{
    g_autoptr(Tree) tree = after_apply();
    tree_read(tree);
    assert_null(tree->config.broken);
    assert_int_equal(tree_warnings(tree), 0);
    tree_write(tree, "/efi/loader/entries/0123456789abcdef0123456789abcdef-6.10.0.conf", "version 6.10.0\nlinux /vm/linux-6.10\noptions root=UUID=1 ro\n");
    tree_write(tree, "/efi/vm/linux-6.10", "MZ");
    tree_read(tree);
    assert_null(tree->config.broken);
    assert_true(tree->config.mends);
    tree_warns(tree, "run: guestctl grub apply after each kernel upgrade");

    remove_file(tree, LINUX);
    remove_file(tree, "/efi/vm/linux");
    remove_file(tree, "/efi/vm/initrd");
    tree_read(tree);
    assert_string_equal(tree->config.broken, NEW_CFG ": dom0's kernel is not there: \\vm\\linux; names are relative to /efi/EFI/xen");
    assert_true(tree->config.mends);
    tree_edit(tree, "dom0_mem=2G", false);
    assert_string_equal(tree_edited(tree, NEW_CFG), "# Made by guestctl.\n[global]\ndefault=xen\n\n[xen]\noptions=dom0_mem=2G\n"
                                                    "kernel=\\vm\\linux-6.10 root=UUID=1 ro\n");
    tree_read(tree);
    assert_null(tree->config.broken);
    assert_int_equal(tree_warnings(tree), 0);
}

static void without_a_kernel_to_take_it_stays_broken(void **state)
{
    g_autoptr(Tree) tree = after_apply();
    remove_file(tree, "/efi/vm/linux");
    tree_read(tree);
    assert_false(tree->config.mends);
    assert_contains(tree->config.broken, "dom0's kernel is not there: \\vm\\linux; names are relative to /efi/EFI/xen, and " LINUX ": /vm/linux: its kernel is not there");
    remove_file(tree, LINUX);
    tree_read(tree);
    assert_false(tree->config.mends);
    assert_contains(tree->config.broken, ", and no entry for Linux is on /efi to take another from");
    tree_warns(tree, "correct it, or it does not boot");
}

static void an_administrators_configuration_keeps_its_kernel(void **state)
{
    g_autoptr(Tree) tree = xen_new("xen.efi -cfg=toolx.cfg toolstack");
    tree_write(tree, "/efi/vm/linux", "MZ");
    tree_write(tree, LINUX, "version 6.1\nlinux /vm/linux\n");
    tree_write(tree, CFG, TEXT "ramdisk=rd\n");
    tree_read(tree);
    assert_string_equal(tree->config.broken, CFG ": dom0's RAM disk is not there: rd; names are relative to /efi/EFI/xen");
    assert_false(tree->config.mends);
    tree_edit(tree, "a=1", false);
    assert_contains(tree_edited(tree, CFG), "kernel=vmlinuz root=/dev/vda2 ro\nramdisk=rd\n");
}

static void what_xen_cannot_read_is_not_carried_over(void **state)
{
    static const struct {
        const char *entry, *message;
    } cases[] = {
        {"linux /vm/gone\n", "/vm/gone: its kernel is not there"},
        {"linux /vm/linux\noptions a=#b\n", "a=#b: xen.efi would end it at #"},
        {"linux /vm/linux\ninitrd /a\ninitrd /b\n", "/b: it has more than one initrd, and xen.efi takes one"},
        {"linux /vm/linux\ninitrd /a b\n", "/a b: xen.efi cannot read this name"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Tree) tree = linux_new(NULL);
        tree_write(tree, LINUX, cases[i].entry);
        tree_read_fails(tree, GUESTCTL_ERROR_INVALID, cases[i].message);
    }
}

static void the_newest_linux_is_taken_unless_another_is_the_default(void **state)
{
    g_autoptr(Tree) tree = linux_new(NULL);
    tree_write(tree, "/efi/loader/entries/b.conf", "version 6.10.0\nlinux /vm/linux\noptions newest\n");
    tree_read(tree);
    assert_string_equal(reason_find(tree->config.reasons, "kernel")->value, "\\vm\\linux newest");
    tree_write(tree, CONF, "default 0123*");
    tree_read(tree);
    assert_string_equal(reason_find(tree->config.reasons, "kernel")->value, "\\vm\\linux root=UUID=1 ro");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_found_by_the_loader_or_an_entry_for_xen),
        cmocka_unit_test(the_line_is_that_of_the_section_which_the_entry_names),
        cmocka_unit_test(options_without_the_programs_name_are_warned_of),
        cmocka_unit_test(options_behind_dashes_win_over_the_file),
        cmocka_unit_test(a_configuration_that_is_not_there_is_an_error),
        cmocka_unit_test(the_default_is_a_pattern),
        cmocka_unit_test(the_default_one_of_several_entries_counts),
        cmocka_unit_test(an_entry_is_made_from_that_of_linux),
        cmocka_unit_test(a_new_entry_does_not_become_the_default_by_itself),
        cmocka_unit_test(a_default_that_is_pinned_goes_on_to_take_newer_kernels),
        cmocka_unit_test(our_configuration_takes_the_kernel_of_an_upgrade),
        cmocka_unit_test(without_a_kernel_to_take_it_stays_broken),
        cmocka_unit_test(an_administrators_configuration_keeps_its_kernel),
        cmocka_unit_test(what_xen_cannot_read_is_not_carried_over),
        cmocka_unit_test(the_newest_linux_is_taken_unless_another_is_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
