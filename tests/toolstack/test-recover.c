/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/journal.h"
#include "common/lock.h"
#include "tests/toolstack/fake.h"
#include "toolstack/perform.h"
#include "toolstack/recover.h"

/* As a command that was killed leaves it: steps before begun have begun, those before done are done. */
static void leave(const FakeSetup *setup, const Plan *plan, guint begun, guint done)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Journal) journal = journal_begin(setup->options->paths, plan, &error);
    assert_no_error(error);
    for (guint i = 0; i < begun; i++) {
        assert_true(journal_step_begins(journal, i, &error));
        if (i < done)
            assert_true(journal_step_done(journal, i, &error));
    }
}

static void says(const FakeSetup *setup, const char *text)
{
    g_autofree char *err = fake_err(setup->options);
    assert_contains(err, text);
}

static void a_create_that_was_killed_is_undone(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_plan("xen");
    leave(setup, plan, 2, 1);
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "open; undo create web; ");
    assert_int_equal(fake_pending(setup), 0);
    says(setup, "guestctl: guest \"web\": an earlier command was cut off after 1 of 3 steps; what it had built was removed\n");
}

static void a_change_of_dom0_that_was_killed_is_put_back(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_tuning();
    leave(setup, plan, 2, 1);
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "open; undo tune-dom0 memory; undo tune-dom0 weight; ");
    assert_int_equal(fake_pending(setup), 0);
    says(setup, "guestctl: guest \"Domain-0\": an earlier command was cut off after 1 of 2 steps; what it had changed was put back\n");
}

static void a_change_of_dom0_of_which_only_the_file_is_missing_is_finished(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_tuning();
    g_autofree char *path = g_build_filename(setup->folder, "dom0.conf", NULL), *text = NULL;
    plan_add(plan, STEP_WRITE_FILE, path, "[dom0]\n");
    leave(setup, plan, 3, 2);
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "");
    assert_int_equal(fake_pending(setup), 0);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "[dom0]\n");
    says(setup, "an earlier command was cut off after 2 of 3 steps; the rest of it was done now\n");
}

/* What was put into the file between the crash and now must not be lost. */
static void a_file_that_was_edited_since_is_left_and_named(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_tuning();
    g_autofree char *path = g_build_filename(setup->folder, "dom0.conf", NULL), *text = NULL;
    plan_add_edit(plan, path, "[dom0]\nweight = 512\n", "[dom0]\n");
    leave(setup, plan, 3, 2);
    assert_true(g_file_set_contents(path, "[dom0]\nvcpus = 2\n", -1, NULL));
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "");
    assert_int_equal(fake_pending(setup), 0);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "[dom0]\nvcpus = 2\n");
    says(setup, "dom0.conf was edited since and is left as it is, so it does not keep that change; say it again with --persist\n");
}

/* Also when it was written and only the journal does not know it yet. */
static void a_file_that_is_what_the_plan_was_made_from_is_finished(void **state)
{
    static const char *const texts[] = {"[dom0]\n", "[dom0]\nweight = 512\n"};
    FakeSetup *setup = *state;
    g_autofree char *path = g_build_filename(setup->folder, "dom0.conf", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Plan) plan = fake_tuning();
        g_autofree char *text = NULL;
        plan_add_edit(plan, path, "[dom0]\nweight = 512\n", "[dom0]\n");
        leave(setup, plan, 3, 2);
        assert_true(g_file_set_contents(path, texts[i], -1, NULL));
        recover_all(setup->pick, setup->options);
        assert_int_equal(fake_pending(setup), 0);
        assert_true(g_file_get_contents(path, &text, NULL, NULL));
        assert_string_equal(text, "[dom0]\nweight = 512\n");
    }
    says(setup, "the rest of it was done now\n");
}

static void a_create_that_never_began_a_step_needs_nobody(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_plan("xen");
    leave(setup, plan, 0, 0);
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "");
    assert_int_equal(fake_pending(setup), 0);
}

static void a_create_that_had_come_to_its_end_stays(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_plan("xen");
    leave(setup, plan, 3, 3);
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "");
    assert_int_equal(fake_pending(setup), 0);
}

static void what_cannot_be_undone_is_tried_again_by_the_next_command(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_plan("xen");
    leave(setup, plan, 1, 0);
    fake.undo_error = "domain 7 is dying";
    recover_all(setup->pick, setup->options);
    assert_int_equal(fake_pending(setup), 1);
    says(setup, "will be tried again: create web: domain 7 is dying");
    fake.undo_error = NULL;
    recover_all(setup->pick, setup->options);
    assert_int_equal(fake_pending(setup), 0);
}

static void a_reboot_that_was_killed_is_finished_with_the_steps_that_were_not_done(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_reboot();
    leave(setup, plan, 2, 2);
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "open; undo create web; create web; unpause web; ");
    assert_int_equal(fake_pending(setup), 0);
    says(setup, "cut off after 2 of 4 steps; the rest of it was done now");
}

static void a_destroy_that_had_worked_before_the_crash_is_no_failure(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_reboot();
    g_autoptr(GError) failure = g_error_new_literal(GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "no such domain");
    leave(setup, plan, 2, 1);
    fake.fails = STEP_DESTROY;
    fake.failure = failure;
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "open; destroy web; undo create web; create web; unpause web; ");
}

static void a_reboot_whose_guest_still_runs_is_not_waited_for(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_reboot();
    leave(setup, plan, 1, 0);
    fake.exists = true;
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "open; ");
    assert_int_equal(fake_pending(setup), 0);
    says(setup, "the guest still runs and was left alone");
}

static void a_reboot_that_fails_by_itself_is_not_tried_for_ever(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_reboot();
    g_autoptr(GError) failure = g_error_new_literal(GUESTCTL_ERROR, GUESTCTL_ERROR_RESOURCES, "not enough memory");
    leave(setup, plan, 2, 2);
    fake.fails = STEP_CREATE;
    fake.failure = failure;
    recover_all(setup->pick, setup->options);
    assert_int_equal(fake_pending(setup), 0);
    says(setup, "the rest of it failed: not enough memory");
}

static void a_guest_whose_lock_is_held_is_left_to_its_holder(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_plan("xen");
    leave(setup, plan, 1, 0);
    g_autoptr(Lock) lock = lock_guest(setup->options->paths, "web", "guestctl create", NULL);
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "");
    assert_int_equal(fake_pending(setup), 1);
}

static void a_dry_run_recovers_nothing(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_plan("xen");
    leave(setup, plan, 1, 0);
    fake.aborts = true;
    setup->options->dry_run = true;
    recover_all(setup->pick, setup->options);
    recover_guest("web", setup->pick, setup->options);
    assert_int_equal(fake_pending(setup), 1);
}

static void a_plan_of_another_hypervisor_is_named_and_left(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(Plan) plan = fake_plan("kvm");
    leave(setup, plan, 1, 0);
    recover_all(setup->pick, setup->options);
    assert_string_equal(fake.log->str, "");
    assert_int_equal(fake_pending(setup), 1);
    says(setup, "a plan on kvm was cut off; run guestctl with --backend kvm");
}

static void a_definition_that_was_cut_off_is_written_again(void **state)
{
    FakeSetup *setup = *state;
    g_autofree char *path = paths_definition(setup->options->paths, "web");
    g_autoptr(Plan) plan = plan_new("files", "web");
    plan->finish = true;
    plan_add(plan, STEP_WRITE_FILE, path, "[guest]\n");
    leave(setup, plan, 1, 0);
    recover_all(NULL, setup->options);
    assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    assert_int_equal(fake_pending(setup), 0);
}

static void an_empty_journal_is_put_aside(void **state)
{
    FakeSetup *setup = *state;
    const struct {
        const char *text;
        gssize length;
    } journals[] = {{"", 0}, {"\0\0\0\0", 4}, {"\n", 1}};
    g_autofree char *path = g_build_filename(setup->options->paths->journal, "web.journal", NULL);
    assert_int_equal(g_mkdir_with_parents(setup->options->paths->journal, 0755), 0);
    for (gsize i = 0; i < G_N_ELEMENTS(journals); i++) {
        assert_true(g_file_set_contents(path, journals[i].text, journals[i].length, NULL));
        recover_all(setup->pick, setup->options);
        assert_int_equal(fake_pending(setup), 0);
    }
    says(setup, "its journal cannot be read");
}

static void a_journal_that_cannot_be_read_is_kept_but_holds_up_nobody(void **state)
{
    FakeSetup *setup = *state;
    g_autofree char *path = g_build_filename(setup->options->paths->journal, "web.journal", NULL);
    assert_int_equal(g_mkdir_with_parents(setup->options->paths->journal, 0755), 0);
    assert_true(g_file_set_contents(path, "not a plan\n", -1, NULL));
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    assert_true(perform(plan, setup->pick, setup->options, &error));
    assert_no_error(error);
    assert_int_equal(fake_pending(setup), 0);
    says(setup, "guest \"web\": a plan was cut off and its journal cannot be read (");

    g_autoptr(GDir) folder = g_dir_open(setup->options->paths->journal, 0, NULL);
    const char *kept = g_dir_read_name(folder);
    assert_true(g_str_has_prefix(kept, "web.journal.broken."));
    says(setup, kept);
}

static void the_next_create_of_the_same_guest_takes_care_of_it_first(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    leave(setup, plan, 1, 0);
    assert_true(perform(plan, setup->pick, setup->options, &error));
    assert_string_equal(fake.log->str, "open; undo create web; create web; note web; unpause web; ");
    assert_int_equal(fake_pending(setup), 0);
}

static void destroy_is_not_held_up_by_what_could_not_be_undone(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    leave(setup, plan, 1, 0);
    fake.undo_error = "no";
    g_autoptr(Plan) destroy = plan_new("xen", "web");
    destroy->finish = true;
    plan_add(destroy, STEP_DESTROY, "web", NULL);
    assert_true(perform(destroy, setup->pick, setup->options, &error));
    assert_int_equal(fake_pending(setup), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_create_that_was_killed_is_undone),
        TEST(a_change_of_dom0_that_was_killed_is_put_back),
        TEST(a_change_of_dom0_of_which_only_the_file_is_missing_is_finished),
        TEST(a_file_that_was_edited_since_is_left_and_named),
        TEST(a_file_that_is_what_the_plan_was_made_from_is_finished),
        TEST(a_create_that_never_began_a_step_needs_nobody),
        TEST(a_create_that_had_come_to_its_end_stays),
        TEST(what_cannot_be_undone_is_tried_again_by_the_next_command),
        TEST(a_reboot_that_was_killed_is_finished_with_the_steps_that_were_not_done),
        TEST(a_destroy_that_had_worked_before_the_crash_is_no_failure),
        TEST(a_reboot_whose_guest_still_runs_is_not_waited_for),
        TEST(a_reboot_that_fails_by_itself_is_not_tried_for_ever),
        TEST(a_guest_whose_lock_is_held_is_left_to_its_holder),
        TEST(a_dry_run_recovers_nothing),
        TEST(a_plan_of_another_hypervisor_is_named_and_left),
        TEST(a_definition_that_was_cut_off_is_written_again),
        TEST(an_empty_journal_is_put_aside),
        TEST(a_journal_that_cannot_be_read_is_kept_but_holds_up_nobody),
        TEST(the_next_create_of_the_same_guest_takes_care_of_it_first),
        TEST(destroy_is_not_held_up_by_what_could_not_be_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
