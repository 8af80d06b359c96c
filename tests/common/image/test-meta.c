/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/image/meta.h"
#include "tests/meta-json.h"

#define IMAGES FIXTURES "/images/"

static ImageMeta *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    ImageMeta *meta = image_meta_parse(text, strlen(text), "test", &error);
    if (!meta)
        fail_msg("%s: %s", text, error->message);
    return meta;
}

static void assert_refused(const char *text, const char *message)
{
    g_autoptr(GError) error = NULL;
    if (image_meta_parse(text, strlen(text), "test", &error))
        fail_msg("taken: %s", text);
    assert_int_equal(error->domain, GUESTCTL_ERROR);
    assert_int_equal(error->code, GUESTCTL_ERROR_INVALID);
    assert_string_equal(error->message, message);
}

static void assert_warns(const ImageMeta *meta, const char *warning)
{
    for (guint i = 0; i < meta->warnings->len; i++)
        if (strcmp(meta->warnings->pdata[i], warning) == 0)
            return;
    g_autofree char *json = meta_to_json(meta, "test");
    fail_msg("no warning \"%s\" in %s", warning, json);
}

static void one_image_in_four_forms_is_one_image(void **state)
{
    static const char *const forms[] = {IMAGES "debian-hvm.json", IMAGES "debian-hvm-show.json", IMAGES "debian-hvm-old-client.json",
                                        IMAGES "debian-hvm.meta"};
    g_autofree char *first = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(ImageMeta) meta = image_meta_load(forms[i], &error);
        if (!meta)
            fail_msg("%s", error->message);
        assert_true(image_meta_check(meta, NULL));
        assert_string_equal(meta->id, "54b15a74-91c3-4a8e-9d0b-2f4f6f2f6c11");
        assert_string_equal(meta->name, "deb12-xen-hvm");
        assert_string_equal(meta->status, "active");
        assert_string_equal(meta->disk_format, "qcow2");
        assert_string_equal(meta->container_format, "bare");
        assert_true(meta->size == 3473408 && meta->virtual_size == 67108864);
        assert_true(meta->min_ram_mib == 256 && meta->min_disk_gib == 1);
        assert_int_equal(meta->unknown->len, 1);
        g_ptr_array_set_size(meta->warnings, 0); /* they come in the document's order */
        g_autofree char *json = meta_to_json(meta, "any");
        if (!first)
            first = g_steal_pointer(&json);
        else
            assert_string_equal(json, first);
    }
}

static void folds_legacy_names_and_says_so(void **state)
{
    g_autoptr(ImageMeta) meta = parse("{\"vm_mode\":\"PV\",\"architecture\":\"amd64\"}");
    const ImageProperty *mode = image_meta_find(meta, "hw_vm_mode");
    assert_string_equal(mode->value, "xen");
    assert_string_equal(mode->given_name, "vm_mode");
    assert_string_equal(mode->given_value, "PV");
    assert_string_equal(image_meta_get(meta, "hw_architecture"), "x86_64");
    assert_null(image_meta_get(meta, "vm_mode"));
    assert_warns(meta, "\"vm_mode\" is the older name of \"hw_vm_mode\"");
}

static void the_current_name_wins(void **state)
{
    g_autoptr(ImageMeta) meta = parse("{\"hw_vm_mode\":\"hvm\",\"vm_mode\":\"xen\"}");
    assert_string_equal(image_meta_get(meta, "hw_vm_mode"), "hvm");
    assert_int_equal(meta->properties->len, 1);
    assert_warns(meta, "\"hw_vm_mode\" and its older name \"vm_mode\" are both set: \"hw_vm_mode\" counts");
}

static void a_wrong_current_value_does_not_let_the_old_one_through(void **state)
{
    g_autoptr(ImageMeta) meta = parse("{\"hw_vm_mode\":\"nonsense\",\"vm_mode\":\"xen\"}");
    assert_null(image_meta_get(meta, "hw_vm_mode"));
    assert_int_equal(meta->problems->len, 1);
}

static void keeps_the_unknown_and_names_the_nearest(void **state)
{
    g_autoptr(ImageMeta) meta = parse("{\"zz_custom\":\"Free Text\",\"hw_disk_buss\":\"XEN\",\"Vm_Mode\":\"hvm\"}");
    assert_int_equal(meta->unknown->len, 3);
    const ImageProperty *first = meta->unknown->pdata[0], *last = meta->unknown->pdata[2];
    assert_string_equal(first->name, "Vm_Mode");
    assert_string_equal(last->name, "zz_custom");
    assert_string_equal(last->value, "Free Text");
    assert_warns(meta, "property \"zz_custom\" is not known");
    assert_warns(meta, "property \"hw_disk_buss\" is not known; did you mean \"hw_disk_bus\"?");
    assert_warns(meta, "property \"Vm_Mode\" is not known; did you mean \"vm_mode\"?");
}

/* COUNT properties NAME0=x, NAME1=x, ... */
static ImageMeta *parse_many(const char *name, unsigned count)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(text, "%s%u=x\n", name, i);
    return parse(text->str);
}

static void warns_of_thousands_of_unknown_properties_in_a_few_words(void **state)
{
    g_autoptr(ImageMeta) exactly = parse_many("mine", 32);
    assert_int_equal(exactly->warnings->len, 32);
    g_autoptr(ImageMeta) many = parse_many("mine", 4000);
    assert_int_equal(many->unknown->len, 4000);
    assert_int_equal(many->warnings->len, 33);
    assert_string_equal(many->warnings->pdata[31], "property \"mine31\" is not known");
    assert_string_equal(many->warnings->pdata[32], "and 3968 more properties are not known");
}

static void lists_every_value_that_nova_would_refuse(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageMeta) meta = image_meta_load(IMAGES "refused-values.json", NULL);
    assert_int_equal(meta->problems->len, 5);
    assert_string_equal(image_meta_get(meta, "hw_architecture"), "x86_64");
    assert_false(image_meta_check(meta, &error));
    assert_int_equal(error->code, GUESTCTL_ERROR_INVALID);
    assert_non_null(strstr(error->message, "(nova: Virtual machine mode 'fullvirt' is not valid)"));
    assert_non_null(strstr(error->message, "(nova: Field value UEFI is invalid); use uefi or bios; did you mean \"uefi\"?"));
    assert_non_null(strstr(error->message, "property \"hw_disk_bus\": \"nvme\" is not legal"));
    assert_non_null(strstr(error->message, "Version >=4.17,<5 is not a valid predicate"));
    assert_non_null(strstr(error->message, "property \"kernel_id\": \"/boot/vmlinuz\" is not legal"));
}

static void pvh_is_an_extension_that_says_so(void **state)
{
    g_autoptr(ImageMeta) meta = image_meta_load(IMAGES "pvh.meta", NULL);
    assert_string_equal(image_meta_get(meta, "hw_vm_mode"), "pvh");
    assert_true(image_meta_check(meta, NULL));
    assert_warns(meta, "property \"vm_mode\": \"pvh\" is an extension of guestctl, taken as \"pvh\"; nova refuses it");
}

#define MISTAKE                                                                                                                  \
    "hypervisor_type is xen but vm_mode is not set. The command in OpenStack's Xen guide, \"openstack image set --property "     \
    "hypervisor_type=xen vm_mode=hvm IMAGE\", sets only the first: if that was used, repeat it as \"openstack image set "        \
    "--property hypervisor_type=xen --property vm_mode=hvm IMAGE\""

static void explains_the_mistake_of_the_xen_guide(void **state)
{
    g_autoptr(ImageMeta) meta = image_meta_load(IMAGES "guide-mistake.json", NULL);
    assert_warns(meta, MISTAKE);
    g_autoptr(ImageMeta) slipped = image_meta_load(IMAGES "slipped-mode.json", NULL);
    assert_int_equal(slipped->problems->len, 1);
    assert_warns(slipped, "the value of \"hypervisor_type\" holds \"vm_mode=\" too: two properties were written as one; "
                          "openstack image set takes one --property for each");
}

static void sees_no_mistake_where_there_is_none(void **state)
{
    static const char *const right[] = {
        "hypervisor_type=xen\nvm_mode=hvm\n", "hypervisor_type=xen\nhw_vm_mode=nonsense\n", "hypervisor_type=kvm\n",
        "os_command_line=quiet architecture=x\nvm_mode=xen\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(right); i++) {
        g_autoptr(ImageMeta) meta = parse(right[i]);
        for (guint j = 0; j < meta->warnings->len; j++)
            assert_null(strstr(meta->warnings->pdata[j], "openstack image set"));
    }
}

static void one_vmware_property_sets_bus_and_controller(void **state)
{
    g_autoptr(ImageMeta) meta = image_meta_load(IMAGES "vmware-old.json", NULL);
    assert_true(image_meta_check(meta, NULL));
    assert_string_equal(image_meta_get(meta, "hw_disk_bus"), "scsi");
    assert_string_equal(image_meta_get(meta, "hw_scsi_model"), "lsisas1068");
    assert_string_equal(image_meta_get(meta, "hw_vif_model"), "vmxnet3");
    assert_string_equal(image_meta_get(meta, "hw_disk_type"), "sparse");
    assert_int_equal(meta->unknown->len, 0);
}

static void reads_numbers_and_booleans(void **state)
{
    g_autoptr(ImageMeta) meta = image_meta_load(IMAGES "snapshot-numa.json", NULL);
    assert_true(image_meta_check(meta, NULL));
    assert_int_equal(meta->unknown->len, 0);
    assert_int_equal(image_meta_get_int(meta, "hw_cpu_sockets", 1), 2);
    assert_int_equal(image_meta_get_int(meta, "hw_cpu_cores", 7), 7);
    assert_true(image_meta_get_bool(meta, "hw_boot_menu", false));
    assert_true(image_meta_get_bool(meta, "hw_pmu", true));
    assert_string_equal(image_meta_get(meta, "hw_numa_cpus.0"), "0-1,3");
    assert_string_equal(image_meta_get(meta, "img_block_device_mapping"), "[{\"device_name\":\"/dev/vda\",\"volume_id\":null}]");
    assert_warns(meta, "key \"hw_cpu_sockets\": a custom property is a string in Glance; 2 is taken as \"2\"");
    assert_warns(meta, "key \"hw_boot_menu\": a custom property is a string in Glance; true is taken as \"true\"");
}

static void nodes_after_a_gap_are_dropped_aloud(void **state)
{
    g_autoptr(ImageMeta) meta = parse("hw_numa_cpus.0=0\nhw_numa_cpus.2=1\n");
    assert_null(image_meta_get(meta, "hw_numa_cpus.2"));
    assert_warns(meta, "\"hw_numa_cpus.2\" is ignored, as in nova: the nodes before it are not all there");
}

static void null_is_an_absent_core_field(void **state)
{
    g_autoptr(ImageMeta) meta = parse("{\"name\":null,\"size\":null,\"min_ram\":null,\"tags\":null,\"locations\":[{\"url\":\"x\",\"metadata\":{}}]}");
    assert_null(meta->name);
    assert_true(meta->size == -1 && meta->virtual_size == -1 && meta->min_ram_mib == 0);
}

static void a_fault_of_the_document_names_its_place(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "test: the document is empty"},
        {" \n\t ", "test: the document is empty"},
        {"[]", "test: line 1: a list where one image's object should be"},
        {"{\"vm_mode\":\"hvm\"", "test: line 1, column 17: the text ends where \",\" or \"}\" should be"},
        {"{}x", "test: line 1, column 3: \"x\" where the end of the document should be"},
        {"{\"a\":\"1\",\n \"\\u0061\":\"2\"}", "test: line 2, column 2: the key \"a\" is there twice"},
        {"{\"vm_mode\":\"hvm\",\"properties\":{\"vm_mode\":\"hvm\"}}",
         "test: key \"properties.vm_mode\": the same property is already at key \"vm_mode\""},
        {"{\"properties\":{\"os_hidden\":false},\"os_hidden\":false}",
         "test: key \"os_hidden\": the same property is already at key \"properties.os_hidden\""},
        {"{\"properties\":{\"properties\":{\"a\":\"b\"}}}", "test: key \"properties.properties\": an object or a list; a custom property is a string"},
        {"{\"min_ram\":\"x\"}", "test: key \"min_ram\": a whole number or null should be here"},
        {"{\"size\":1.5}", "test: key \"size\": a whole number or null should be here"},
        {"{\"size\":-1}", "test: key \"size\": a negative number where a size should be"},
        {"{\"disk_format\":7}", "test: key \"disk_format\": a string or null should be here"},
        {"{\"protected\":\"no\"}", "test: key \"protected\": true, false or null should be here"},
        {"{\"tags\":[1]}", "test: key \"tags\": a list of strings should be here"},
        {"{\"properties\":[]}", "test: key \"properties\": an object should be here"},
        {"{\"properties\":{\"vm_mode\":null}}", "test: key \"properties.vm_mode\": null is not a value; a custom property is a string"},
        {"{\"vm_mode\":[\"hvm\"]}", "test: key \"vm_mode\": an object or a list; a custom property is a string"},
        {"{\"hw_tpm_version\":2.0}",
         "test: key \"hw_tpm_version\": a fraction; a custom property is a string, and which digits were meant is lost: use quotes"},
        {"{\"\":\"x\"}", "test: key \"\": a property's name has 1 to 255 bytes"},
        {"{\"a\":[[[[[[[[1]]]]]]]]}", "test: line 1, column 13: nested more than 8 deep"},
        {"{\"a\\u001b[m\":{}}", "test: key \"a\\u001b[m\": an object or a list; a custom property is a string"},
        {"vm_mode", "test: line 1: no \"=\"; a line is key=value, or a comment that starts with #"},
        {"# c\n\n=x", "test: line 3: a name without spaces and quotes should be before the \"=\""},
        {"vm mode=x", "test: line 1: a name without spaces and quotes should be before the \"=\""},
        {"a='x", "test: line 1: the value's quotes do not pair"},
        {"a=\"x\"y\"", "test: line 1: the value's quotes do not pair"},
        {"vm_mode=hvm\nvm_mode=hvm", "test: line 2: the same property is already at line 1"},
        {"min_ram=lots", "test: line 1: a whole number should be here"},
        {"size=-1", "test: line 1: a whole number should be here"},
        {"protected=perhaps", "test: line 1: true or false should be here"},
        {"a=\xff", "test: line 1, column 3: not valid UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(cases[i].text, cases[i].message);
}

static void an_old_clients_list_that_is_ambiguous_is_refused(void **state)
{
    static const char *const lists[] = {"a", "a=b", "a='b", "a='b',c='d'", "a='it's', b='c'", "{'a': 'b'}", "a b='c'"};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autofree char *text = g_strdup_printf("{\"properties\":\"%s\"}", lists[i]);
        g_autoptr(GError) error = NULL;
        assert_null(image_meta_parse(text, strlen(text), "test", &error));
        assert_true(g_str_has_prefix(error->message, "test: key \"properties\": this form of properties (k='v', k='v')"));
    }
    assert_refused("{\"properties\":\"a='b', a='c'\"}", "test: key \"properties\".a: the same property is already at key \"properties\".a");
}

static void a_nul_byte_is_refused_in_either_form(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(image_meta_parse("a=b\0c", 5, "test", &error));
    assert_string_equal(error->message, "test: line 1, column 4: a NUL byte");
    g_clear_error(&error);
    assert_null(image_meta_parse("{\"a\":\"\0\"}", 9, "test", &error));
    assert_string_equal(error->message, "test: line 1, column 7: a NUL byte");
}

static void what_is_over_64_kib_is_refused(void **state)
{
    g_autofree char *text = g_strnfill(IMAGE_META_MAX + 1, '#');
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageMeta) meta = image_meta_parse(text, IMAGE_META_MAX, "test", &error);
    assert_non_null(meta);
    assert_null(image_meta_parse(text, IMAGE_META_MAX + 1, "test", &error));
    assert_string_equal(error->message, "test: 65537 bytes, more than the 65536 that are read");
}

static void takes_what_windows_writes(void **state)
{
    g_autoptr(ImageMeta) meta = parse("\xef\xbb\xbfvm_mode=hvm\r\nos_type=\"Windows\"\r\n");
    assert_string_equal(image_meta_get(meta, "hw_vm_mode"), "hvm");
    assert_string_equal(image_meta_get(meta, "os_type"), "windows");

    g_autoptr(ImageMeta) json = parse("\xef\xbb\xbf{\"vm_mode\":\"hvm\"}\r\n");
    assert_string_equal(image_meta_get(json, "hw_vm_mode"), "hvm");
}

static void a_mapping_may_hold_any_character(void **state)
{
    g_autoptr(ImageMeta) meta = parse("{\"mappings\":[{\"virtual\":\"a\\u001f\"}]}");
    assert_true(image_meta_check(meta, NULL));
    assert_string_equal(image_meta_get(meta, "img_mappings"), "[{\"virtual\":\"a\\u001f\"}]");
}

static void no_warning_can_harm_a_terminal(void **state)
{
    g_autoptr(ImageMeta) meta = parse("{\"a\\u001b]0;x\\u0007\":\"y\",\"hw_boot_menu\":\"\\u001b[2J\"}");
    for (guint i = 0; i < meta->warnings->len; i++)
        assert_null(strchr(meta->warnings->pdata[i], '\x1b'));
}

static void writes_the_document_of_image_show(void **state)
{
    g_autoptr(ImageMeta) meta = parse("{\"name\":\"n\",\"min_ram\":64,\"vm_mode\":\"pv\",\"x\":\"y\",\"hw_rng_model\":\"no\"}");
    g_autofree char *json = meta_to_json(meta, "web.json");
    assert_string_equal(json, "{\n"
                              "  \"format\" : \"guestctl-image/1\",\n"
                              "  \"source\" : \"web.json\",\n"
                              "  \"image\" : {\n"
                              "    \"name\" : \"n\",\n"
                              "    \"min_ram\" : 64\n"
                              "  },\n"
                              "  \"properties\" : {\n"
                              "    \"hw_vm_mode\" : \"xen\"\n"
                              "  },\n"
                              "  \"unknown\" : [\n"
                              "    \"x\"\n"
                              "  ],\n"
                              "  \"warnings\" : [\n"
                              "    \"\\\"vm_mode\\\" is the older name of \\\"hw_vm_mode\\\"\",\n"
                              "    \"property \\\"x\\\" is not known\"\n"
                              "  ],\n"
                              "  \"problems\" : [\n"
                              "    \"property \\\"hw_rng_model\\\": \\\"no\\\" is not legal (nova: Field value no is invalid); use virtio\"\n"
                              "  ]\n"
                              "}\n");
}

static void a_missing_or_wrong_file_is_named(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(image_meta_load("/nonexistent/meta.json", &error));
    assert_int_equal(error->code, GUESTCTL_ERROR_NOT_FOUND);
    assert_non_null(strstr(error->message, "/nonexistent/meta.json"));
    g_clear_error(&error);
    assert_null(image_meta_load("/dev/null", &error));
    assert_int_equal(error->code, GUESTCTL_ERROR_INVALID);
    assert_string_equal(error->message, "/dev/null is not a regular file (it is a character device)");
}

static void touch(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    assert_true(g_file_set_contents(path, "", 0, NULL));
}

static void assert_sidecar(const char *folder, const char *disk, const char *expected)
{
    g_autofree char *path = g_build_filename(folder, disk, NULL);
    g_autofree char *found = image_meta_sidecar(path);
    g_autofree char *name = found ? g_path_get_basename(found) : NULL;
    if (g_strcmp0(name, expected) != 0)
        fail_msg("%s: found %s, expected %s", disk, name, expected);
}

static void finds_the_metadata_beside_a_disk(void **state)
{
    g_autofree char *folder = g_dir_make_tmp("guestctl-test-XXXXXX", NULL);
    static const char *const files[] = {"meta.json", "web.meta", "web.json", "web.meta.json", "web.qcow2.meta", "web.qcow2.json",
                                        "web.qcow2.meta.json"};
    assert_sidecar(folder, "web.qcow2", NULL);
    touch(folder, files[0]);
    assert_sidecar(folder, "web.qcow2", NULL); /* only the image store's own names go with meta.json */
    assert_sidecar(folder, "disk", "meta.json");
    assert_sidecar(folder, "disk.raw", "meta.json");
    assert_sidecar(folder, "root.img", "meta.json");
    for (gsize i = 1; i < G_N_ELEMENTS(files); i++) { /* each one comes before those made so far */
        touch(folder, files[i]);
        assert_sidecar(folder, "web.qcow2", files[i]);
    }
    assert_sidecar(folder, ".hidden", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_image_in_four_forms_is_one_image),
        cmocka_unit_test(folds_legacy_names_and_says_so),
        cmocka_unit_test(the_current_name_wins),
        cmocka_unit_test(a_wrong_current_value_does_not_let_the_old_one_through),
        cmocka_unit_test(keeps_the_unknown_and_names_the_nearest),
        cmocka_unit_test(warns_of_thousands_of_unknown_properties_in_a_few_words),
        cmocka_unit_test(lists_every_value_that_nova_would_refuse),
        cmocka_unit_test(pvh_is_an_extension_that_says_so),
        cmocka_unit_test(explains_the_mistake_of_the_xen_guide),
        cmocka_unit_test(sees_no_mistake_where_there_is_none),
        cmocka_unit_test(one_vmware_property_sets_bus_and_controller),
        cmocka_unit_test(reads_numbers_and_booleans),
        cmocka_unit_test(nodes_after_a_gap_are_dropped_aloud),
        cmocka_unit_test(null_is_an_absent_core_field),
        cmocka_unit_test(a_fault_of_the_document_names_its_place),
        cmocka_unit_test(an_old_clients_list_that_is_ambiguous_is_refused),
        cmocka_unit_test(a_nul_byte_is_refused_in_either_form),
        cmocka_unit_test(what_is_over_64_kib_is_refused),
        cmocka_unit_test(takes_what_windows_writes),
        cmocka_unit_test(a_mapping_may_hold_any_character),
        cmocka_unit_test(no_warning_can_harm_a_terminal),
        cmocka_unit_test(writes_the_document_of_image_show),
        cmocka_unit_test(a_missing_or_wrong_file_is_named),
        cmocka_unit_test(finds_the_metadata_beside_a_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
