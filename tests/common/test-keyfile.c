/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/keyfile.h"

static GPtrArray *parse(const char *text, GError **error)
{
    return keyfile_parse(text, strlen(text), "web.guest", error);
}

static void groups_and_values_come_in_the_order_of_the_file(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) groups = parse("\xef\xbb\xbf# first\n[guest]\nimage = debian-12   # its metadata decides\n\n[ disk   root ] # boot\r\nsize=8G\r\n", &error);
    assert_no_error(error);
    assert_int_equal(groups->len, 2);
    const KeyGroup *guest = groups->pdata[0], *disk = groups->pdata[1];
    assert_string_equal(guest->kind, "guest");
    assert_null(guest->name);
    assert_string_equal(disk->name, "root");
    const KeyEntry *image = guest->entries->pdata[0], *size = disk->entries->pdata[0];
    assert_string_equal(image->value, "debian-12");
    assert_int_equal(image->line, 3);
    assert_string_equal(size->value, "8G");
}

static void a_hash_needs_white_space_or_quotes(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) groups = parse("[guest]\na = x#y\nb = \"x # \\\"y\\\" \\\\\" # comment\nc = #nothing\n", &error);
    assert_no_error(error);
    const KeyGroup *guest = groups->pdata[0];
    assert_string_equal(((KeyEntry *)guest->entries->pdata[0])->value, "x#y");
    assert_string_equal(((KeyEntry *)guest->entries->pdata[1])->value, "x # \"y\" \\");
    assert_string_equal(((KeyEntry *)guest->entries->pdata[2])->value, "");
}

static void every_fault_names_its_line(void **state)
{
    static const struct {
        const char *text, *message;
    } faults[] = {
        {"[guest]\nimage\n", "web.guest:2: \"image\" is neither [group] nor key = value"},
        {"image = x\n", "web.guest:1: a key stands before the first [group]"},
        {"[guest]\na = 1\n[guest]\n", "web.guest:3: group [guest] is already on line 1"},
        {"[disk a]\n[disk b]\n[disk a]\n", "web.guest:3: group [disk a] is already on line 1"},
        {"[guest]\na = 1\nb = 2\na = 3\n", "web.guest:4: key \"a\" is already on line 2"},
        {"[guest\n", "web.guest:1: a group is written [kind] or [kind name]"},
        {"[guest] x\n", "web.guest:1: a group is written"},
        {"[]\n", "web.guest:1: a group is written"},
        {"[disk a/b]\n", "web.guest:1: a group is written"},
        {"[guest]\na = \"x\n", "web.guest:2: a quoted value needs its closing quote"},
        {"[guest]\na = \"x\" y\n", "web.guest:2: there is text behind the closing quote"},
        {"[guest]\na b = 1\n", "web.guest:2: a key is of letters, digits and -"},
        {"[guest]\n= 1\n", "web.guest:2: a key is of letters"},
        {"[guest]\na = \x01\n", "web.guest:2: the line holds a control character"},
        {"[guest]\n\na = \xff\n", "web.guest:3: the text is not UTF-8"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(parse(faults[i].text, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, faults[i].message);
    }
}

static void what_is_written_is_read_again(void **state)
{
    static const char *const values[] = {"debian-12", "", " x", "x ", "a # b", "#", "\"quoted\"", "a \"b\" \\ c", "\\", "from=\"10.0.0.1\" # \\x", "é"};
    for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) text = g_string_new("[guest]\n");
        assert_true(keyfile_add(text, "image", values[i], &error));
        g_autoptr(GPtrArray) groups = parse(text->str, &error);
        assert_no_error(error);
        assert_string_equal(((KeyEntry *)((KeyGroup *)groups->pdata[0])->entries->pdata[0])->value, values[i]);
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    assert_false(keyfile_add(text, "image", "a\nmemory = 1G", &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "image: a value with a control character");
    assert_string_equal(text->str, "");
}

static void nul_bytes_and_huge_files_are_refused(void **state)
{
    g_autoptr(GError) error = NULL, huge_error = NULL;
    assert_null(keyfile_parse("[guest]\na = x\0y\n", 16, "web.guest", &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "web.guest:2: the text is not UTF-8 or holds a NUL byte");
    g_autofree char *huge = g_strnfill(KEYFILE_MAX + 1, '\n');
    assert_null(keyfile_parse(huge, KEYFILE_MAX + 1, "web.guest", &huge_error));
    assert_error(huge_error, GUESTCTL_ERROR_INVALID, "larger than 256 KiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_and_values_come_in_the_order_of_the_file),
        cmocka_unit_test(a_hash_needs_white_space_or_quotes),
        cmocka_unit_test(every_fault_names_its_line),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(nul_bytes_and_huge_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
