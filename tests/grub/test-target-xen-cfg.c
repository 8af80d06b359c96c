/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/grub/tree.h"

#include <unistd.h>

#define CFG "/boot/efi/EFI/xen/xen.cfg"
#define TEXT "[global]\ndefault=toolstack\n\n[toolstack]\noptions=console=com1,vga dom0_mem=1G # ours\nkernel=vmlinuz root=/dev/vda2 ro\nramdisk=initrd.img\n"

static Tree *tree_with(const char *text)
{
    Tree *tree = tree_new(&boot_target_xen_cfg);
    tree_write(tree, "/boot/efi/EFI/xen/xen.efi", "MZ");
    tree_write(tree, "/boot/efi/EFI/xen/vmlinuz", "MZ");
    tree_write(tree, "/boot/efi/EFI/xen/initrd.img", "rd");
    if (text)
        tree_write(tree, CFG, text);
    return tree;
}

static void it_is_found_by_its_configuration(void **state)
{
    g_autoptr(Tree) tree = tree_new(&boot_target_xen_cfg);
    assert_false(tree_found(tree, "there is no EFI/*/xen*.efi"));
    tree_read_fails(tree, GUESTCTL_ERROR_NOT_FOUND, "xen.cfg: there is no EFI");
    tree_write(tree, "/boot/efi/EFI/xen/xen-4.17-amd64.efi", "MZ");
    assert_false(tree_found(tree, "/boot/efi/EFI/xen/xen-4.17-amd64.efi has no configuration beside it"));
    static const char *const names[] = {"xen", "xen-4", "xen-4.17", "xen-4.17-amd64"}; /* each one is read before the last */
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strdup_printf("/boot/efi/EFI/xen/%s.cfg", names[i]);
        tree_write(tree, path, TEXT);
        assert_true(tree_found(tree, path));
    }
}

static void names_are_found_in_any_case(void **state)
{
    g_autoptr(Tree) tree = tree_new(&boot_target_xen_cfg);
    tree_write(tree, "/efi/efi/Xen/XEN.EFI", "MZ");
    tree_write(tree, "/efi/efi/Xen/Xen.Cfg", TEXT);
    assert_true(tree_found(tree, "/efi/efi/Xen/XEN.EFI reads /efi/efi/Xen/Xen.Cfg"));
}

static void the_line_is_that_of_the_default_section(void **state)
{
    g_autoptr(Tree) tree = tree_with(TEXT "[other]\noptions=no\nkernel=vmlinuz\n");
    tree_read(tree);
    assert_string_equal(tree->config.line, "console=com1,vga dom0_mem=1G ");
    assert_string_equal(tree->config.path, CFG);
    assert_string_equal(tree->config.section, "toolstack");
    assert_null(tree->config.recovery_line);
    assert_int_equal(tree_warnings(tree), 0);
    tree_checks(tree, "console=com1,vga dom0_mem=1G");
    tree_check_fails(tree, "dom0_mem=1G", CFG " gives Xen \"console=com1,vga dom0_mem=1G \", not \"dom0_mem=1G\"");
}

static void editing_changes_the_options_and_no_other_byte(void **state)
{
    g_autoptr(Tree) tree = tree_with(TEXT);
    tree_read(tree);
    tree_edit(tree, "dom0_mem=2G,max:2G dom0_vcpus_pin", true);
    assert_int_equal(tree->files->len, 1);
    assert_string_equal(tree_edited(tree, CFG),
                        "[global]\ndefault=toolstack\n\n[toolstack]\noptions=console=com1,vga dom0_mem=2G,max:2G dom0_vcpus_pin # ours\n"
                        "kernel=vmlinuz root=/dev/vda2 ro\nramdisk=initrd.img\n");
    tree_checks(tree, "console=com1,vga dom0_mem=2G,max:2G dom0_vcpus_pin");
    tree_edit_fails(tree, "a=1\nkernel=evil", CFG ": xen.efi would read \"a=1\nkernel=evil\" only up to its control character");
    tree_edit_fails(tree, "a=#", CFG ": xen.efi would read");
}

static void a_file_from_windows_stays_one(void **state)
{
    g_autoptr(Tree) tree = tree_with("[global]\r\ndefault=x\r\n[x]\r\nkernel=vmlinuz\r\nramdisk=i");
    tree_read(tree);
    assert_string_equal(tree->config.line, "");
    tree_warns(tree, "it has no newline: xen.efi takes the memory behind the file for a part of it");
    tree_edit(tree, "dom0_mem=1G", false);
    assert_string_equal(tree_edited(tree, CFG), "[global]\r\ndefault=x\r\n[x]\r\noptions=dom0_mem=1G\r\nkernel=vmlinuz\r\nramdisk=i");
    tree_checks(tree, "dom0_mem=1G");
}

static void options_on_a_last_line_without_its_end_get_one(void **state)
{
    g_autoptr(Tree) tree = tree_with("[x]\nkernel=vmlinuz\noptions=a=1");
    tree_read(tree);
    assert_string_equal(tree->config.line, "a=1");
    tree_warns(tree, "it has no newline");
    tree_edit(tree, "b", false);
    assert_string_equal(tree_edited(tree, CFG), "[x]\nkernel=vmlinuz\noptions=a=1 b\n");
    tree_checks(tree, "a=1 b");
}

static void a_file_without_default_is_read_from_its_start(void **state)
{
    g_autoptr(Tree) tree = tree_with("[x]\nkernel=vmlinuz\noptions=a\n[y]\noptions=b\nkernel=vmlinuz\n");
    tree_read(tree);
    assert_string_equal(tree->config.line, "a");
    assert_null(tree->config.section);
    tree_edit(tree, "a=1", true);
    assert_string_equal(tree_edited(tree, CFG), "[x]\nkernel=vmlinuz\noptions=a=1\n[y]\noptions=b\nkernel=vmlinuz\n[global]\ndefault=x\n");
    tree_checks(tree, "a=1");

    tree_write(tree, CFG, "[x]\nkernel=vmlinuz\n[y]\noptions=b\n");
    tree_read(tree);
    assert_string_equal(tree->config.line, "b");
    g_autoptr(GError) error = NULL;
    assert_false(tree_try_edit(tree, "b=1", true, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, CFG ": there is no default=, and xen.efi takes its values from more than one place");
}

static void what_stands_twice_is_warned_of(void **state)
{
    g_autoptr(Tree) tree = tree_with("[global]\ndefault=x\n[x]\nkernel=gone\noptions=a\noptions=b\n[x]\nkernel=vmlinuz\n");
    tree_read(tree);
    assert_string_equal(tree->config.line, "a");
    tree_warns(tree, "the section stands here more than once");
    tree_warns(tree, "options= stands here more than once");
    tree_warns(tree, CFG ": dom0's kernel is not there: gone; names are relative to /boot/efi/EFI/xen");
    assert_false(tree->config.mends);
    assert_contains(tree->config.broken, "dom0's kernel is not there: gone");
    assert_int_equal(tree_warnings(tree), 3);
}

static void a_chain_is_followed(void **state)
{
    g_autoptr(Tree) tree = tree_with("[global]\ndefault=x\nchain=\\EFI\\xen\\more.cfg\n[y]\nkernel=k\n");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, CFG ": chain=\\EFI\\xen\\more.cfg is not there");
    tree_write(tree, "/boot/efi/EFI/xen/more.cfg", "[x]\nkernel=vmlinuz\n");
    tree_read(tree);
    assert_string_equal(tree->config.path, "/boot/efi/EFI/xen/more.cfg");
    tree_edit(tree, "a=1", false);
    tree_checks(tree, "a=1");
    tree_write(tree, "/boot/efi/EFI/xen/more.cfg", "[global]\nchain=more.cfg\n");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, "chain=more.cfg leads on without an end");
}

static void a_file_that_does_not_boot_is_an_error(void **state)
{
    g_autoptr(Tree) tree = tree_with("[global]\ndefault=X\n[x]\nkernel=k\n");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, "xen.efi finds no kernel= in section [X]; the file has the sections: global, x; correct default=");
    tree_write(tree, CFG, "[global]\ndefault=x\n[x]\nkernel=vmlinuz");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, CFG ": kernel= is the last line and has no newline, so xen.efi reads on behind it");
    tree_write(tree, CFG, "");
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, "the file has the sections: none");
    g_autofree char *full = g_strconcat(tree->root, CFG, NULL);
    assert_true(g_file_set_contents(full, "[\0g\0", 4, NULL));
    tree_read_fails(tree, GUESTCTL_ERROR_INVALID, "holds a NUL byte");
}

static void other_configurations_are_named(void **state)
{
    g_autoptr(Tree) tree = tree_with(TEXT);
    tree_write(tree, "/efi/EFI/BOOT/xen-4.16.efi", "MZ");
    tree_write(tree, "/efi/EFI/BOOT/xen.cfg", TEXT);
    tree_read(tree);
    tree_warns(tree, "/efi/EFI/BOOT/xen-4.16.efi reads this one; if the firmware starts that, what is changed in " CFG " has no effect");
}

static void a_configuration_that_is_built_in_is_warned_of(void **state)
{
    g_autoptr(Tree) tree = tree_with(TEXT);
    char bytes[512] = "MZ";
    bytes[0x3c] = 0x40;
    memcpy(bytes + 0x40, "PE\0\0", 4);
    bytes[0x40 + 6] = 1;
    memcpy(bytes + 0x40 + 24, ".config", 7);
    g_autofree char *program = g_strconcat(tree->root, "/boot/efi/EFI/xen/xen.efi", NULL);
    assert_true(g_file_set_contents(program, bytes, sizeof bytes, NULL));
    tree_read(tree);
    tree_warns(tree, "this program has a configuration built in, and reads no file");
}

static void a_symbolic_link_is_read_through(void **state)
{
    g_autoptr(Tree) tree = tree_with(NULL);
    tree_write(tree, "/etc/xen.cfg", TEXT);
    g_autofree char *link = g_strconcat(tree->root, CFG, NULL);
    assert_int_equal(symlink("../../../../etc/xen.cfg", link), 0);
    tree_read(tree);
    assert_string_equal(tree->config.path, CFG);
    assert_string_equal(tree->config.section, "toolstack");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_found_by_its_configuration),
        cmocka_unit_test(names_are_found_in_any_case),
        cmocka_unit_test(the_line_is_that_of_the_default_section),
        cmocka_unit_test(editing_changes_the_options_and_no_other_byte),
        cmocka_unit_test(a_file_from_windows_stays_one),
        cmocka_unit_test(options_on_a_last_line_without_its_end_get_one),
        cmocka_unit_test(a_file_without_default_is_read_from_its_start),
        cmocka_unit_test(what_stands_twice_is_warned_of),
        cmocka_unit_test(a_chain_is_followed),
        cmocka_unit_test(a_file_that_does_not_boot_is_an_error),
        cmocka_unit_test(other_configurations_are_named),
        cmocka_unit_test(a_configuration_that_is_built_in_is_warned_of),
        cmocka_unit_test(a_symbolic_link_is_read_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
