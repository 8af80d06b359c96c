/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/tree.h"

#include "common/distro.h"

static void packages_have_the_names_of_the_distribution(void **state)
{
    static const struct {
        const char *os_release, *name, *qemu, *xen;
    } cases[] = {
        {"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n", "Debian GNU/Linux 12 (bookworm)", "apt-get install qemu-system-x86",
         "systemctl enable --now xen"},
        {"ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nPRETTY_NAME=Mint\n", "Mint", "apt-get install qemu-system-x86", "systemctl enable --now xen"},
        {"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", NULL, "dnf install qemu-kvm", "systemctl enable --now xenstored xenconsoled"},
        {"ID=fedora\n", NULL, "dnf install qemu-kvm", "systemctl enable --now xenstored xenconsoled"},
        {"ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n", NULL, "zypper install qemu-x86", "systemctl enable --now xenstored xenconsoled"},
        {"ID=alpine\n", NULL, "apk add qemu-system-x86_64", "rc-service xenstored start && rc-service xenconsoled start"},
        {"ID=arch\n", NULL, "pacman -S qemu-base", "systemctl enable --now xenstored xenconsoled"},
        {"ID=plan9\nNAME='unclosed\n", NULL, "install QEMU for this machine's architecture", "start the service xenstored"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *root = make_folder(), *name = NULL;
        const char *const files[] = {"/etc/os-release", cases[i].os_release, NULL, NULL};
        make_tree(root, files);
        g_autoptr(SysTree) tree = sys_tree_new(root);
        const Distro *distro = distro_of(tree, &name);
        g_autofree char *qemu = distro_install(distro, PACKAGE_QEMU, "x86_64"), *xen = distro_start_xen(distro);
        assert_string_equal(qemu, cases[i].qemu);
        assert_string_equal(xen, cases[i].xen);
        if (cases[i].name)
            assert_string_equal(name, cases[i].name);
        else
            assert_null(name);
        remove_folder(root);
    }
}

static void ubuntu_has_names_of_its_own_and_usr_lib_counts(void **state)
{
    g_autofree char *root = make_folder(), *name = NULL;
    const char *const files[] = {"/usr/lib/os-release", "ID=ubuntu\nID_LIKE=debian\n", NULL, NULL};
    make_tree(root, files);
    g_autoptr(SysTree) tree = sys_tree_new(root);
    g_autofree char *kernel = distro_install(distro_of(tree, &name), PACKAGE_KERNEL, NULL);
    assert_string_equal(kernel, "apt-get install linux-modules-extra-$(uname -r)");
    remove_folder(root);
}

static void packages_are_those_of_the_architecture(void **state)
{
    static const struct {
        const char *os_release, *arch;
        Package package;
        const char *command;
    } cases[] = {
        {"ID=debian\n", "aarch64", PACKAGE_KERNEL, "apt-get install linux-image-arm64"},
        {"ID=debian\n", "ppc64le", PACKAGE_IMAGE, "apt-get install linux-image-powerpc64le"},
        {"ID=debian\n", "x86_64", PACKAGE_IMAGE, "apt-get install linux-image-amd64"},
        {"ID=debian\n", "aarch64", PACKAGE_XEN, "apt-get install xen-system-arm64"},
        {"ID=ubuntu\n", "aarch64", PACKAGE_XEN, "apt-get install xen-system-arm64"},
        {"ID=ubuntu\n", "aarch64", PACKAGE_IMAGE, "apt-get install linux-image-generic"},
        {"ID=fedora\n", "x86_64", PACKAGE_IMAGE, "dnf install kernel-core"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *root = make_folder(), *name = NULL;
        const char *const files[] = {"/etc/os-release", cases[i].os_release, NULL, NULL};
        make_tree(root, files);
        g_autoptr(SysTree) tree = sys_tree_new(root);
        g_autofree char *command = distro_install(distro_of(tree, &name), cases[i].package, cases[i].arch);
        assert_string_equal(command, cases[i].command);
        remove_folder(root);
    }
}

static void qemu_is_that_of_the_architecture(void **state)
{
    static const struct {
        const char *os_release, *arch, *command;
    } cases[] = {
        {"ID=debian\n", "aarch64", "apt-get install qemu-system-arm"},  {"ID=debian\n", "ppc64le", "apt-get install qemu-system-ppc"},
        {"ID=alpine\n", "aarch64", "apk add qemu-system-aarch64"},      {"ID=alpine\n", "ppc64le", "apk add qemu-system-ppc64"},
        {"ID=sles\n", "aarch64", "zypper install qemu-arm"},            {"ID=fedora\n", "ppc64le", "dnf install qemu-kvm"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *root = make_folder(), *name = NULL;
        const char *const files[] = {"/etc/os-release", cases[i].os_release, NULL, NULL};
        make_tree(root, files);
        g_autoptr(SysTree) tree = sys_tree_new(root);
        g_autofree char *command = distro_install(distro_of(tree, &name), PACKAGE_QEMU, cases[i].arch);
        assert_string_equal(command, cases[i].command);
        remove_folder(root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packages_have_the_names_of_the_distribution),
        cmocka_unit_test(packages_are_those_of_the_architecture),
        cmocka_unit_test(qemu_is_that_of_the_architecture),
        cmocka_unit_test(ubuntu_has_names_of_its_own_and_usr_lib_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
