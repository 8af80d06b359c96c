/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/decide.h"

static void the_configuration_sets_the_defaults(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Policy) policy = policy_parse("[defaults]\nxen-mode = pvh\nmemory = 2G\nvcpus = 4\nbridge = xenbr0\ncpu-mode = custom\n"
                                            "cpu-model = Nehalem\ncpu-flags = pcid\n", "guestctl.conf", &error);
    assert_no_error(error);
    assert_int_equal(policy->xen_mode, VM_MODE_PVH);
    assert_int_equal(policy->memory_kib, 2 * 1024 * 1024);
    assert_int_equal(policy->vcpus, 4);
    assert_string_equal(policy->bridge, "xenbr0");
    assert_string_equal(policy->cpu_mode, "custom");
    assert_string_equal(policy->cpu_model, "Nehalem");
    assert_string_equal(policy->cpu_flags[0], "pcid");
}

static void a_missing_configuration_is_no_fault(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Policy) policy = policy_load("/nonexistent/guestctl.conf", &error);
    assert_no_error(error);
    assert_int_equal(policy->xen_mode, VM_MODE_PV);
}

static void faults_name_their_line(void **state)
{
    static const struct {
        const char *text, *message;
    } faults[] = {
        {"[defaults]\nmemroy = 1G\n", "guestctl.conf:2: key \"memroy\" is not known; did you mean \"memory\"?"},
        {"[default]\n", "guestctl.conf:1: group [default] is not known (use [defaults], [storage] or [inject])"},
        {"[inject]\ninject_key = maybe\n", "guestctl.conf:2: inject_key: \"maybe\" is neither yes nor no"},
        {"[inject]\ninject_partition = -3\n", "guestctl.conf:2: inject_partition: partition \"-3\" is not known"},
        {"[inject]\nkey = yes\ninject_key = yes\n", "guestctl.conf:3: key and inject_key are one setting; write it once"},
        {"[inject]\ninject_pasword = yes\n", "guestctl.conf:2: key \"inject_pasword\" is not known; did you mean \"inject_password\"?"},
        {"[defaults]\nxen-mode = kvm\n", "guestctl.conf:2: vm_mode \"kvm\" is not known"},
        {"[defaults]\nmemory = 1\n", "guestctl.conf:2: memory: size \"1\" is not understood"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(policy_parse(faults[i].text, "guestctl.conf", &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, faults[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_configuration_sets_the_defaults),
        cmocka_unit_test(a_missing_configuration_is_no_fault),
        cmocka_unit_test(faults_name_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
