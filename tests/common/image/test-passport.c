/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/image/passport.h"

static Passport *full(void)
{
    Passport *passport = passport_new();
    const char *layers[] = {"limits", "seccomp", NULL};
    passport->format = DISK_FORMAT_QCOW2;
    passport->file_size = 196608;
    passport->virtual_size = 1 << 30;
    passport->sandbox = g_strdupv((GStrv)layers);
    passport->table = g_strdup("gpt");
    PassportPartition *partition = passport_add_partition(passport);
    *partition = (PassportPartition){.number = 1, .start = 1 << 20, .size = 1 << 29, .type = g_strdup("efi-system"),
                                     .file_system = g_strdup("vfat"), .active = true, .is_read = true};
    g_ptr_array_add(passport->loaders, g_strdup("GRUB in the boot sector"));
    PassportKernel *kernel = passport_add_kernel(passport);
    kernel->path = g_strdup("/boot/vmlinuz");
    kernel->compression = g_strdup("zstd");
    kernel->pv = CAN_YES;
    kernel->pvh = CAN_NO;
    passport->os_distro = g_strdup("debian");
    passport->os_version = g_strdup("12");
    passport->architecture = g_strdup("x86_64");
    passport->cloud_init = CAN_YES;
    passport->guest_agent = CAN_NO;
    g_ptr_array_add(passport->notes, g_strdup("a note"));
    passport_set_verdict(passport, WAY_KVM_UEFI, CAN_YES, "EFI/BOOT/%s", "BOOTX64.EFI");
    return passport;
}

static void reads_what_it_has_written(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Passport) passport = full();
    g_autofree char *text = passport_to_json(passport);
    g_autoptr(Passport) again = passport_parse(text, strlen(text), "test", &error);
    assert_no_error(error);
    g_autofree char *same = passport_to_json(again);
    assert_string_equal(text, same);
    assert_int_equal(passport_verdict(again, WAY_KVM_UEFI)->can, CAN_YES);
    assert_string_equal(passport_verdict(again, WAY_KVM_UEFI)->because, "EFI/BOOT/BOOTX64.EFI");
    assert_int_equal(passport_cloud_init(again), CAN_YES);
}

/* One piece of the good text is replaced by another. */
static void assert_refused(const char *piece, const char *by, const char *because)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Passport) passport = full();
    g_autofree char *text = passport_to_json(passport);
    g_auto(GStrv) around = g_strsplit(text, piece, 2);
    assert_non_null(around[1]);
    g_autofree char *changed = g_strconcat(around[0], by, around[1], NULL);
    assert_null(passport_parse(changed, strlen(changed), "guestctl-inspect", &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, because);
    assert_contains(error->message, "guestctl-inspect: ");
}

static void what_is_no_passport_is_refused(void **state)
{
    assert_refused("guestctl-passport/1", "guestctl-passport/2", "its format is");
    assert_refused("\"qcow2\"", "\"floppy\"", "floppy");
    assert_refused("\"qcow2\"", "7", "\"disk_format\" must be a string");
    assert_refused("\"qcow2\"", "null", "\"disk_format\"");
    assert_refused("196608", "-1", "\"file_size\" must be");
    assert_refused("\"yes\"", "\"perhaps\"", "\"pv\" is not what it should be");
    assert_refused("\"efi-system\"", "null", "\"type\"");
    assert_refused("\"debian\"", "\"deb\\u001bian\"", "\"os_distro\"");
    assert_refused("\"a note\"", "\"two\\nlines\"", "\"notes\"");
    assert_refused("\"pvh\" : {", "\"other\" : {", "\"pvh\" is not what it should be");
    assert_refused("\"kernels\" : [", "\"kernels\" : [ 1, ", "\"kernels\" is not what it should be");
}

static void lengths_have_an_end(void **state)
{
    g_autofree char *text = g_strnfill(600, 'x');
    g_autofree char *quoted = g_strdup_printf("\"%s\"", text);
    assert_refused("\"a note\"", quoted, "\"notes\"");
    g_autoptr(GString) many = g_string_new("\"a note\"");
    for (unsigned i = 0; i < 300; i++)
        g_string_append(many, ", \"a note\"");
    assert_refused("\"a note\"", many->str, "\"notes\"");
}

static void proposes_only_what_is_known(void **state)
{
    g_autoptr(Passport) nothing = passport_new(), passport = full();
    g_auto(GStrv) none = passport_properties(nothing), some = passport_properties(passport);
    assert_null(none[0]);
    g_autofree char *all = g_strjoinv(" ", some);
    assert_string_equal(all, "architecture=x86_64 hw_firmware_type=uefi os_distro=debian os_type=linux os_version=12 vm_mode=hvm");
}

static void an_image_that_boots_as_pv_alone_is_xen(void **state)
{
    g_autoptr(Passport) passport = passport_new();
    passport_set_verdict(passport, WAY_PV, CAN_YES, "it has a kernel");
    passport->guest_agent = CAN_YES;
    g_auto(GStrv) some = passport_properties(passport);
    g_autofree char *all = g_strjoinv(" ", some);
    assert_string_equal(all, "hw_qemu_guest_agent=yes vm_mode=xen");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_has_written),   cmocka_unit_test(what_is_no_passport_is_refused),
        cmocka_unit_test(lengths_have_an_end),         cmocka_unit_test(proposes_only_what_is_known),
        cmocka_unit_test(an_image_that_boots_as_pv_alone_is_xen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
