/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/meta.h"

#include "tests/test.h"

static ImageMeta *changed(const char *document, const GPtrArray *changes)
{
    g_autoptr(GError) error = NULL;
    ImageMeta *meta = image_meta_parse_changed(document, document ? strlen(document) : 0, changes, "test", &error);
    assert_no_error(error);
    return meta;
}

static void add(GPtrArray *changes, const char *name, const char *value)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *notice = NULL;
    assert_true(image_change_add(changes, name, value, &notice, &error));
    assert_no_error(error);
    assert_null(notice);
}

static void a_change_wins_whichever_of_its_names_was_used(void **state)
{
    static const char *const documents[] = {"{\"hw_vm_mode\": \"xen\"}", "{\"vm_mode\": \"xen\"}", "{\"vm_mode\": \"xen\", \"hw_vm_mode\": \"exe\"}",
                                            "vm_mode=xen\n", "{\"properties\": {\"vm_mode\": \"xen\"}}"};
    static const char *const names[] = {"vm_mode", "hw_vm_mode"};
    for (gsize d = 0; d < G_N_ELEMENTS(documents); d++)
        for (gsize n = 0; n < G_N_ELEMENTS(names); n++) {
            g_autoptr(GPtrArray) changes = image_changes_new();
            add(changes, names[n], "hvm");
            g_autoptr(ImageMeta) meta = changed(documents[d], changes);
            assert_string_equal(image_meta_get(meta, "hw_vm_mode"), "hvm");
            add(changes, names[1 - n], NULL);
            assert_int_equal(changes->len, 1);
            g_autoptr(ImageMeta) without = changed(documents[d], changes);
            assert_null(image_meta_get(without, "hw_vm_mode"));
        }
}

static void the_rest_of_the_document_stays(void **state)
{
    g_autoptr(GPtrArray) changes = image_changes_new();
    add(changes, "os_type", "linux");
    add(changes, "min_ram", "512");
    add(changes, "min_disk", NULL);
    g_autoptr(ImageMeta) meta = changed("{\"id\": \"x\", \"min_disk\": 3, \"min_ram\": 1, \"vm_mode\": \"xen\", \"mine\": \"1\"}", changes);
    assert_string_equal(meta->id, "x");
    assert_string_equal(image_meta_get(meta, "hw_vm_mode"), "xen");
    assert_string_equal(image_meta_get(meta, "os_type"), "linux");
    assert_int_equal(meta->min_ram_mib, 512);
    assert_int_equal(meta->min_disk_gib, 0);
    assert_int_equal(meta->unknown->len, 1);
}

static void an_image_without_a_document_has_its_changes(void **state)
{
    g_autoptr(GPtrArray) changes = image_changes_new();
    g_autoptr(ImageMeta) empty = changed(NULL, changes);
    assert_int_equal(empty->properties->len, 0);
    add(changes, "hypervisor_type", "xen");
    add(changes, "hypervisor_type", "kvm");
    g_autoptr(ImageMeta) meta = changed(NULL, changes);
    assert_string_equal(image_meta_get(meta, "img_hv_type"), "kvm");
    assert_int_equal(changes->len, 1);
}

static void what_nova_would_refuse_is_refused(void **state)
{
    static const struct {
        const char *name, *value, *message;
    } faults[] = {
        {"vm_mode", "fullvirt", "fullvirt"},
        {"hw_disk_bus", "", "hw_disk_bus"},
        {"hw_cpu_cores", "many", "many"},
        {"name", "x", "an image's name is not a property; use --name"},
        {"id", "x", "cannot be changed here"},
        {"disk_format", NULL, "cannot be changed here"},
        {"os_hash_value", "00", "cannot be changed here"},
        {"min_ram", "much", "a whole number"},
        {"", "x", "a name has 1 to 255 bytes"},
        {"two words", "x", "a name has 1 to 255 bytes"},
        {"mine", "\xff", "a value is UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GPtrArray) changes = image_changes_new();
        g_autoptr(GError) error = NULL;
        g_autofree char *notice = NULL;
        assert_false(image_change_add(changes, faults[i].name, faults[i].value, &notice, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, faults[i].message);
        assert_int_equal(changes->len, 0);
    }
}

static void an_unknown_property_is_kept_and_told(void **state)
{
    g_autoptr(GPtrArray) changes = image_changes_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *notice = NULL;
    assert_true(image_change_add(changes, "hw_disk_bsu", "virtio", &notice, &error));
    assert_string_equal(notice, "property \"hw_disk_bsu\" is not known; did you mean hw_disk_bus; it is kept and not used");
    g_autoptr(ImageMeta) meta = changed(NULL, changes);
    assert_int_equal(meta->unknown->len, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_wins_whichever_of_its_names_was_used),
        cmocka_unit_test(the_rest_of_the_document_stays),
        cmocka_unit_test(an_image_without_a_document_has_its_changes),
        cmocka_unit_test(what_nova_would_refuse_is_refused),
        cmocka_unit_test(an_unknown_property_is_kept_and_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
