/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

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

static int fire(void *data)
{
    g_cancellable_cancel(data);
    return G_SOURCE_REMOVE;
}

/* As Ctrl-C does: by a source of the main context, while the program runs. */
static void one_that_is_cancelled_while_it_runs_has_ended_afterwards(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    g_autofree char *folder = make_folder(), *file = g_build_filename(folder, "ended", NULL);
    g_autofree char *script = g_strdup_printf("trap 'echo > %s; exit 1' TERM; while :; do sleep 0.01; done", file);
    g_autofree char *quoted = g_shell_quote(script), *words = g_strconcat("sh -c ", quoted, NULL);
    g_timeout_add(100, fire, cancel);
    assert_false(run_program(words, cancel, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
    assert_true(g_file_test(file, G_FILE_TEST_EXISTS)); /* it was let clean up */
    remove_folder(folder);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
