/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/grub/tree.h"

#include "grub/esp.h"

static void names_are_found_in_any_case_and_the_same_first(void **state)
{
    g_autoptr(Tree) tree = tree_new(NULL);
    tree_write(tree, "/efi/EFI/Xen/A.cfg", "");
    tree_write(tree, "/efi/EFI/Xen/a.CFG", "");
    static const struct {
        const char *path, *found;
    } cases[] = {
        {"\\efi\\xen\\a.CFG", "/efi/EFI/Xen/a.CFG"},
        {"EFI/Xen//./A.cfg", "/efi/EFI/Xen/A.cfg"},
        {"/efi/XEN/A.CFG", "/efi/EFI/Xen/A.cfg"},
        {"EFI/Xen/../Xen/A.cfg", NULL},
        {"EFI/Xen/b.cfg", NULL},
        {"EFI/Xen/A.cfg/more", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *found = esp_find(tree->root, "/efi", cases[i].path);
        if (g_strcmp0(found, cases[i].found) != 0)
            fail_msg("%s: %s", cases[i].path, found ? found : "nothing");
    }
}

static void a_folder_is_listed_in_order(void **state)
{
    g_autoptr(Tree) tree = tree_new(NULL);
    tree_write(tree, "/efi/xen-b.efi", "");
    tree_write(tree, "/efi/XEN-A.EFI", "");
    tree_write(tree, "/efi/linux.efi", "");
    g_autoptr(GPtrArray) names = esp_list(tree->root, "/efi", "xen*.efi");
    assert_int_equal(names->len, 2);
    assert_string_equal(names->pdata[0], "XEN-A.EFI");
    g_autoptr(GPtrArray) none = esp_list(tree->root, "/gone", "*");
    assert_int_equal(none->len, 0);
}

static void a_path_is_on_the_innermost_volume(void **state)
{
    assert_string_equal(esp_of("/boot/efi/EFI/a"), "/boot/efi");
    assert_string_equal(esp_of("/boot/EFI/a"), "/boot");
    assert_null(esp_of("/boots/a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_in_any_case_and_the_same_first),
        cmocka_unit_test(a_folder_is_listed_in_order),
        cmocka_unit_test(a_path_is_on_the_innermost_volume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
