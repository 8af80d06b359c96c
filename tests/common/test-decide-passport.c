/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/decide.h"

static Guest *guest_of(VmMode mode, BootMethod boot, Firmware firmware)
{
    Guest *guest = guest_new();
    guest->name = g_strdup("web");
    guest->arch = g_strdup("x86_64");
    guest->mode = mode;
    guest->boot = boot;
    guest->firmware = firmware;
    guest_add_disk(guest, "root");
    return guest;
}

static void each_way_to_boot_has_its_verdict(void **state)
{
    static const struct {
        VmMode mode;
        BootMethod boot;
        Firmware firmware;
        const char *backend;
        BootWay way;
    } rows[] = {
        {VM_MODE_PV, BOOT_PVGRUB, FIRMWARE_NONE, "xen", WAY_PV},          {VM_MODE_PVH, BOOT_PVGRUB, FIRMWARE_NONE, "xen", WAY_PVH},
        {VM_MODE_HVM, BOOT_FIRMWARE, FIRMWARE_BIOS, "xen", WAY_HVM_BIOS}, {VM_MODE_HVM, BOOT_FIRMWARE, FIRMWARE_UEFI, "xen", WAY_HVM_UEFI},
        {VM_MODE_HVM, BOOT_FIRMWARE, FIRMWARE_BIOS, "kvm", WAY_KVM_BIOS}, {VM_MODE_HVM, BOOT_FIRMWARE, FIRMWARE_UEFI, "qemu", WAY_KVM_UEFI},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Guest) guest = guest_of(rows[i].mode, rows[i].boot, rows[i].firmware);
        BootWay way = WAY_COUNT;
        assert_true(guest_boot_way(guest, rows[i].backend, &way));
        assert_int_equal(way, rows[i].way);
    }
}

static void what_the_image_does_not_decide_is_not_asked(void **state)
{
    BootWay way = WAY_COUNT;
    g_autoptr(Guest) kernel = guest_of(VM_MODE_PV, BOOT_KERNEL, FIRMWARE_NONE), arm = guest_of(VM_MODE_HVM, BOOT_FIRMWARE, FIRMWARE_UEFI);
    g_free(arm->arch);
    arm->arch = g_strdup("aarch64");
    assert_false(guest_boot_way(kernel, "xen", &way));
    assert_false(guest_boot_way(arm, "qemu", &way));
    g_ptr_array_set_size(kernel->disks, 0);
    kernel->boot = BOOT_FIRMWARE;
    assert_false(guest_boot_way(kernel, "xen", &way));
    assert_int_equal(way, WAY_COUNT);
}

static void only_a_no_refuses(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = guest_of(VM_MODE_PV, BOOT_PVGRUB, FIRMWARE_NONE);
    g_autoptr(Passport) passport = passport_new();
    assert_true(guest_check_passport(guest, passport, WAY_PV, &error));
    passport_set_verdict(passport, WAY_PV, CAN_YES, "it has a kernel");
    assert_true(guest_check_passport(guest, passport, WAY_PV, &error));
    assert_null(error);
    passport_set_verdict(passport, WAY_PV, CAN_NO, "its kernel is packed with zstd");
    assert_false(guest_check_passport(guest, passport, WAY_PV, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID,
                 "guest \"web\": its image cannot boot as a PV guest: its kernel is packed with zstd; give it another image, or try it all the same");
}

static void the_remedy_is_a_way_that_this_hypervisor_has(void **state)
{
    g_autoptr(GError) error = NULL, other = NULL;
    g_autoptr(Guest) guest = guest_of(VM_MODE_HVM, BOOT_FIRMWARE, FIRMWARE_BIOS);
    g_autoptr(Passport) passport = passport_new();
    passport_set_verdict(passport, WAY_KVM_BIOS, CAN_NO, "it has no boot sector");
    passport_set_verdict(passport, WAY_HVM_UEFI, CAN_YES, "EFI");
    passport_set_verdict(passport, WAY_PV, CAN_YES, "it has a kernel");
    assert_false(guest_check_passport(guest, passport, WAY_KVM_BIOS, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "give it another image, or");
    passport_set_verdict(passport, WAY_KVM_UEFI, CAN_YES, "EFI");
    assert_false(guest_check_passport(guest, passport, WAY_KVM_BIOS, &other));
    assert_error(other, GUESTCTL_ERROR_INVALID, "set hw_firmware_type=uefi (it can boot so), or");
}

static void a_kernel_is_held_against_the_mode_that_it_is_to_boot(void **state)
{
    g_autoptr(GError) none = NULL, other = NULL, refused = NULL;
    g_autoptr(Guest) guest = guest_of(VM_MODE_PV, BOOT_KERNEL, FIRMWARE_NONE);
    g_autoptr(Passport) passport = passport_new();
    assert_true(guest_check_kernel(guest, passport, &none)); /* it is no kernel that was recognised */
    PassportKernel *kernel = passport_add_kernel(passport);
    kernel->path = g_strdup("");
    kernel->pvh = CAN_YES;
    assert_true(guest_check_kernel(guest, passport, &none)); /* not known */
    kernel->pv = CAN_NO;
    assert_false(guest_check_kernel(guest, passport, &other));
    assert_error(other, GUESTCTL_ERROR_INVALID, "guest \"web\": its kernel_id lacks what Xen needs to start it as a PV guest; set vm_mode=pvh (it can boot so), or");
    guest->mode = VM_MODE_PVH;
    assert_true(guest_check_kernel(guest, passport, &none));
    kernel->pvh = CAN_NO;
    assert_false(guest_check_kernel(guest, passport, &refused));
    assert_error(refused, GUESTCTL_ERROR_INVALID, "as a PVH guest; give it another kernel, or try it all the same with --force");
    guest->mode = VM_MODE_HVM;
    assert_true(guest_check_kernel(guest, passport, &none));
    assert_no_error(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_to_boot_has_its_verdict),
        cmocka_unit_test(what_the_image_does_not_decide_is_not_asked),
        cmocka_unit_test(only_a_no_refuses),
        cmocka_unit_test(a_kernel_is_held_against_the_mode_that_it_is_to_boot),
        cmocka_unit_test(the_remedy_is_a_way_that_this_hypervisor_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
