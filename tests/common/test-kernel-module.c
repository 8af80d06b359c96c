/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/tree.h"

#include "common/kernel-module.h"

static const char *const files[] = {
    "/proc/sys/kernel/osrelease", "6.1.0-28-amd64\n",
    "/proc/modules", "kvm_intel 380928 0 - Live 0x0000000000000000\nkvm 1146880 1 kvm_intel, Live 0x0000000000000000\n",
    "/sys/module/kvm_intel/parameters/nested", "Y\n",
    "/sys/module/kvm_pvm/", NULL,
    "/lib/modules/6.1.0-28-amd64/modules.dep", "kernel/arch/x86/kvm/kvm-amd.ko: kernel/arch/x86/kvm/kvm.ko\nkernel/drivers/vhost/vhost_net.ko.xz:\n",
    "/lib/modules/6.1.0-28-amd64/modules.builtin", "kernel/drivers/net/tun.ko\n",
    "/etc/modprobe.d/a.conf", "# blacklist tun\nblacklist  kvm-amd\n\tinstall vhost_net /bin/false\ninstall kvm /sbin/modprobe -i kvm\n",
    "/usr/lib/modprobe.d/kvm.conf", "options kvm-intel nested=0 ept=1\n",
    "/etc/modprobe.d/kvm.conf", "options kvm_intel nested=1\n",
    "/etc/modprobe.d/kvm.conf.old", "options kvm_intel nested=0\n",
    NULL, NULL,
};

static void states_and_files_are_told_apart(void **state)
{
    g_autofree char *root = make_folder();
    make_tree(root, files);
    g_autoptr(SysTree) tree = sys_tree_new(root);
    assert_int_equal(module_state(tree, "kvm_intel"), MODULE_LOADED);
    assert_int_equal(module_state(tree, "kvm-intel"), MODULE_LOADED);
    assert_int_equal(module_state(tree, "kvm"), MODULE_LOADED);
    assert_int_equal(module_state(tree, "intel"), MODULE_ABSENT);
    assert_int_equal(module_state(tree, "kvm_pvm"), MODULE_BUILT_IN);
    assert_int_equal(module_state(tree, "tun"), MODULE_BUILT_IN);
    assert_int_equal(module_state(tree, "vhost_net"), MODULE_ABSENT);
    assert_int_equal(module_file(tree, "vhost_net"), MODULE_CAN_LOAD);
    assert_int_equal(module_file(tree, "kvm_amd"), MODULE_CAN_LOAD);
    assert_int_equal(module_file(tree, "kvm_hv"), MODULE_NO_FILE);
    g_autofree char *nested = module_parameter(tree, "kvm-intel", "nested");
    assert_string_equal(nested, "Y");
    remove_folder(root);
}

static void kernels_without_modules_and_without_tables_are_known(void **state)
{
    g_autofree char *root = make_folder();
    g_autoptr(SysTree) tree = sys_tree_new(root);
    assert_int_equal(module_file(tree, "kvm"), MODULE_NOT_KNOWN);
    const char *const none[] = {"/proc/sys/kernel/osrelease", "6.18.44\n", NULL, NULL};
    make_tree(root, none);
    assert_int_equal(module_file(tree, "kvm"), MODULE_NO_LOADER);
    const char *const climbing[] = {"/proc/sys/kernel/osrelease", "../../..\n", "/proc/modules", "", NULL, NULL};
    make_tree(root, climbing);
    assert_int_equal(module_file(tree, "kvm"), MODULE_NOT_KNOWN);
    remove_folder(root);
}

static void what_the_administrator_wrote_is_found_the_last_word_counts(void **state)
{
    g_autofree char *root = make_folder();
    make_tree(root, files);
    g_autoptr(SysTree) tree = sys_tree_new(root);
    g_autofree char *amd = module_forbidden(tree, "kvm_amd"), *vhost = module_forbidden(tree, "vhost_net"), *value = NULL, *none = NULL;
    assert_string_equal(amd, "/etc/modprobe.d/a.conf");
    assert_string_equal(vhost, "/etc/modprobe.d/a.conf");
    assert_null(module_forbidden(tree, "tun"));
    assert_null(module_forbidden(tree, "kvm")); /* its install line does load it */
    g_autofree char *where = module_option(tree, "kvm_intel", "nested", &value);
    assert_string_equal(where, "/etc/modprobe.d/kvm.conf");
    assert_string_equal(value, "1");
    assert_null(module_option(tree, "kvm_intel", "nest", &none));
    assert_null(none);
    remove_folder(root);
}

/* kmod reads all folders' files by name; a name in /etc stands for those in /run and /usr/lib, and a link to /dev/null for none. */
static void files_are_read_by_name_over_all_folders(void **state)
{
    static const char *const ordered[] = {
        "/etc/modprobe.d/10-kvm.conf", "options kvm_intel nested=0\n",
        "/usr/lib/modprobe.d/90-kvm.conf", "options kvm_intel nested=1\n",
        "/etc/modprobe.d/same.conf", "", "/usr/lib/modprobe.d/same.conf", "blacklist kvm_amd\n",
        "/run/modprobe.d/masked.conf>", "/dev/null", "/lib/modprobe.d/masked.conf", "blacklist kvm\n",
        NULL, NULL,
    };
    g_autofree char *root = make_folder(), *value = NULL;
    make_tree(root, ordered);
    g_autoptr(SysTree) tree = sys_tree_new(root);
    g_autofree char *where = module_option(tree, "kvm_intel", "nested", &value);
    assert_string_equal(where, "/usr/lib/modprobe.d/90-kvm.conf");
    assert_string_equal(value, "1");
    assert_null(module_forbidden(tree, "kvm_amd"));
    assert_null(module_forbidden(tree, "kvm"));
    assert_int_equal(tree->faults->len, 0);
    remove_folder(root);
}

static void the_kernels_command_line_has_the_last_word(void **state)
{
    static const char *const booted[] = {
        "/proc/cmdline", "ro kvm-intel.nested=0 module_blacklist=nouveau,kvm-amd modprobe.blacklist=vhost_net kvm_intel.nested=1 quiet\n",
        "/etc/modprobe.d/kvm.conf", "options kvm_intel nested=0\n", NULL, NULL,
    };
    g_autofree char *root = make_folder(), *value = NULL;
    make_tree(root, booted);
    g_autoptr(SysTree) tree = sys_tree_new(root);
    g_autofree char *where = module_option(tree, "kvm_intel", "nested", &value);
    assert_string_equal(where, "/proc/cmdline");
    assert_string_equal(value, "1");
    g_autofree char *amd = module_forbidden(tree, "kvm_amd"), *vhost = module_forbidden(tree, "vhost-net");
    assert_string_equal(amd, "/proc/cmdline");
    assert_string_equal(vhost, "/proc/cmdline");
    assert_null(module_forbidden(tree, "kvm"));
    remove_folder(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_and_files_are_told_apart),
        cmocka_unit_test(kernels_without_modules_and_without_tables_are_known),
        cmocka_unit_test(what_the_administrator_wrote_is_found_the_last_word_counts),
        cmocka_unit_test(files_are_read_by_name_over_all_folders),
        cmocka_unit_test(the_kernels_command_line_has_the_last_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
