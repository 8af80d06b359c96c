/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/file.h"
#include "grub/grub.h"

#define FIRST "# BEGIN guestctl: written by guestctl grub; what stands here is replaced, all else in this file is kept\n"
#define LAST "# END guestctl\n"
#define MAIN "/etc/default/grub"
#define FOLDER "/etc/default/grub.d"
#define OURS FOLDER "/zz-guestctl.cfg"

static const char cfg[] = "set default=\"0\"\n"
                          "menuentry 'Linux' $menuentry_id_option 'gnulinux-simple-U' {\n\tlinux /boot/vmlinuz-6.1\n}\n"
                          "menuentry 'Xen' $menuentry_id_option 'xen-gnulinux-simple-U' {\n\tmultiboot2 /boot/xen.gz placeholder  a=1 \n}\n";

/* A tree with these files: name and text in turn. */
static char *tree(const char *const *files)
{
    char *root = make_folder();
    for (; *files; files += 2) {
        g_autofree char *path = g_strconcat(root, files[0], NULL);
        assert_true(file_write(path, files[1], 0644, NULL));
    }
    return root;
}

#define DEBIAN "/usr/sbin/grub-mkconfig", "for x in ${sysconfdir}/default/grub.d/*.cfg ; do\n", FOLDER "/xen.cfg", "X=1\n"

typedef struct Case {
    const BootTarget *target;
    const char *files[12];
    const char *options;
    bool set_default;
    const char *path, *text;          /* what it becomes */
    const char *line, *recovery_line; /* afterwards */
} Case;

static const Case cases[] = {
    {&boot_target_grub_d, {DEBIAN, MAIN, "A=1\n"}, "dom0_mem=1G,max:1G dom0_vcpus_pin", false, OURS,
     FIRST "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN dom0_mem=1G,max:1G dom0_vcpus_pin\"\n" LAST, "dom0_mem=1G,max:1G dom0_vcpus_pin",
     "dom0_mem=1G,max:1G dom0_vcpus_pin"},
    /* what others have stays, and an option that is ours already gets the new value */
    {&boot_target_grub_d,
     {DEBIAN, MAIN, "GRUB_CMDLINE_XEN=\"loglvl=all\"\n", OURS,
      "# mine\n" FIRST "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN dom0_mem=2G,max:2G smt=0\"\nGRUB_DEFAULT=saved\n" LAST "B=2"},
     "dom0_mem=1G,max:1G", false, OURS,
     "# mine\n" FIRST "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN dom0_mem=1G,max:1G smt=0\"\nGRUB_DEFAULT=saved\n" LAST "B=2",
     "loglvl=all dom0_mem=1G,max:1G smt=0", "loglvl=all dom0_mem=1G,max:1G smt=0"},
    /* the variable that comes after ours on the line has the option too */
    {&boot_target_grub_d, {DEBIAN, MAIN, "GRUB_CMDLINE_XEN_DEFAULT='dom0_mem=2G'\n"}, "dom0_mem=1G,max:1G", false, OURS,
     FIRST "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN dom0_mem=1G,max:1G\"\n"
           "GRUB_CMDLINE_XEN_DEFAULT=\"$GRUB_CMDLINE_XEN_DEFAULT dom0_mem=1G,max:1G\"\n" LAST,
     "dom0_mem=1G,max:1G dom0_mem=2G dom0_mem=1G,max:1G", "dom0_mem=1G,max:1G"},
    {&boot_target_grub_d, {DEBIAN, "/boot/grub/grub.cfg", cfg}, "a=1", true, OURS,
     FIRST "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN a=1\"\nGRUB_DEFAULT=xen-gnulinux-simple-U\n" LAST, "a=1", "a=1"},
    {&boot_target_grub_d, {DEBIAN, "/boot/grub/grub.cfg", cfg}, "a=1", true, FOLDER "/50-guestctl.cfg",
     FIRST "XEN_OVERRIDE_GRUB_DEFAULT=1\n" LAST, "a=1", "a=1"},
    /* one file: what is not ours stays byte for byte */
    {&boot_target_grub, {MAIN, "GRUB_TIMEOUT=5\r\n# caf\351\nGRUB_DISABLE_RECOVERY=true"}, "dom0_mem=1G,max:1G", false, MAIN,
     "GRUB_TIMEOUT=5\r\n# caf\351\nGRUB_DISABLE_RECOVERY=true\n" FIRST "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN dom0_mem=1G,max:1G\"\n" LAST,
     "dom0_mem=1G,max:1G", NULL},
    {&boot_target_grub, {"/usr/sbin/grub2-mkconfig", ""}, "a=1", false, MAIN,
     FIRST "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN a=1\"\n" LAST, "a=1", "a=1"},
};

static void run_case(const Case *test)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *root = tree(test->files), *line = NULL, *recovery_line = NULL;
    g_autoptr(BootConfig) config = boot_config_read(test->target, root, &error);
    assert_no_error(error);
    g_autoptr(Cmdline) options = cmdline_parse(test->options);
    g_autoptr(GPtrArray) files = boot_files_new();
    assert_true(test->target->edit(config, options, test->set_default, files, &error));
    const BootFile *file = boot_files_find(files, test->path);
    assert_non_null(file);
    assert_string_equal(file->text, test->text);
    assert_true(boot_config_preview(config, options, files, &line, &recovery_line, &error));
    assert_string_equal(line, test->line);
    if (test->recovery_line)
        assert_string_equal(recovery_line, test->recovery_line);
    else
        assert_null(recovery_line);
    remove_folder(root);
}

static void options_are_set_and_all_else_stays(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        run_case(&cases[i]);
}

static void what_grub_or_its_shell_would_interpret_is_refused(void **state)
{
    static const struct {
        const char *options, *message;
    } bad[] = {
        {"dom0_mem=\"1G\"", "dom0_mem: its value holds the character \""},
        {"loglvl=a;b", "loglvl: its value holds the character ;"},
        {"x=a&b", "x: its value holds the character &"},
        {"x=a|b", "x: its value holds the character |"},
        {"x=<", "x: its value holds the character <"},
        {"x=>", "x: its value holds the character >"},
        {"x={", "x: its value holds the character {"},
        {"x=}", "x: its value holds the character }"},
        {"x=$HOME", "x: its value holds the character $"},
        {"x='", "x: its value holds the character '"},
        {"x=`id`", "x: its value holds the character `"},
        {"x=\\", "x: its value holds the character \\"},
        {"x=1\ny=2", "x: its value holds the byte 0x0a"},
        {"x=1\ty=2", "x: its value holds the byte 0x09"},
        {"x=caf\303\251", "x: its value holds the byte 0xc3"},
        {"", "the line is empty"},
        {"   ", "the line is empty"},
        {"a=1 a=2", "a is given twice (a=1 and a=2)"},
        {"smt=0 no-smt", "smt is given twice"},
        {"a -- quiet", "\"--\" begins what is for dom0's kernel"},
        {"=1", "cannot be a word of Xen's command line"},
    };
    const BootTarget *const targets[] = {&boot_target_grub_d, &boot_target_grub};
    for (gsize t = 0; t < G_N_ELEMENTS(targets); t++) {
        g_autofree char *root = tree((const char *const[]){DEBIAN, MAIN, "A=1\n", NULL});
        g_autoptr(BootConfig) config = boot_config_read(targets[t], root, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(Cmdline) options = cmdline_parse(bad[i].options);
            g_autoptr(GPtrArray) files = boot_files_new();
            assert_false(targets[t]->edit(config, options, false, files, &error));
            assert_error(error, GUESTCTL_ERROR_INVALID, bad[i].message);
            assert_int_equal(files->len, 0);
        }
        remove_folder(root);
    }
}

#define XEN(ID) "menuentry 'Xen' $menuentry_id_option '" ID "' {\n\tmultiboot2 /boot/xen.gz placeholder  a=1 \n}\n"

static void without_submenus_the_first_entry_is_named(void **state)
{
    static const struct {
        const char *menu, *chosen, *message;
    } menus[] = {
        {XEN("xen-gnulinux-6.1-advanced-U") XEN("xen-gnulinux-6.0-advanced-U"), "GRUB_DEFAULT=xen-gnulinux-6.1-advanced-U\n", NULL},
        {XEN("xen-gnulinux-6.1-advanced-U") XEN("xen-gnulinux-6.1-advanced-U"), NULL,
         "and the first has none that is its own alone, so none can be made the default; GRUB_DISABLE_SUBMENU in " MAIN " may be why"},
        {XEN("a b"), NULL, "GRUB_DISABLE_SUBMENU in " MAIN " may be why"},
        {"", NULL, "install Xen and a kernel"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(menus); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *root = tree((const char *const[]){MAIN, "GRUB_DISABLE_SUBMENU=true\n", "/boot/grub/grub.cfg", menus[i].menu, NULL});
        g_autoptr(BootConfig) config = boot_config_read(&boot_target_grub, root, NULL);
        g_autoptr(Cmdline) options = cmdline_parse("smt=0");
        g_autoptr(GPtrArray) files = boot_files_new();
        boot_target_grub.edit(config, options, true, files, &error);
        if (menus[i].message) {
            assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, menus[i].message);
        } else {
            assert_no_error(error);
            assert_contains(boot_files_find(files, MAIN)->text, menus[i].chosen);
        }
        remove_folder(root);
    }
}

static void a_file_that_ends_the_shell_is_named(void **state)
{
    static const char *const broken[] = {"GRUB_TIMEOUT='5\n", "exit 1\n", "if true; then\n", "[ \"$NOPE\" = 1 ] && X=1\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *root = tree((const char *const[]){DEBIAN, MAIN, "A=1\n", FOLDER "/bad.cfg", broken[i], NULL});
        assert_null(boot_config_read(&boot_target_grub_d, root, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, FOLDER "/bad.cfg: the shell does not come to its end");
        remove_folder(root);
    }
}

static void a_folder_among_the_drop_ins_is_passed_over(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *root = tree((const char *const[]){DEBIAN, MAIN, "A=1\n", FOLDER "/x.cfg/file", "exit 1\n", NULL});
    g_autoptr(BootConfig) config = boot_config_read(&boot_target_grub_d, root, &error);
    assert_no_error(error);
    remove_folder(root);
}

static void assert_reason(const BootConfig *config, const char *field, const char *because)
{
    for (guint i = 0; i < config->reasons->len; i++) {
        const Reason *reason = config->reasons->pdata[i];
        if (g_str_equal(reason->field, field) && strstr(reason->because, because) && reason->severity == SEVERITY_WARNING)
            return;
    }
    fail_msg("no warning of %s says \"%s\"", field, because);
}

static void what_an_administrator_should_know_is_said(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *root = tree((const char *const[]){DEBIAN, OURS, FIRST "GRUB_CMDLINE_XEN=\"$GRUB_CMDLINE_XEN dom0_mem=1G\"\n" LAST,
                                                       FOLDER "/10-site.cfg", "GRUB_CMDLINE_XEN='dom0_mem=2G'\r\n", FOLDER "/zzz.cfg",
                                                       "X=2\n", "/boot/grub/grub.cfg", cfg, "/boot/vmlinuz-6.1-cloud", "",
                                                       "/boot/config-6.1-cloud", "CONFIG_XEN=y\n", NULL});
    g_autoptr(BootConfig) config = boot_config_read(&boot_target_grub_d, root, &error);
    assert_no_error(error);
    assert_reason(config, "dom0_mem", FOLDER "/10-site.cfg sets dom0_mem too");
    assert_reason(config, "file", "may override it");
    assert_reason(config, "file", "carriage returns");
    assert_reason(config, "default", "does not start Xen");
    assert_reason(config, "kernel", "none with CONFIG_XEN_DOM0=y");
    assert_reason(config, "kernel", "no kernel in /boot can be dom0's");
    assert_false(config->xen_is_default);
    assert_string_equal(g_hash_table_lookup(config->others, "dom0_mem"), FOLDER "/10-site.cfg");
    remove_folder(root);
}

static void the_target_is_what_the_tree_has(void **state)
{
    static const struct {
        const char *files[8], *target;
    } trees[] = {
        {{DEBIAN, MAIN, ""}, "grub.d"},
        {{MAIN, "", FOLDER "/x.cfg", "", "/usr/sbin/grub2-mkconfig", "no drop-ins here"}, "grub"},
        {{"/usr/sbin/grub2-mkconfig", ""}, "grub"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(trees); i++) {
        g_autofree char *root = tree(trees[i].files), *why = NULL;
        for (gsize k = 0; trees[i].files[k]; k += 2) {
            g_autofree char *path = g_strconcat(root, trees[i].files[k], NULL);
            assert_int_equal(g_chmod(path, 0755), 0);
        }
        const BootTarget *target = boot_target_pick(NULL, root, &why, NULL);
        assert_non_null(target);
        assert_string_equal(target->name, trees[i].target);
        remove_folder(root);
    }
    g_autoptr(GError) error = NULL, unknown = NULL;
    g_autofree char *empty = make_folder(), *why = NULL;
    assert_null(boot_target_pick(NULL, empty, &why, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "grub.d: /etc/default/grub.d is not there");
    assert_null(boot_target_pick("lilo", empty, &why, &unknown));
    assert_error(unknown, GUESTCTL_ERROR_USAGE, "\"lilo\" is not one of grub.d, extlinux, grub, systemd-boot, xen.cfg");
    remove_folder(empty);
}

static void an_entry_with_another_line_fails_the_check(void **state)
{
    g_autofree char *root = tree((const char *const[]){"/boot/grub/grub.cfg", cfg, NULL}), *none = make_folder();
    g_autoptr(GError) other = NULL, missing = NULL;
    assert_false(grub_cfg_check(root, "a=2", NULL, &other));
    assert_error(other, GUESTCTL_ERROR_HYPERVISOR, "the entry \"Xen\" gives Xen \"a=1\", and should give it \"a=2\"");
    assert_false(grub_cfg_check(none, "a=2", NULL, &missing));
    assert_error(missing, GUESTCTL_ERROR_NOT_FOUND, "/boot/grub/grub.cfg");
    g_autofree char *path = g_strconcat(root, "/boot/grub/grub.cfg", NULL);
    g_autoptr(GError) no_xen = NULL;
    assert_true(file_write(path, "menuentry 'Linux' {\n}\n", 0644, NULL));
    assert_false(grub_cfg_check(root, "a=2", NULL, &no_xen));
    assert_error(no_xen, GUESTCTL_ERROR_UNSUPPORTED, "has no entry that starts Xen");
    remove_folder(root);
    remove_folder(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_set_and_all_else_stays),
        cmocka_unit_test(what_grub_or_its_shell_would_interpret_is_refused),
        cmocka_unit_test(without_submenus_the_first_entry_is_named),
        cmocka_unit_test(a_file_that_ends_the_shell_is_named),
        cmocka_unit_test(a_folder_among_the_drop_ins_is_passed_over),
        cmocka_unit_test(what_an_administrator_should_know_is_said),
        cmocka_unit_test(the_target_is_what_the_tree_has),
        cmocka_unit_test(an_entry_with_another_line_fails_the_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
