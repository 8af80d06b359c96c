/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/pe-section.h"

/* The least that has two sections: an offset, the COFF header, no optional header, the table. */
static bool has(const char *name, gsize size, guint8 offset)
{
    g_autofree char *folder = make_folder(), *path = g_build_filename(folder, "xen.efi", NULL);
    char bytes[512] = "MZ";
    bytes[0x3c] = (char)offset;
    memcpy(bytes + 0x80, "PE\0\0", 4);
    bytes[0x80 + 6] = 2;
    memcpy(bytes + 0x80 + 24, ".text", 5);
    memcpy(bytes + 0x80 + 24 + 40, ".config", 7);
    assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
    bool found = pe_section_exists(path, name);
    remove_folder(folder);
    return found;
}

static void a_section_is_found_by_its_whole_name(void **state)
{
    assert_true(has(".text", 512, 0x80));
    assert_true(has(".config", 512, 0x80));
    assert_false(has(".conf", 512, 0x80));
    assert_false(has(".kernel", 512, 0x80));
}

static void a_broken_or_short_file_has_none(void **state)
{
    for (gsize size = 0; size < 0x80 + 24 + 80; size++)
        assert_false(has(".config", size, 0x80));
    assert_false(has(".config", 512, 0));
    assert_false(has(".config", 512, 0xff));
    assert_false(pe_section_exists("/nonexistent", ".config"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_is_found_by_its_whole_name),
        cmocka_unit_test(a_broken_or_short_file_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
