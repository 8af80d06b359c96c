/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "kvm/xml-disk.h"

static void assert_disk(const GPtrArray *disks, guint i, const char *target, const char *format, const char *path)
{
    const XmlDisk *disk = disks->pdata[i];
    assert_string_equal(disk->target, target);
    assert_string_equal(disk->format, format);
    if (path)
        assert_string_equal(disk->path, path);
    else
        assert_null(disk->path);
}

static void disks_are_found_with_target_format_and_path(void **state)
{
    g_autoptr(GPtrArray) disks = xml_disks(
        "<domain><name>a</name><devices><emulator>/q</emulator>"
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/srv/a&amp;b.qcow2'/><backingStore/><target dev='vda'/></disk>"
        "<disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='/dev/vg/a'/><target dev='vdb'/></disk>"
        "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><target dev='hda'/></disk>"
        "<interface><source dev='eth0'/><target dev='tap0'/></interface></devices></domain>");
    assert_int_equal(disks->len, 3);
    assert_disk(disks, 0, "vda", "qcow2", "/srv/a&b.qcow2");
    assert_disk(disks, 1, "vdb", "raw", "/dev/vg/a");
    assert_disk(disks, 2, "hda", "raw", NULL);
}

static void what_is_below_a_disk_is_not_taken_for_it(void **state)
{
    g_autoptr(GPtrArray) disks =
        xml_disks("<domain><devices><disk><driver type='qcow2'/><source file='/top'/><backingStore type='file'><format type='raw'/>"
                  "<source file='/base'/></backingStore><mirror><source file='/copy'/></mirror><target dev='vda'/></disk></devices></domain>");
    assert_int_equal(disks->len, 1);
    assert_disk(disks, 0, "vda", "qcow2", "/top");
}

static void what_is_no_domain_has_no_disks(void **state)
{
    static const char *const texts[] = {"", "{}", "<domain", "<disk><source file='/x'/></disk>", "<a><disk><source file='/x'/></disk></a>"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GPtrArray) disks = xml_disks(texts[i]);
        assert_int_equal(disks->len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(disks_are_found_with_target_format_and_path),
        cmocka_unit_test(what_is_below_a_disk_is_not_taken_for_it),
        cmocka_unit_test(what_is_no_domain_has_no_disks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
