/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/journal.h"

static Plan *some_plan(void)
{
    Plan *plan = plan_new("xen", "web");
    plan_add(plan, STEP_CREATE, "web", "{\n  \"name\": \"web\"\n}\n");
    plan_add(plan, STEP_UNPAUSE, "web", NULL);
    return plan;
}

static void an_interrupted_plan_says_how_far_it_came(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    g_autoptr(Paths) paths = paths_new(folder);
    g_autoptr(Plan) plan = some_plan();
    {
        g_autoptr(Journal) journal = journal_begin(paths, plan, &error);
        assert_no_error(error);
        assert_true(journal_step_begins(journal, 0, &error));
        assert_true(journal_step_done(journal, 0, &error));
        assert_true(journal_step_begins(journal, 1, &error));
        /* killed here: journal_end() is not called */
    }
    g_autoptr(GPtrArray) pending = journal_pending(paths, &error);
    assert_int_equal(pending->len, 1);
    assert_string_equal(pending->pdata[0], "web");

    guint begun = 0, done = 0;
    g_autoptr(Plan) loaded = journal_load(paths, "web", &begun, &done, &error);
    assert_no_error(error);
    assert_int_equal(begun, 2);
    assert_int_equal(done, 1);
    g_autofree char *before = plan_to_json(plan), *after = plan_to_json(loaded);
    assert_string_equal(before, after);

    g_autoptr(GError) second = NULL;
    assert_null(journal_begin(paths, plan, &second));
    assert_error(second, GUESTCTL_ERROR_EXISTS, "holds an unfinished plan");
    assert_true(journal_remove(paths, "web", &error));
    remove_folder(folder);
}

static void a_plan_that_ended_leaves_nothing(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    g_autoptr(Paths) paths = paths_new(folder);
    g_autoptr(Plan) plan = some_plan();
    g_autoptr(Journal) journal = journal_begin(paths, plan, &error);
    assert_no_error(error);
    assert_true(journal_end(journal, &error));
    g_autoptr(GPtrArray) pending = journal_pending(paths, &error);
    assert_int_equal(pending->len, 0);
    remove_folder(folder);
}

static void a_root_without_a_journal_has_nothing_pending(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Paths) paths = paths_new("/nonexistent-root");
    g_autoptr(GPtrArray) pending = journal_pending(paths, &error);
    assert_no_error(error);
    assert_int_equal(pending->len, 0);
}

static void a_line_that_a_crash_cut_short_says_nothing(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    g_autoptr(Paths) paths = paths_new(folder);
    g_autoptr(Plan) plan = some_plan();
    g_autofree char *line = plan_to_line(plan);
    g_autofree char *text = g_strconcat(line, "\nbegin 0\ndo", NULL);
    g_autofree char *path = g_build_filename(paths->journal, "web.journal", NULL);
    g_mkdir_with_parents(paths->journal, 0755);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    guint begun = 9, done = 9;
    g_autoptr(Plan) loaded = journal_load(paths, "web", &begun, &done, &error);
    assert_no_error(error);
    assert_int_equal(begun, 1);
    assert_int_equal(done, 0);
    remove_folder(folder);
}

static void a_plan_that_nobody_could_read_again_is_not_begun(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    g_autoptr(Paths) paths = paths_new(folder);
    g_autoptr(Plan) plan = some_plan();
    g_autofree char *large = g_strnfill(PLAN_MAX, 'x');
    plan_add(plan, STEP_WRITE_SEED, "/seed.iso", large);
    assert_null(journal_begin(paths, plan, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "give cloud-init or [inject] less data");
    g_autoptr(GPtrArray) pending = journal_pending(paths, NULL);
    assert_int_equal(pending->len, 0);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupted_plan_says_how_far_it_came),
        cmocka_unit_test(a_plan_that_ended_leaves_nothing),
        cmocka_unit_test(a_root_without_a_journal_has_nothing_pending),
        cmocka_unit_test(a_line_that_a_crash_cut_short_says_nothing),
        cmocka_unit_test(a_plan_that_nobody_could_read_again_is_not_begun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
