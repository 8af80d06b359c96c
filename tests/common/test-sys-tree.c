/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/tree.h"

#include "common/sys-tree.h"

static const char *const files[] = {
    "/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n\n",
    "/proc/odd/", NULL,
    "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nlibvirt-qemu:x:64055:108::/var/lib/libvirt:/usr/sbin/nologin\nbroken\n",
    "/etc/group", "root:x:0:\nkvm:x:108:\nlibvirt:x:109:alice,libvirt-qemu\n",
    "/dev/kvm", "crw-rw----+ 1 root kvm 10, 232 Nov 20 19:58 /dev/kvm\n",
    "/dev/plain", "just text\n",
    "/boot/vmlinuz-6.1@0600", "x",
    "/boot/xen-4.17-amd64.gz", "x",
    "/usr/lib/x86_64-linux-gnu/libguestfs.so.0", "x",
    NULL, NULL,
};

static SysTree *make(char **root)
{
    *root = make_folder();
    make_tree(*root, files);
    return sys_tree_new(*root);
}

static void files_are_read_below_the_root_and_within_their_limit(void **state)
{
    g_autofree char *root = NULL;
    g_autoptr(SysTree) tree = make(&root);
    g_autofree char *text = sys_read(tree, "/proc/cpuinfo", 4096);
    g_autofree char *flags = sys_colon_value(text, "flags");
    assert_string_equal(flags, "fpu vmx");
    assert_null(sys_colon_value(text, "vendor"));
    assert_null(sys_read(tree, "/proc/none", 4096));
    assert_int_equal(tree->faults->len, 0); /* what is not there is no fault */
    assert_null(sys_read(tree, "/proc/cpuinfo", 10));
    assert_contains(tree->faults->pdata[0], "/proc/cpuinfo is larger than 10 bytes");
    assert_null(sys_read_line(tree, "/proc/odd"));
    assert_contains(tree->faults->pdata[1], "is not a regular file");
    sys_tree_forget_faults(tree);
    assert_int_equal(tree->faults->len, 0);
    remove_folder(root);
}

static void a_line_of_ls_stands_for_a_device_below_a_root_only(void **state)
{
    g_autofree char *root = NULL;
    g_autoptr(SysTree) tree = make(&root);
    SysFile kvm = sys_look(tree, "/dev/kvm");
    assert_true(kvm.there && kvm.type == 'c' && kvm.mode == 0660 && kvm.major == 10 && kvm.minor == 232);
    g_autofree char *text = sys_file_text(&kvm);
    assert_string_equal(text, "crw-rw---- root kvm 10, 232");
    assert_int_equal(sys_look(tree, "/dev/plain").type, '-');
    assert_int_equal(sys_look(tree, "/boot/vmlinuz-6.1").mode, 0600);
    assert_false(sys_look(tree, "/dev/none").there);

    g_autoptr(SysTree) here = sys_tree_new("");
    g_autofree char *path = g_build_filename(root, "dev/kvm", NULL);
    assert_int_equal(sys_look(here, path).type, '-');
    assert_int_equal(sys_look(here, "/dev/null").major, 1);
    remove_folder(root);
}

static void names_and_first_find_by_patterns_in_order(void **state)
{
    static const char *const patterns[] = {"/usr/lib64/libguestfs.so.0", "/usr/lib/*/libguestfs.so.0", NULL};
    static const char *const none[] = {"/usr/*/*/libnone.so", "/boot/xen*.efi", NULL};
    g_autofree char *root = NULL;
    g_autoptr(SysTree) tree = make(&root);
    g_auto(GStrv) names = sys_names(tree, "/boot", "", "");
    assert_string_equal(names[0], "vmlinuz-6.1");
    assert_string_equal(names[1], "xen-4.17-amd64.gz");
    g_autofree char *found = sys_first(tree, patterns);
    assert_string_equal(found, "/usr/lib/x86_64-linux-gnu/libguestfs.so.0");
    assert_null(sys_first(tree, none));
    remove_folder(root);
}

static void groups_are_those_of_the_tree(void **state)
{
    g_autofree char *root = NULL;
    g_autoptr(SysTree) tree = make(&root);
    assert_true(sys_user_in_group(tree, "libvirt-qemu", "kvm"));     /* its first group */
    assert_true(sys_user_in_group(tree, "libvirt-qemu", "libvirt")); /* a member */
    assert_false(sys_user_in_group(tree, "alice", "kvm"));
    assert_false(sys_user_in_group(tree, "libvirt-qemu", "none"));
    assert_true(sys_group_exists(tree, "kvm") && !sys_group_exists(tree, "qemu"));
    assert_true(sys_user_exists(tree, "root") && !sys_user_exists(tree, "broken"));
    remove_folder(root);
}

/* An image's absolute links are its own: followed on this machine they would show this machine. */
static void links_end_below_the_root(bool by_hand)
{
    static const char *const linked[] = {
        "/etc/os-release>", "/usr/lib/own-release", "/usr/lib/own-release", "ID=copy\n",
        "/etc/climbing>", "../../../../usr/lib/own-release", "/etc/host>", "/proc/version",
        "/etc/a>", "b", "/etc/b>", "a",
        "/lib>", "usr/lib", "/usr/lib/udev/x.rules", "x",
        "/etc/nouveau.conf>", "/dev/null", "/etc/plain.conf", "x",
        NULL, NULL,
    };
    g_autofree char *root = make_folder();
    make_tree(root, linked);
    g_autoptr(SysTree) tree = sys_tree_new(root);
    tree->walk = by_hand;
    g_autofree char *absolute = sys_read_line(tree, "/etc/os-release"), *climbing = sys_read_line(tree, "/etc/climbing");
    assert_string_equal(absolute, "ID=copy");
    assert_string_equal(climbing, "ID=copy");
    assert_null(sys_read_line(tree, "/etc/host"));
    assert_false(sys_exists(tree, "/etc/host") || sys_look(tree, "/etc/host").there);
    assert_int_equal(tree->faults->len, 0);
    assert_null(sys_read_line(tree, "/etc/a"));
    assert_contains(tree->faults->pdata[0], "/etc/a: Too many levels of symbolic links");
    g_auto(GStrv) names = sys_names(tree, "/lib/udev", "", ".rules");
    assert_string_equal(names[0], "x.rules");
    assert_true(sys_is_null(tree, "/etc/nouveau.conf"));
    assert_false(sys_is_null(tree, "/etc/plain.conf") || sys_is_null(tree, "/etc/none"));
    remove_folder(root);
}

static void links_of_a_copy_end_within_it(void **state)
{
    links_end_below_the_root(false);
}

static void and_without_openat2_too(void **state)
{
    links_end_below_the_root(true);
}

static void what_may_not_be_looked_into_is_a_fault(void **state)
{
    static const char *const locked[] = {"/closed/file", "x", NULL, NULL};
    bool is_root = geteuid() == 0; /* who may: then somebody else looks */
    g_autofree char *root = make_folder();
    make_tree(root, locked);
    assert_int_equal(g_chmod(root, 0755), 0);
    g_autofree char *closed = g_strconcat(root, "/closed", NULL);
    g_autoptr(SysTree) tree = sys_tree_new(root);
    assert_int_equal(g_chmod(closed, 0), 0);
    assert_true(!is_root || seteuid(65534) == 0);
    g_auto(GStrv) names = sys_names(tree, "/closed", "", "");
    assert_null(names[0]);
    assert_contains(tree->faults->pdata[0], "/closed: Permission denied");
    assert_false(sys_exists(tree, "/closed/file"));
    assert_contains(tree->faults->pdata[1], "/closed/file: Permission denied");
    assert_true(!is_root || seteuid(0) == 0);
    assert_int_equal(g_chmod(closed, 0755), 0);
    remove_folder(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_below_the_root_and_within_their_limit),
        cmocka_unit_test(a_line_of_ls_stands_for_a_device_below_a_root_only),
        cmocka_unit_test(names_and_first_find_by_patterns_in_order),
        cmocka_unit_test(groups_are_those_of_the_tree),
        cmocka_unit_test(links_of_a_copy_end_within_it),
        cmocka_unit_test(and_without_openat2_too),
        cmocka_unit_test(what_may_not_be_looked_into_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
