/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "grub/menu.h"

/* As grub-mkconfig 2.06 writes it, shortened. */
static const char cfg[] = "if [ \"${next_entry}\" ] ; then\n"
                          "   set default=\"${next_entry}\"\n"
                          "   set next_entry=\n"
                          "   save_env next_entry\n"
                          "   set boot_once=true\n"
                          "else\n"
                          "   set default=\"%s\"\n"
                          "fi\n"
                          "menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-U' {\n"
                          "\tlinux\t/boot/vmlinuz-6.1 root=UUID=U ro quiet\n"
                          "}\n"
                          "submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-U' {\n"
                          "\tmenuentry 'Debian, Linux 6.1' $menuentry_id_option 'gnulinux-6.1-advanced-U' {\n"
                          "\t\tlinux /boot/vmlinuz-6.1\n"
                          "\t}\n"
                          "}\n"
                          "menuentry 'It'\\''s Debian, with Xen hypervisor' --class xen $menuentry_id_option 'xen-gnulinux-simple-U' {\n"
                          "\tif [ \"$grub_platform\" = \"pc\" ]; then\n"
                          "            xen_rm_opts=\n"
                          "        fi\n"
                          "\tmultiboot2\t/boot/xen-4.17-amd64.gz placeholder dom0_mem=1G,max:1G  loglvl=all ${xen_rm_opts}\n"
                          "\tmodule2\t/boot/vmlinuz-6.1 placeholder root=UUID=U ro\n"
                          "}\n"
                          "submenu 'Advanced, Xen' $menuentry_id_option 'gnulinux-advanced-xen' {\n"
                          "\tsubmenu 'Xen 4.17' $menuentry_id_option 'xen-hypervisor-4.17-U' {\n"
                          "\t\tmenuentry 'a > b' $menuentry_id_option 'xen-gnulinux-6.1-advanced-U' {\n"
                          "\t\t\tmultiboot2 /boot/xen-4.17-amd64.gz placeholder dom0_mem=1G,max:1G\n"
                          "\t\t}\n"
                          "\t\tmenuentry 'recovery' $menuentry_id_option 'xen-gnulinux-6.1-recovery-U' {\n"
                          "\t\t\tmultiboot2 /boot/xen-4.17-amd64.gz placeholder\n"
                          "\t\t}\n"
                          "\t}\n"
                          "}\n"
                          "menuentry 'memtest' {\n"
                          "\tmultiboot /boot/memtest\n"
                          "}\n"
                          "if [ -f  ${config_directory}/custom.cfg ]; then\n"
                          "  source ${config_directory}/custom.cfg\n"
                          "fi\n";

static Menu *menu_of(const char *chosen)
{
    g_auto(GStrv) parts = g_strsplit(cfg, "%s", 2);
    g_autofree char *text = g_strjoinv(chosen, parts);
    return menu_parse(text);
}

static void entries_have_title_id_and_what_xen_is_given(void **state)
{
    g_autoptr(Menu) menu = menu_of("0");
    assert_int_equal(menu->entries->len, 9);
    assert_true(menu->next_entry && menu->custom);
    const MenuEntry *xen = menu_first_xen(menu, false), *recovery = menu_first_xen(menu, true);
    assert_string_equal(xen->title, "It's Debian, with Xen hypervisor");
    assert_string_equal(xen->id, "xen-gnulinux-simple-U");
    g_autofree char *words = menu_xen_words(xen), *recovery_words = menu_xen_words(recovery);
    assert_string_equal(words, "dom0_mem=1G,max:1G loglvl=all");
    assert_string_equal(recovery_words, "");
    assert_true(g_str_has_prefix(xen->text, "menuentry 'It") && g_str_has_suffix(xen->text, "\n}\n"));
    const MenuEntry *memtest = menu->entries->pdata[8];
    assert_null(memtest->xen_line);
    assert_int_equal(memtest->parent, -1);
}

static void the_default_is_found_by_number_title_id_and_path(void **state)
{
    static const struct {
        const char *chosen, *saved, *id;
    } cases[] = {
        {"0", NULL, "gnulinux-simple-U"},
        {"2", NULL, "xen-gnulinux-simple-U"},
        {"It's Debian, with Xen hypervisor", NULL, "xen-gnulinux-simple-U"},
        {"xen-gnulinux-simple-U", NULL, "xen-gnulinux-simple-U"},
        {"1>0", NULL, "gnulinux-6.1-advanced-U"},
        {"gnulinux-advanced-xen>xen-hypervisor-4.17-U>xen-gnulinux-6.1-recovery-U", NULL, "xen-gnulinux-6.1-recovery-U"},
        {"gnulinux-advanced-xen>0>a >> b", NULL, "xen-gnulinux-6.1-advanced-U"},
        {"3", NULL, "xen-gnulinux-6.1-advanced-U"}, /* a submenu: its first */
        {"gone", NULL, "gnulinux-simple-U"},
        {"${saved_entry}", NULL, "gnulinux-simple-U"},
        {"${saved_entry}", "xen-gnulinux-simple-U", "xen-gnulinux-simple-U"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Menu) menu = menu_of(cases[i].chosen);
        const MenuEntry *entry = menu_default(menu, cases[i].saved);
        assert_non_null(entry);
        if (!g_str_equal(entry->id, cases[i].id))
            fail_msg("%s is %s, not %s", cases[i].chosen, entry->id, cases[i].id);
    }
    g_autoptr(Menu) empty = menu_parse("");
    assert_null(menu_default(empty, NULL));
    assert_false(empty->next_entry || empty->custom);
}

static void a_file_that_is_cut_off_is_read_to_its_end(void **state)
{
    g_autofree char *text = g_strdup(cfg);
    for (gsize length = strlen(text); length > 0; length--) {
        text[length - 1] = '\0';
        g_autoptr(Menu) menu = menu_parse(text);
        menu_default(menu, NULL);
        menu_first_xen(menu, false);
    }
}

static void a_head_is_read_in_any_order(void **state)
{
    static const char *const heads[] = {
        "menuentry 'a b' --id i --class xen {\n}\n", "menuentry --class xen --id=i \"a b\" {\n}\n", "menuentry\t'a b'\t--class\txen\t--id 'i'  {\n}\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_autoptr(Menu) menu = menu_parse(heads[i]);
        const MenuEntry *entry = menu->entries->pdata[0];
        assert_string_equal(entry->title, "a b");
        assert_string_equal(entry->id, "i");
        assert_true(g_str_has_prefix(entry->head, "--class") && g_str_has_suffix(entry->head, "xen"));
        assert_false(entry->unrestricted);
    }
}

static void a_character_that_grub_takes_for_itself_is_named(void **state)
{
    static const struct {
        const char *words, *message;
    } bad[] = {
        {"loglvl=all # com1=1", "grub.cfg: GRUB takes the character # in \"loglvl=all # com1=1\""},
        {"#a", "the character #"},      {"foo=a;b", "the character ;"}, {"foo=$bar", "the character $"}, {"foo=\\x", "the character \\"},
        {"baz=\"x\"", "the character \""}, {"a&b", "the character &"},     {"a <b", "the character <"},     {"{ a }", "the character {"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(menu_check_words("grub.cfg", bad[i].words, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, bad[i].message);
        assert_contains(error->message, "take it away where it is set");
    }
    static const char *const good[] = {"", "dom0_mem=2G,max:2G  com1=115200,8n1", "a#b=[1-2]", "vga=text-80x25,keep!"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        assert_true(menu_check_words("grub.cfg", good[i], NULL));
}

static void a_variable_of_the_environment_block_is_read(void **state)
{
    const char *block = "# GRUB Environment Block\nnext_entry=\nsaved_entry=xen-gnulinux-simple-U\nnext_entry_old=x\n####";
    g_autofree char *saved = menu_environment(block, "saved_entry"), *next = menu_environment(block, "next_entry");
    assert_string_equal(saved, "xen-gnulinux-simple-U");
    assert_null(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_have_title_id_and_what_xen_is_given),
        cmocka_unit_test(the_default_is_found_by_number_title_id_and_path),
        cmocka_unit_test(a_file_that_is_cut_off_is_read_to_its_end),
        cmocka_unit_test(a_head_is_read_in_any_order),
        cmocka_unit_test(a_character_that_grub_takes_for_itself_is_named),
        cmocka_unit_test(a_variable_of_the_environment_block_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
