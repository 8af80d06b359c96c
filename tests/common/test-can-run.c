/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/can-run.h"

/* A disk image with these properties, asked of a recorded host. */
static CanRun *ask_with(const char *properties, const char *recorded, const char *backend, bool strict, guint64 memory_kib)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strdup_printf(FIXTURES "/hosts/%s.json", recorded);
    g_autoptr(Host) host = host_load(path, &error);
    assert_no_error(error);
    g_autoptr(ImageMeta) image = *properties ? image_meta_parse(properties, strlen(properties), "image", &error) : NULL;
    assert_no_error(error);
    g_autoptr(Policy) policy = policy_new();
    g_autoptr(Request) request = request_new();
    request->name = g_strdup("web");
    request->memory_kib = memory_kib;
    RequestDisk *disk = request_add_disk(request, "root");
    disk->path = g_strdup("/srv/web.raw");
    disk->known = disk->is_image = true;
    disk->info.file_size = disk->info.virtual_size = 1 << 30;
    return can_run(request, image, host, policy, backend, strict);
}

static CanRun *ask(const char *properties, const char *recorded)
{
    return ask_with(properties, recorded, NULL, false, 0);
}

static void each_property_is_compared_with_its_own_kind(void **state)
{
    static const struct {
        const char *properties, *host;
        bool can;
    } rows[] = {
        {"", "kvm", true},
        {"", "xen-4.17", true},
        {"vm_mode=hvm\n", "kvm", true},
        {"vm_mode=hvm\n", "xen-4.17", true},
        {"vm_mode=xen\n", "xen-4.17", true},
        {"vm_mode=pvh\n", "xen-4.17", true},
        {"vm_mode=xen\n", "kvm", false},
        {"vm_mode=xen\n", "qemu", false},
        {"vm_mode=pvh\n", "kvm", false},
        {"hypervisor_type=xen\n", "xen-4.17", true},
        {"hypervisor_type=xen\n", "kvm", false},
        {"hypervisor_type=kvm\n", "kvm", true},
        {"hypervisor_type=kvm\n", "qemu", false},
        {"hypervisor_type=qemu\n", "kvm", true},
        {"hypervisor_type=qemu\n", "qemu", true},
        {"hypervisor_type=qemu\n", "xen-4.17", false},
        {"hypervisor_type=hyperv\n", "kvm", false},
        {"architecture=i686\n", "kvm", true},
        {"architecture=i686\nvm_mode=hvm\n", "xen-4.17", true},
        {"architecture=aarch64\n", "kvm", false},
        {"img_hv_requested_version=>=4.17.0\n", "xen-4.17", true},
        {"img_hv_requested_version=>=4.18.0\n", "xen-4.17", false},
        {"img_hv_requested_version=<7.0\n", "kvm", false},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CanRun) answer = ask(rows[i].properties, rows[i].host);
        if (answer->can != rows[i].can)
            fail_msg("%s on %s: %s", rows[i].properties, rows[i].host, answer->because->len ? (char *)answer->because->pdata[0] : "it can");
        assert_int_equal(answer->because->len == 0, rows[i].can);
    }
}

/* A Xen without 32-bit PV: i686, xen and "xen" are each in some instance of it, and in no single one. */
static void all_of_them_must_be_in_one_instance(void **state)
{
    g_autoptr(CanRun) answer = ask("architecture=i686\nvm_mode=xen\nhypervisor_type=xen\n", "xen-4.17");
    assert_false(answer->can);
    assert_contains((char *)answer->because->pdata[0], "architecture=i686 (not x86_64)");
    g_ptr_array_add(answer->supported, NULL);
    g_autofree char *supported = g_strjoinv(", ", (GStrv)answer->supported->pdata);
    g_ptr_array_remove_index(answer->supported, answer->supported->len - 1);
    assert_string_equal(supported, "x86_64 xen xen, i686 xen hvm, x86_64 xen hvm, x86_64 xen pvh");
}

static void a_no_names_each_property_that_differs_and_what_create_would_do(void **state)
{
    g_autoptr(CanRun) answer = ask("vm_mode=xen\n", "kvm");
    assert_int_equal(answer->because->len, 1);
    assert_string_equal(answer->because->pdata[0], "nova's image properties filter: vm_mode=xen (not hvm); create would run it all the same, as hvm");

    g_autoptr(CanRun) two = ask("vm_mode=xen\nhypervisor_type=xen\n", "kvm");
    assert_string_equal(two->because->pdata[0], "nova's image properties filter: hypervisor_type=xen (not kvm), vm_mode=xen (not hvm)");
    assert_contains((char *)two->because->pdata[1], "image property hypervisor_type=xen, but this machine runs KVM");
}

static void what_decide_refuses_is_a_no_without_a_guests_name(void **state)
{
    g_autoptr(CanRun) answer = ask_with("vm_mode=hvm\n", "kvm", NULL, false, 64ULL << 20);
    assert_false(answer->can);
    assert_null(answer->guest);
    assert_int_equal(answer->because->len, 1);
    assert_true(g_str_has_prefix(answer->because->pdata[0], "memory 64G is more than this whole machine has"));
}

static void a_translation_is_a_no_only_under_strict(void **state)
{
    g_autoptr(CanRun) answer = ask("vm_mode=hvm\nhw_disk_bus=virtio\n", "xen-4.17");
    assert_true(answer->can);
    g_autoptr(CanRun) strict = ask_with("vm_mode=hvm\nhw_disk_bus=virtio\n", "xen-4.17", NULL, true, 0);
    assert_false(strict->can);
    assert_contains((char *)strict->because->pdata[0], "(refused because of --strict)");
}

static void a_backend_that_is_not_there_is_a_no(void **state)
{
    g_autoptr(CanRun) answer = ask_with("", "kvm", "xen", false, 0);
    assert_false(answer->can);
    assert_null(answer->backend);
    assert_contains((char *)answer->because->pdata[0], "this is no Xen control domain");
    g_autoptr(CanRun) emulated = ask_with("hypervisor_type=kvm\n", "kvm", "qemu", false, 0);
    assert_false(emulated->can);
}

/* nova: such a host fits no image. */
static void a_host_that_does_not_say_what_it_runs_fits_nothing(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Host) host = host_load(FIXTURES "/hosts/xen-4.17.json", &error);
    assert_no_error(error);
    g_clear_pointer(&host->xen.caps, g_free);
    host->xen.pvh = false;
    g_autoptr(Policy) policy = policy_new();
    g_autoptr(Request) request = request_new();
    request->name = g_strdup("web");
    g_autoptr(CanRun) answer = can_run(request, NULL, host, policy, NULL, false);
    assert_false(answer->can);
    assert_contains((char *)answer->because->pdata[0], "it does not say what it runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_property_is_compared_with_its_own_kind),
        cmocka_unit_test(all_of_them_must_be_in_one_instance),
        cmocka_unit_test(a_no_names_each_property_that_differs_and_what_create_would_do),
        cmocka_unit_test(what_decide_refuses_is_a_no_without_a_guests_name),
        cmocka_unit_test(a_translation_is_a_no_only_under_strict),
        cmocka_unit_test(a_backend_that_is_not_there_is_a_no),
        cmocka_unit_test(a_host_that_does_not_say_what_it_runs_fits_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
