/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "toolstack/command.h"
#include "toolstack/options.h"

/* The words after "guestctl". */
static Options *parse(const char *line, GError **error)
{
    g_auto(GStrv) words = NULL;
    g_autofree char *whole = g_strconcat("guestctl ", line, NULL);
    int count = 0;
    assert_true(g_shell_parse_argv(whole, &count, &words, NULL));
    return options_parse(count, words, error);
}

static void options_stand_before_and_after_the_command(void **state)
{
    const char *const lines[] = {"--json --host h.json create web.guest --memory 1G -v",
                                 "create --memory=1G web.guest --json -v --host=h.json",
                                 "--memory 1G -v create --host h.json --json -- web.guest"};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Options) options = parse(lines[i], &error);
        assert_no_error(error);
        assert_string_equal(options->command->name, "create");
        assert_true(options->json && options->verbose && !options->dry_run);
        assert_string_equal(options->host, "h.json");
        assert_int_equal(options->memory_kib, 1024 * 1024);
        assert_string_equal(options_argument(options, 0), "web.guest");
        assert_null(options_argument(options, 1));
    }
}

static void letters_can_be_joined(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse("start web -cv", &error);
    assert_no_error(error);
    assert_true(options->console && options->verbose);
}

static void a_value_may_look_like_an_option_after_an_equals_sign(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse("create x --cmdline=--debug", &error);
    assert_no_error(error);
    assert_string_equal(options->cmdline, "--debug");
}

static void words_after_two_dashes_are_arguments(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse("show -- --json", &error);
    assert_no_error(error);
    assert_string_equal(options_argument(options, 0), "--json");
    assert_false(options->json);
}

static void help_and_version_need_nothing_else(void **state)
{
    const char *const lines[] = {"--help", "-h", "--version", "create --help", "--help create", "shutdown -h"};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Options) options = parse(lines[i], &error);
        assert_no_error(error);
        assert_true(options->help || options->version);
    }
}

static void a_command_of_two_words_takes_options_between_them(void **state)
{
    const char *const lines[] = {"host show --json", "host --json show", "--json host show", "host --json"};
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Options) options = parse(lines[i], &error);
        assert_no_error(error);
        assert_string_equal(options->command->name, "host show");
        assert_true(options->json);
    }
}

static void wrong_usage_names_the_word_and_the_nearest_right_one(void **state)
{
    const struct {
        const char *line, *message;
    } cases[] = {
        {"", "no command was given; see: guestctl help"},
        {"creat x", "\"creat\" is not a command; did you mean: guestctl create"},
        {"shutdwon x", "did you mean: guestctl shutdown"},
        {"dumpxml x", "did you mean: guestctl show --native"},
        {"dominfo x", "did you mean: guestctl show"},
        {"suspend x", "did you mean: guestctl pause"},
        {"nodeinfo", "did you mean: guestctl host"},
        {"qqqqqq", "\"qqqqqq\" is not a command; see: guestctl help"},
        {"create x --memroy 1G", "--memroy is not an option; did you mean --memory?"},
        {"create x --memroy=1G", "--memroy is not an option; did you mean --memory?"},
        {"list --dryrun", "--dryrun is not an option; did you mean --dry-run?"},
        {"list --xyzzy", "--xyzzy is not an option; see: guestctl help list"},
        {"list -q", "-q is not an option; see: guestctl help list"},
        {"pause --wait x", "pause takes no --wait (it belongs to shutdown); see: guestctl help pause"},
        {"--console pause x", "pause takes no --console (it belongs to create, run, start)"},
        {"create x --memory", "--memory needs a value: --memory SIZE"},
        {"create x --memory --json", "--memory needs a value: --memory SIZE"},
        {"create x --memory 512", "--memory: "},
        {"create x --memory 1G --memory 2G", "--memory is given twice"},
        {"plan x --host a.json --host b.json", "--host is given twice, and plan is for one machine"},
        {"plan x --host ''",  "--host is empty"},
        {"create x --vcpus 0", "--vcpus: \"0\" is not a whole number of 1 or more"},
        {"create x --vcpus -1", "--vcpus: \"-1\" is not a whole number of 1 or more"},
        {"create x --vcpus two", "--vcpus: \"two\" is not a whole number of 1 or more"},
        {"create x --vcpus 99999999999", "is not a whole number"},
        {"list --json=yes", "--json takes no value"},
        {"list --backend zen", "--backend: \"zen\" is not one of xen, kvm, qemu; did you mean xen?"},
        {"list --backend vmware", "--backend: \"vmware\" is not one of xen, kvm, qemu"},
        {"create x --mode paravirt", "--mode: \"paravirt\" is not one of pv, pvh, hvm"},
        {"start", "start: an argument is missing; usage: guestctl start NAME"},
        {"destroy a b", "destroy: too many arguments; usage: guestctl destroy NAME"},
        {"host shwo", "\"host shwo\" is not a command; did you mean: guestctl host show"},
        {"dom0 pni", "\"dom0 pni\" is not a command; did you mean: guestctl dom0 pin"},
        {"grub frobnicate x", "\"grub frobnicate\" is not a command; use one of: "},
        {"grub simulate", "grub simulate: an argument is missing; usage: guestctl grub simulate LINE"},
        {"version x", "version: too many arguments; usage: guestctl version"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Options) options = parse(cases[i].line, &error);
        assert_null(options);
        assert_error(error, GUESTCTL_ERROR_USAGE, cases[i].message);
    }
}

static void every_verb_of_xl_and_virsh_that_is_translated_leads_to_a_command_of_ours(void **state)
{
    const char *const verbs[] = {"ls", "vm-list", "domid", "dominfo", "domstate", "dumpxml", "info", "resume", "reset", "stop",
                                 "kill", "edit", "new", "delete", "launch", "boot", "ps", "restart", "poweroff"};
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(command_find(verbs[i], &error));
        const char *ours = strstr(error->message, "did you mean: guestctl ");
        assert_non_null(ours);
        g_auto(GStrv) words = g_strsplit(ours + strlen("did you mean: guestctl "), " ", 2);
        assert_true(command_find(words[0], NULL) || command_is_group(words[0]));
    }
}

static void every_option_of_a_command_is_in_the_option_table(void **state)
{
    for (const Command *command = commands; command->name; command++) {
        g_auto(GStrv) names = g_strsplit(command->options, " ", -1);
        for (char **name = names; *name; name++) {
            const OptionSpec *spec = option_find(*name);
            if (!spec || (spec->global && spec->kind != OPTION_LIST)) /* a list: this command takes more than one */
                fail_msg("%s: --%s is not an option of single commands", command->name, *name);
        }
    }
    for (const OptionSpec *spec = option_specs; spec->name; spec++) {
        g_autofree char *takers = command_names_taking(spec);
        if (!spec->global && !*takers)
            fail_msg("no command takes --%s", spec->name);
    }
}

static void every_command_has_a_help_that_parses_as_its_own_example(void **state)
{
    for (const Command *command = commands; command->name; command++) {
        g_autoptr(GError) error = NULL;
        assert_true(g_str_has_prefix(command->example, "guestctl "));
        g_autoptr(Options) options = parse(command->example + strlen("guestctl "), &error);
        if (!options)
            fail_msg("%s: %s", command->example, error->message);
        assert_ptr_equal(options->command, command);
        assert_non_null(command->help);
    }
}

static void the_wish_for_json_is_seen_on_a_wrong_line_too(void **state)
{
    char program[] = "guestctl", json[] = "--json", dashes[] = "--", word[] = "frobnicate";
    char *with[] = {program, word, json, NULL}, *without[] = {program, dashes, json, NULL};
    assert_true(options_want_json(3, with));
    assert_false(options_want_json(3, without));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_before_and_after_the_command),
        cmocka_unit_test(letters_can_be_joined),
        cmocka_unit_test(a_value_may_look_like_an_option_after_an_equals_sign),
        cmocka_unit_test(words_after_two_dashes_are_arguments),
        cmocka_unit_test(help_and_version_need_nothing_else),
        cmocka_unit_test(a_command_of_two_words_takes_options_between_them),
        cmocka_unit_test(wrong_usage_names_the_word_and_the_nearest_right_one),
        cmocka_unit_test(every_verb_of_xl_and_virsh_that_is_translated_leads_to_a_command_of_ours),
        cmocka_unit_test(every_option_of_a_command_is_in_the_option_table),
        cmocka_unit_test(every_command_has_a_help_that_parses_as_its_own_example),
        cmocka_unit_test(the_wish_for_json_is_seen_on_a_wrong_line_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
