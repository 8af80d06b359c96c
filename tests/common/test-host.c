/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/host.h"

static void a_host_survives_its_own_json(void **state)
{
    static const char *const fixtures[] = {"xen-4.17", "kvm", "qemu"};
    for (gsize i = 0; i < G_N_ELEMENTS(fixtures); i++) {
        g_autofree char *path = g_strdup_printf(FIXTURES "/hosts/%s.json", fixtures[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(Host) host = host_load(path, &error);
        assert_no_error(error);
        g_autofree char *text = host_to_json(host);
        g_autoptr(Host) again = host_parse(text, "again", &error);
        assert_no_error(error);
        g_autofree char *text_again = host_to_json(again);
        assert_string_equal(text, text_again);
    }
}

static void the_best_backend_is_xen_then_kvm_then_qemu(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Host) host = host_new();
    host->xen.usable = host->kvm.usable = host->kvm.kvm_works = true;
    assert_string_equal(host_best_backend(host, &error), "xen");
    host->xen.usable = false;
    assert_string_equal(host_best_backend(host, &error), "kvm");
    host->kvm.kvm_works = false;
    assert_string_equal(host_best_backend(host, &error), "qemu");
    host->kvm.usable = false;
    host->kvm.reason = g_strdup("no QEMU");
    assert_null(host_best_backend(host, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "Xen: not built in; KVM and QEMU: no QEMU");
}

static void a_wrong_host_file_names_the_place(void **state)
{
    static const struct {
        const char *text, *message;
    } faults[] = {
        {"{\"format\": \"guestctl-host/1\", \"arch\": \"x86_64\"}", "h.json: \"xen\" must be an object"},
        {"{\"format\": \"guestctl-host/1\", \"cpuz\": 2, \"xen\": {}, \"kvm\": {}}", "\"cpuz\" is not known; did you mean \"cpus\"?"},
        {"{\"format\": \"guestctl-host/1\", \"cpus\": \"2\", \"xen\": {}, \"kvm\": {}}", "\"cpus\" must be a whole number"},
        {"{\"format\": \"guestctl-host/1\", \"xen\": {\"pv\": 1}, \"kvm\": {}}", "h.json: xen: \"pv\" must be true or false"},
        {"{\"format\": \"guestctl-host/1\", \"xen\": {}, \"kvm\": {}}", "a host needs arch and identity_seed"},
        {"{", "h.json: line 1"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(host_parse(faults[i].text, "h.json", &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, faults[i].message);
    }
}

static void put(const char *root, const char *path, const char *text)
{
    g_autofree char *full = g_strconcat(root, path, NULL);
    g_autofree char *folder = g_path_get_dirname(full);
    g_mkdir_with_parents(folder, 0755);
    assert_true(g_file_set_contents(full, text, -1, NULL));
}

static void a_fixture_tree_is_probed_like_a_machine(void **state)
{
    g_autofree char *root = make_folder();
    put(root, "/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: A CPU\nflags\t\t: fpu vmx\n\nprocessor\t: 1\n");
    put(root, "/proc/meminfo", "MemTotal:        2048 kB\nMemFree:  1 kB\nMemAvailable:    1024 kB\n");
    put(root, "/sys/class/net/br1/bridge/bridge_id", "x\n");
    put(root, "/sys/class/net/br0/bridge/bridge_id", "x\n");
    put(root, "/sys/class/net/eth0/address", "x\n");
    put(root, "/sys/devices/system/node/node0/cpulist", "0\n");
    put(root, "/sys/devices/system/node/node2/cpulist", "1\n");
    put(root, "/sys/devices/system/node/online", "0,2\n");
    put(root, "/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    g_autoptr(Host) host = host_new();
    host_probe_common(host, root, "");
    assert_int_equal(host->cpus, 2);
    assert_string_equal(host->cpu_vendor, "GenuineIntel");
    assert_true(g_strv_contains((const char *const *)host->cpu_flags, "vmx"));
    assert_int_equal(host->numa_nodes, 2);
    assert_int_equal(host->memory_kib, 2048);
    assert_int_equal(host->free_memory_kib, 1024);
    assert_int_equal(g_strv_length(host->bridges), 2);
    assert_string_equal(host->bridges[0], "br0");
    assert_int_equal(strlen(host->identity_seed), 32);
    remove_folder(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_survives_its_own_json),
        cmocka_unit_test(the_best_backend_is_xen_then_kvm_then_qemu),
        cmocka_unit_test(a_wrong_host_file_names_the_place),
        cmocka_unit_test(a_fixture_tree_is_probed_like_a_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
