/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/file.h"
#include "xen/cpu-flag.h"
#include "xen/session.h"
#include "xen/xen.h"

static void put(const char *root, const char *path, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *full = g_strconcat(root, path, NULL);
    assert_true(file_write(full, text, 0644, &error));
    assert_no_error(error);
}

static void each_machine_is_told_what_it_is(void **state)
{
    static const struct {
        const char *type, *capabilities;
        bool xenstored;
        const char *reason; /* NULL: a control domain */
    } machines[] = {
        {NULL, NULL, false, "this machine does not run on Xen"},
        {"xen\n", NULL, false, "this is a Xen guest, or /proc/xen is not mounted in dom0"},
        {"xen\n", "", false, "this is a Xen guest, not dom0 (no control_d"},
        {"xen\n", "control_d\n", false, "xenstored does not run (no /run/xenstored/socket): systemctl start xen"},
        {"xen\n", "control_d\n", true, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(machines); i++) {
        g_autofree char *root = make_folder();
        g_autoptr(Host) host = host_new();
        if (machines[i].type)
            put(root, "/sys/hypervisor/type", machines[i].type);
        if (machines[i].capabilities)
            put(root, "/proc/xen/capabilities", machines[i].capabilities);
        if (machines[i].xenstored)
            put(root, "/run/xenstored/socket", "");
        assert_int_equal(xen_probe_control(host, root), machines[i].reason == NULL);
        if (machines[i].reason)
            assert_contains(host->xen.reason, machines[i].reason);
        remove_folder(root);
    }
}

static void finds_the_files_where_debian_puts_them(void **state)
{
    g_autofree char *root = make_folder();
    g_autoptr(Host) host = host_new();
    put(root, "/usr/lib/grub-xen/grub-x86_64-xen.bin", "");
    put(root, "/usr/share/ovmf/OVMF.fd", "");
    put(root, "/usr/lib/xen/boot/ovmf.bin", "");
    xen_probe_files(host, root);
    assert_string_equal(host->xen.pvgrub, "/usr/lib/grub-xen/grub-x86_64-xen.bin");
    assert_string_equal(host->xen.ovmf, "/usr/share/ovmf/OVMF.fd");
    assert_null(host->xen.pvhgrub);
    assert_null(host->xen.device_model);
    remove_folder(root);
}

static void a_cpu_feature_that_xen_hides_from_dom0_is_known_all_the_same(void **state)
{
    libxl_hwcap hw_cap = {[1] = 1u << 5 | 1u << 25 | 1u << 0};
    g_autoptr(Host) host = host_new();
    g_strfreev(host->cpu_flags);
    host->cpu_flags = g_strsplit("fpu pni", " ", -1);
    xen_cpu_flag_add_hidden(host, hw_cap);
    g_autofree char *flags = g_strjoinv(" ", host->cpu_flags);
    assert_string_equal(flags, "fpu pni vmx aes");
    assert_false(xen_cpu_flag_missing("avx2", host)); /* no Xen: nothing is known */
    host->xen.usable = true;
    assert_true(xen_cpu_flag_missing("avx2", host));
    assert_false(xen_cpu_flag_missing("aesni", host));
    assert_false(xen_cpu_flag_missing("md-clear", host)); /* not in the table: it cannot be told */
}

static void a_machine_without_xen_is_no_fault_and_opens_nothing(void **state)
{
    if (g_file_test("/sys/hypervisor/type", G_FILE_TEST_EXISTS))
        skip();
    g_autoptr(GError) error = NULL;
    g_autoptr(Host) host = host_new();
    assert_true(xen_backend.probe(host, &error));
    assert_no_error(error);
    assert_false(host->xen.usable);
    assert_null(xen_backend.open(NULL, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "Xen cannot be reached: this machine does not run on Xen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_machine_is_told_what_it_is),
        cmocka_unit_test(finds_the_files_where_debian_puts_them),
        cmocka_unit_test(a_cpu_feature_that_xen_hides_from_dom0_is_known_all_the_same),
        cmocka_unit_test(a_machine_without_xen_is_no_fault_and_opens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
