/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

#include "common/image/meta.h"
#include "common/image/property.h"
#include "tests/meta-json.h"

#define TABLE FIXTURES "/../common/nova-rules.tsv"

enum { RULE, GIVEN, NOVA, SINCE, OURS, WHY, COLUMNS };

/* The properties that came out, as the table writes them. */
static bool properties_equal(const ImageMeta *meta, const char *expected)
{
    g_autoptr(JsonNode) root = json_from_string(expected, NULL);
    assert_non_null(root);
    JsonObject *object = json_node_get_object(root);
    if (json_object_get_size(object) != meta->properties->len)
        return false;
    for (guint i = 0; i < meta->properties->len; i++) {
        const ImageProperty *property = meta->properties->pdata[i];
        if (!json_object_has_member(object, property->name) ||
            strcmp(json_object_get_string_member(object, property->name), property->value) != 0)
            return false;
    }
    return true;
}

/* Where a problem quotes nova, it has to be what nova says; values with quotes are shown escaped. */
static bool nova_is_quoted_right(const ImageMeta *meta, const char *nova)
{
    const char *problem = meta->problems->pdata[0];
    const char *quoted = strstr(problem, "(nova: ");
    if (!quoted || !g_str_has_prefix(nova, "refused: "))
        return true;
    const char *said = nova + strlen("refused: ");
    /* Python shows int()'s argument with repr(). */
    return strncmp(quoted + strlen("(nova: "), said, strlen(said)) == 0;
}

static bool row_holds(char **row, const char *line)
{
    const char *expected = strcmp(row[OURS], "=") == 0 ? row[NOVA] : row[OURS];
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageMeta) meta = image_meta_parse(row[GIVEN], strlen(row[GIVEN]), "table", &error);
    if (!meta) {
        print_error("%s\n  %s\n", line, error->message);
        return false;
    }
    bool refused = g_str_has_prefix(expected, "refused");
    bool good = refused ? meta->problems->len > 0 && nova_is_quoted_right(meta, row[NOVA])
                        : meta->problems->len == 0 && properties_equal(meta, expected);
    if (!good) {
        g_autofree char *json = meta_to_json(meta, "table");
        print_error("%s\n%s\n", line, json);
    }
    return good;
}

static void every_rule_of_nova_holds(void **state)
{
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(TABLE, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint cases = 0, wrong = 0;

    for (gsize i = 0; lines[i]; i++) {
        if (lines[i][0] == '#' || lines[i][0] == '\0')
            continue;
        g_auto(GStrv) row = g_strsplit(lines[i], "\t", -1);
        assert_int_equal(g_strv_length(row), COLUMNS);
        assert_true(row[RULE][0] != '\0');
        assert_true((strcmp(row[OURS], "=") == 0) == (strcmp(row[WHY], "-") == 0)); /* a difference has a reason */
        cases++;
        wrong += !row_holds(row, lines[i]);
    }
    print_message("%u cases\n", cases);
    assert_true(cases >= 300);
    assert_int_equal(wrong, 0);
}

static void the_table_is_sorted_and_its_names_are_unique(void **state)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < image_property_rules_count; i++) {
        const ImagePropertyRule *rule = &image_property_rules[i];
        if (i > 0 && strcmp(image_property_rules[i - 1].name, rule->name) >= 0)
            fail_msg("%s is not in its place", rule->name);
        assert_true(g_hash_table_add(seen, (gpointer)(guintptr)rule->name));
        if (rule->legacy)
            assert_true(g_hash_table_add(seen, (gpointer)(guintptr)rule->legacy));
        assert_non_null(rule->source);
        assert_true((rule->type == IMAGE_PROPERTY_ENUM) == (rule->values != NULL));
    }
}

static void every_legal_word_is_taken_as_itself(void **state)
{
    for (gsize i = 0; i < image_property_rules_count; i++) {
        const ImagePropertyRule *rule = &image_property_rules[i];
        for (gsize j = 0; rule->values && rule->values[j]; j++) {
            g_auto(ImagePropertyResult) result = image_property_check(rule, rule->name, rule->values[j]);
            assert_string_equal(result.canonical, rule->values[j]);
            assert_null(result.problem);
            assert_null(result.notice);
        }
    }
}

static void finds_a_rule_by_either_name(void **state)
{
    bool legacy = false;
    assert_string_equal(image_property_find("vm_mode", &legacy)->name, "hw_vm_mode");
    assert_true(legacy);
    assert_string_equal(image_property_find("hw_vm_mode", &legacy)->name, "hw_vm_mode");
    assert_false(legacy);
    assert_string_equal(image_property_find("trait:HW_CPU_X86_AVX2", NULL)->name, "trait:");
    assert_string_equal(image_property_find("hw_numa_cpus.127", NULL)->name, "hw_numa_cpus.");
    assert_string_equal(image_property_find("owner_specified.openstack.md5", NULL)->name, "owner_specified.");
    static const char *const no[] = {"", "VM_MODE", "trait:", "hw_numa_cpus.", "hw_numa_cpus.128", "hw_numa_cpus.01", "hw_numa_cpus.+1",
                                     "hw_numa_cpus.x", "hw_numa_cpus", "hw_vm_mode ", "vmware_adaptertype"};
    for (gsize i = 0; i < G_N_ELEMENTS(no); i++)
        assert_null(image_property_find(no[i], NULL));
}

static void a_problem_names_value_and_legal_set(void **state)
{
    static const struct {
        const char *name, *value, *problem;
    } cases[] = {
        {"vm_mode", "uml2",
         "property \"vm_mode\": \"uml2\" is not legal (nova: Virtual machine mode 'uml2' is not valid); "
         "use hvm, xen, uml, exe, pv, hv, baremetal, pvh or xenpvh; did you mean \"uml\"?"},
        {"hw_firmware_type", "UEFI",
         "property \"hw_firmware_type\": \"UEFI\" is not legal (nova: Field value UEFI is invalid); use uefi or bios; "
         "did you mean \"uefi\"?"},
        {"hw_cpu_cores", "0",
         "property \"hw_cpu_cores\": \"0\" is not legal; use a whole number from 1 to 65536"},
        {"hw_cpu_cores", "two",
         "property \"hw_cpu_cores\": \"two\" is not legal (nova: invalid literal for int() with base 10: 'two'); "
         "use a whole number from 1 to 65536"},
        {"kernel_id", "/etc/passwd",
         "property \"kernel_id\": \"/etc/passwd\" is not legal; use the id of an image (letters, digits, \".\", \"_\" and \"-\"), "
         "never a path; or nokernel"},
        {"img_hv_requested_version", "4.17",
         "property \"img_hv_requested_version\": \"4.17\" is not legal (nova: Version 4.17 is not a valid predicate in field "
         "img_hv_requested_version); use comparisons (<, <=, ==, !=, >=, >) with a version of two or three numbers, such as >=4.17,<5.0"},
        {"hw_rng_model", "\x1b[2J",
         "property \"hw_rng_model\": \"\\u001b[2J\" is not legal (nova: Field value \\u001b[2J is invalid); use virtio"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(ImagePropertyResult) result =
            image_property_check(image_property_find(cases[i].name, NULL), cases[i].name, cases[i].value);
        assert_null(result.canonical);
        assert_string_equal(result.problem, cases[i].problem);
    }
}

static void what_nova_takes_in_silence_gets_a_notice(void **state)
{
    static const struct {
        const char *name, *value, *canonical, *notice;
    } cases[] = {
        {"vm_mode", "xenpvh", "pvh", "property \"vm_mode\": \"xenpvh\" is an extension of guestctl, taken as \"pvh\"; nova refuses it"},
        {"hw_boot_menu", "maybe", "false",
         "property \"hw_boot_menu\": \"maybe\" is neither yes nor no; it counts as false, as in nova"},
        {"img_signature_certificate_uuid", "x", "x", "property \"img_signature_certificate_uuid\": \"x\" is not a UUID"},
        {"trait:A", "no", "no", "property \"trait:A\": \"no\" means nothing to nova; only \"required\" does"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(ImagePropertyResult) result =
            image_property_check(image_property_find(cases[i].name, NULL), cases[i].name, cases[i].value);
        assert_string_equal(result.canonical, cases[i].canonical);
        assert_string_equal(result.notice, cases[i].notice);
    }
}

static void the_names_for_suggestions_hold_both_kinds(void **state)
{
    const char *const *names = image_property_names();
    assert_true(g_strv_contains(names, "vm_mode"));
    assert_true(g_strv_contains(names, "hw_vm_mode"));
    assert_true(g_strv_contains(names, "vmware_adaptertype"));
    assert_ptr_equal(names, image_property_names());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_of_nova_holds),
        cmocka_unit_test(the_table_is_sorted_and_its_names_are_unique),
        cmocka_unit_test(every_legal_word_is_taken_as_itself),
        cmocka_unit_test(finds_a_rule_by_either_name),
        cmocka_unit_test(a_problem_names_value_and_legal_set),
        cmocka_unit_test(what_nova_takes_in_silence_gets_a_notice),
        cmocka_unit_test(the_names_for_suggestions_hold_both_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
