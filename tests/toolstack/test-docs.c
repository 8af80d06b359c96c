/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/dom0-conf.h"
#include "common/guest-file.h"
#include "common/inject/inject.h"
#include "toolstack/command.h"
#include "toolstack/completion.h"

/* The man pages, the completion script and the tables say the same, in both directions. */

static char *read_source(const char *name)
{
    g_autofree char *path = g_build_filename(SOURCE_ROOT, name, NULL);
    char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        fail_msg("%s cannot be read", path);
    return text;
}

/* The lines between "# HEADING" and the next heading. */
static GStrv section(const char *page, const char *heading)
{
    g_autofree char *text = read_source(page);
    g_autofree char *start = g_strdup_printf("\n# %s\n", heading);
    char *from = strstr(text, start);
    if (!from)
        fail_msg("%s has no section %s", page, heading);
    from += strlen(start);
    char *end = strstr(from, "\n# ");
    if (end)
        *end = '\0';
    return g_strsplit(from, "\n", -1);
}

/* scdoc's marks gone: "*host* [*show*|*save* _FILE_]" is "host [show|save FILE]". */
static char *without_marks(const char *line)
{
    g_auto(GStrv) parts = g_strsplit_set(line, "*_", -1);
    return g_strjoinv("", parts);
}

static GPtrArray *options_in(const char *line)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
    for (const char *at = line; (at = strstr(at, "*--"));) {
        at += strlen("*--");
        g_ptr_array_add(found, g_strndup(at, strcspn(at, "*")));
    }
    return found;
}

/* Stars gone: an underscore belongs to nova's names. */
static char *without_star(const char *line)
{
    g_auto(GStrv) parts = g_strsplit(line, "*", -1);
    return g_strjoinv("", parts);
}

/* "--name NAME" of the line that the option starts with, as the table writes it. */
static void check_option(const char *command, const char *name, const char *line, bool alone)
{
    const OptionSpec *spec = option_find(name);
    if (!spec)
        fail_msg("man page, %s: --%s is not an option", command, name);
    g_autofree char *plain = without_marks(line);
    g_autofree char *synopsis = g_strdup_printf("--%s%s%s", spec->name, spec->value ? " " : "", spec->value ? spec->value : "");
    if (alone)
        assert_contains(plain, synopsis);
    if (alone && spec->letter) {
        g_autofree char *letter = g_strdup_printf("-%c, ", spec->letter);
        assert_contains(plain, letter);
    }
}

static void the_man_page_has_every_command_and_its_options_and_no_others(void **state)
{
    g_auto(GStrv) lines = section("docs/guestctl.1.scd", "COMMANDS");
    const Command *command = NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) options = g_hash_table_new(NULL, NULL);
    for (char **line = lines; *line; line++) {
        if (**line == '*') {
            g_autofree char *plain = without_marks(*line);
            g_autofree char *name = g_strndup(*line + 1, strcspn(*line + 1, "*"));
            command = command_find(name, NULL);
            if (!command)
                fail_msg("the man page has \"%s\", which is not a command", name);
            g_autofree char *synopsis = g_strdup_printf("%s%s%s", command->name, *command->synopsis ? " " : "", command->synopsis);
            assert_string_equal(plain, synopsis);
            g_hash_table_add(seen, (gpointer)(guintptr)command);
            g_hash_table_remove_all(options);
            continue;
        }
        if (!g_str_has_prefix(*line, "\t*-"))
            continue;
        g_autoptr(GPtrArray) found = options_in(*line);
        for (guint i = 0; i < found->len; i++) {
            check_option(command->name, found->pdata[i], *line, found->len == 1);
            if (!command_takes(command, option_find(found->pdata[i])))
                fail_msg("man page: %s takes no --%s", command->name, (char *)found->pdata[i]);
        }
    }
    for (const Command *at = commands; at->name; at++)
        if (!g_hash_table_contains(seen, at))
            fail_msg("the man page has no %s", at->name);
}

/* The options in the man page's part about a command. */
static bool man_page_has(const Command *command, const char *option)
{
    g_auto(GStrv) lines = section("docs/guestctl.1.scd", "COMMANDS");
    g_autofree char *start = g_strdup_printf("*%s*", command->name);
    bool inside = false;
    for (char **line = lines; *line; line++) {
        if (**line == '*')
            inside = g_str_has_prefix(*line, start);
        g_autoptr(GPtrArray) found = inside && g_str_has_prefix(*line, "\t*-") ? options_in(*line) : NULL;
        if (found && g_ptr_array_find_with_equal_func(found, option, g_str_equal, NULL))
            return true;
    }
    return false;
}

static void every_option_of_a_command_is_in_its_part_of_the_man_page(void **state)
{
    for (const Command *command = commands; command->name; command++)
        for (const OptionSpec *spec = option_specs; spec->name; spec++)
            if (command_takes(command, spec) && !man_page_has(command, spec->name))
                fail_msg("the man page has no --%s at %s", spec->name, command->name);
}

static void the_man_page_has_the_options_of_every_command_and_no_others(void **state)
{
    g_auto(GStrv) lines = section("docs/guestctl.1.scd", "OPTIONS OF EVERY COMMAND");
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (char **line = lines; *line; line++) {
        if (**line != '*')
            continue;
        g_autoptr(GPtrArray) found = options_in(*line);
        assert_int_equal(found->len, 1);
        check_option("every command", found->pdata[0], *line, true);
        const OptionSpec *spec = option_find(found->pdata[0]);
        assert_true(spec->global);
        g_hash_table_add(seen, (gpointer)(guintptr)spec->name);
    }
    for (const OptionSpec *spec = option_specs; spec->name; spec++)
        if (spec->global && !g_hash_table_contains(seen, spec->name))
            fail_msg("the man page has no --%s", spec->name);
}

static void the_man_page_has_every_exit_status(void **state)
{
    static const int codes[] = {0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130};
    g_auto(GStrv) lines = section("docs/guestctl.1.scd", "EXIT STATUS");
    g_autofree char *text = g_strjoinv("\n", lines);
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
        g_autofree char *line = g_strdup_printf("\n%d\n\t", codes[i]);
        assert_contains(text, line);
    }
}

/* UPDATE_GOLDEN=1 writes the script anew. */
static void the_completion_script_is_the_one_that_the_tables_make(void **state)
{
    g_autofree char *made = completion_bash();
    g_autofree char *path = g_build_filename(SOURCE_ROOT, "toolstack/completion/guestctl.bash", NULL);
    if (g_getenv("UPDATE_GOLDEN"))
        assert_true(g_file_set_contents(path, made, -1, NULL));
    g_autofree char *kept = read_source("toolstack/completion/guestctl.bash");
    assert_string_equal(kept, made);
}

static void the_completion_script_knows_every_command_and_option(void **state)
{
    g_autofree char *made = completion_bash();
    for (const Command *command = commands; command->name; command++) {
        g_autofree char *label = g_strdup_printf("\n    '%s')\n", command->name);
        assert_contains(made, label);
    }
    for (const OptionSpec *spec = option_specs; spec->name; spec++) {
        g_autofree char *word = g_strdup_printf(" --%s", spec->name);
        assert_contains(made, word + (spec == option_specs));
    }
}

/* "*cpu-mode*, *cpu-model*" → both. */
static GPtrArray *keys_in(const char *page, const char *heading)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = section(page, heading);
    for (char **line = lines; *line; line++) {
        if (**line != '*')
            continue;
        g_autofree char *plain = without_marks(*line);
        g_auto(GStrv) names = g_strsplit(plain, ", ", -1);
        for (char **name = names; *name; name++)
            g_ptr_array_add(keys, g_strdup(*name));
    }
    return keys;
}

static void the_man_page_of_the_guest_file_has_every_key_and_no_others(void **state)
{
    static const struct {
        const char *kind, *heading;
    } groups[] = {{"guest", "[guest]"}, {"disk", "[disk NAME]"}, {"nic", "[nic NAME]"}, {"cloud-init", "[cloud-init]"}, {"inject", "[inject]"}};
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++) {
        g_autoptr(GPtrArray) described = keys_in("docs/guestctl-guest.5.scd", groups[i].heading);
        g_autoptr(GPtrArray) known = guest_file_keys(groups[i].kind);
        guint count = 0;
        for (; known->pdata[count]; count++)
            if (!g_ptr_array_find_with_equal_func(described, known->pdata[count], g_str_equal, NULL))
                fail_msg("guestctl-guest(5) has no %s in [%s]", (char *)known->pdata[count], groups[i].kind);
        assert_int_equal(described->len, count);
    }
}

static void the_man_page_of_the_configuration_has_every_key_of_injection_and_no_others(void **state)
{
    g_autoptr(GPtrArray) known = inject_policy_keys();
    g_auto(GStrv) lines = section("docs/guestctl.conf.5.scd", "[inject]");
    guint found = 0;
    for (char **line = lines; *line; line++) {
        g_autofree char *plain = **line == '*' ? without_star(*line) : NULL;
        g_auto(GStrv) keys = plain ? g_strsplit(plain, ", ", -1) : NULL;
        for (char **key = keys; key && *key; key++, found++)
            if (!g_strv_contains((const char *const *)known->pdata, *key))
                fail_msg("guestctl.conf(5) has %s, which is no key of [inject]", *key);
    }
    assert_int_equal(found, known->len - 1);
}

static void the_man_page_of_dom0_conf_has_every_key_and_no_others(void **state)
{
    g_autoptr(GPtrArray) described = keys_in("docs/guestctl-dom0.conf.5.scd", "[dom0]");
    for (const char *const *key = dom0_wish_keys; *key; key++)
        if (!g_ptr_array_find_with_equal_func(described, *key, g_str_equal, NULL))
            fail_msg("guestctl-dom0.conf(5) has no %s", *key);
    assert_int_equal(described->len, g_strv_length((char **)dom0_wish_keys));
}

static void the_formats_page_names_every_schema(void **state)
{
    g_autofree char *page = read_source("docs/formats.md");
    g_autofree char *path = g_build_filename(SOURCE_ROOT, "docs/schemas", NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    assert_non_null(folder);
    for (const char *name; (name = g_dir_read_name(folder));) {
        g_autofree char *format = g_strndup(name, strlen(name) - strlen("-1.json"));
        g_autofree char *heading = g_strdup_printf("\n## %s/1\n", format);
        assert_contains(page, heading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_man_page_has_every_command_and_its_options_and_no_others),
        cmocka_unit_test(every_option_of_a_command_is_in_its_part_of_the_man_page),
        cmocka_unit_test(the_man_page_has_the_options_of_every_command_and_no_others),
        cmocka_unit_test(the_man_page_has_every_exit_status),
        cmocka_unit_test(the_completion_script_is_the_one_that_the_tables_make),
        cmocka_unit_test(the_completion_script_knows_every_command_and_option),
        cmocka_unit_test(the_man_page_of_the_guest_file_has_every_key_and_no_others),
        cmocka_unit_test(the_man_page_of_the_configuration_has_every_key_of_injection_and_no_others),
        cmocka_unit_test(the_man_page_of_dom0_conf_has_every_key_and_no_others),
        cmocka_unit_test(the_formats_page_names_every_schema),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
