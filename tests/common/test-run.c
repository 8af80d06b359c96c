/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <signal.h>
#include <string.h>

#include "common/error.h"
#include "common/run.h"

static void both_outputs_are_kept_and_nothing_is_expanded(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *output = NULL;
    assert_true(run_program("sh -c 'echo \"$0\"; echo err >&2' '$HOME *'", NULL, &output, &error));
    assert_no_error(error);
    assert_string_equal(output, "$HOME *\nerr\n");
}

static void a_failure_has_the_words_the_status_and_the_last_lines(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *output = NULL;
    assert_false(run_program("sh -c 'seq 9; exit 3'", NULL, &output, &error));
    assert_error(error, GUESTCTL_ERROR_HYPERVISOR, "sh -c 'seq 9; exit 3' failed with status 3: 6\n7\n8\n9");
    assert_string_equal(output, "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
}

static void a_signal_is_named(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_false(run_program("sh -c 'kill -9 $$'", NULL, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_HYPERVISOR, "was ended by signal 9 and said nothing");
}

static void a_program_that_is_not_there_is_not_found(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_false(run_program("no-such-program-here x", NULL, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "no-such-program-here cannot be run: ");
}

static void a_cancelled_one_is_interrupted(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    g_cancellable_cancel(cancel);
    assert_false(run_program("sleep 60", cancel, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "sleep 60: interrupted");
}

typedef struct Trigger {
    GCancellable *cancel;
    const char *file;
} Trigger;

/* Once the program has written its file, however long it takes to get there. */
static int fire(void *data)
{
    const Trigger *trigger = data;
    g_autofree char *text = NULL;
    if (!g_file_get_contents(trigger->file, &text, NULL, NULL) || !g_str_has_suffix(text, "\n"))
        return G_SOURCE_CONTINUE;
    g_cancellable_cancel(trigger->cancel);
    return G_SOURCE_REMOVE;
}

/* As Ctrl-C does: by a source of the main context, while the program runs. */
static void one_that_is_cancelled_while_it_runs_has_ended_afterwards(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    g_autofree char *folder = make_folder(), *ready = g_build_filename(folder, "ready", NULL), *file = g_build_filename(folder, "ended", NULL);
    g_autofree char *script = g_strdup_printf("trap 'echo > %s; exit 1' TERM; echo > %s; while :; do sleep 0.01; done", file, ready);
    g_autofree char *quoted = g_shell_quote(script), *words = g_strconcat("sh -c ", quoted, NULL);
    Trigger trigger = {cancel, ready};
    g_timeout_add(10, fire, &trigger);
    assert_false(run_program(words, cancel, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
    assert_true(g_file_test(file, G_FILE_TEST_EXISTS)); /* it was let clean up */
    remove_folder(folder);
}

static bool lives(const char *file)
{
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(file, &text, NULL, NULL));
    pid_t pid = (pid_t)g_ascii_strtoll(text, NULL, 10);
    assert_true(pid > 1);
    if (kill(pid, 0) != 0)
        return false;
    /* One that has ended and is not fetched yet is there in name only. */
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid), *stat = NULL;
    return g_file_get_contents(path, &stat, NULL, NULL) && !strstr(stat, ") Z ");
}

static char *words_of(const char *script)
{
    g_autofree char *quoted = g_shell_quote(script);
    return g_strconcat("sh -c ", quoted, NULL);
}

/* grub-mkconfig is a shell script: what works is its children. */
static void what_a_cancelled_one_has_started_has_ended_too(void **state)
{
    static const char *const scripts[] = {
        "sleep 60 & echo $! > %s; wait", "sh -c 'trap \"\" TERM; echo $$ > %s; while :; do sleep 0.05; done' & wait", /* only SIGKILL ends it */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GCancellable) cancel = g_cancellable_new();
        g_autofree char *folder = make_folder(), *file = g_build_filename(folder, "pid", NULL);
        g_auto(GStrv) halves = g_strsplit(scripts[i], "%s", 2);
        g_autofree char *script = g_strjoinv(file, halves), *words = words_of(script);
        Trigger trigger = {cancel, file};
        g_timeout_add(10, fire, &trigger);
        assert_false(run_program(words, cancel, NULL, &error));
        assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
        assert_false(lives(file));
        remove_folder(folder);
    }
}

static void who_holds_its_output_in_the_background_is_not_waited_for(void **state)
{
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    GCancellable *const cancels[] = {NULL, cancel};
    for (gsize i = 0; i < G_N_ELEMENTS(cancels); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *folder = make_folder(), *file = g_build_filename(folder, "pid", NULL), *output = NULL, *pid = NULL;
        g_autofree char *script = g_strdup_printf("echo before; sleep 60 & echo $! > %s", file), *words = words_of(script);
        gint64 begin = g_get_monotonic_time();
        assert_true(run_program(words, cancels[i], &output, &error));
        assert_no_error(error);
        assert_true(g_get_monotonic_time() - begin < 30 * G_USEC_PER_SEC);
        assert_string_equal(output, "before\n");
        assert_true(g_file_get_contents(file, &pid, NULL, NULL));
        kill((pid_t)g_ascii_strtoll(pid, NULL, 10), SIGKILL);
        remove_folder(folder);
    }
}

static void all_of_a_long_output_is_read(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *output = NULL;
    assert_true(run_program("head -c 3000000 /dev/zero --", NULL, NULL, &error));
    assert_no_error(error);
    assert_true(run_program("seq 300000", NULL, &output, &error));
    assert_true(g_str_has_suffix(output, "\n299999\n300000\n"));
    assert_int_equal(strlen(output), 1988895);
}

static void input_is_given_whole_and_the_status_is_told(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *long_text = g_strnfill(300000, 'a'), *output = NULL;
    int status = -1;
    assert_true(run_program_fed("wc -c", long_text, NULL, &output, &status, &error));
    assert_no_error(error);
    assert_string_equal(g_strstrip(output), "300000");
    assert_int_equal(status, 0);
    assert_false(run_program_fed("sh -c 'exit 5'", long_text, NULL, NULL, &status, &error)); /* who reads nothing is not waited for */
    assert_error(error, GUESTCTL_ERROR_HYPERVISOR, "failed with status 5");
    assert_int_equal(status, 5);
    g_clear_error(&error);
    assert_false(run_program_fed("sh -c 'kill -9 $$'", "", NULL, NULL, &status, &error));
    assert_int_equal(status, 0);
    g_clear_error(&error);
    assert_false(run_program_fed("'", "", NULL, NULL, &status, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "names no program");
}

static void words_that_are_none_are_refused(void **state)
{
    static const char *const words[] = {"", "  ", "sh -c 'true", "echo \"x"};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(run_program(words[i], NULL, NULL, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "names no program that could be run: ");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_outputs_are_kept_and_nothing_is_expanded),
        cmocka_unit_test(a_failure_has_the_words_the_status_and_the_last_lines),
        cmocka_unit_test(a_signal_is_named),
        cmocka_unit_test(a_program_that_is_not_there_is_not_found),
        cmocka_unit_test(a_cancelled_one_is_interrupted),
        cmocka_unit_test(one_that_is_cancelled_while_it_runs_has_ended_afterwards),
        cmocka_unit_test(what_a_cancelled_one_has_started_has_ended_too),
        cmocka_unit_test(who_holds_its_output_in_the_background_is_not_waited_for),
        cmocka_unit_test(all_of_a_long_output_is_read),
        cmocka_unit_test(input_is_given_whole_and_the_status_is_told),
        cmocka_unit_test(words_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
