/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/inject/inject.h"
#include "common/journal.h"
#include "common/storage/storage.h"
#include "tests/toolstack/fake.h"
#include "toolstack/perform.h"

static void carries_out_the_steps_in_their_order_and_leaves_no_journal(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    assert_true(perform(plan, setup->pick, setup->options, &error));
    assert_no_error(error);
    assert_string_equal(fake.log->str, "open; create web; note web; unpause web; ");
    assert_int_equal(fake_pending(setup), 0);
}

static void a_dry_run_prints_the_plan_and_opens_nothing(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fake.aborts = true;
    setup->options->dry_run = true;
    assert_true(perform(plan, setup->pick, setup->options, &error));
    g_autofree char *out = fake_out(setup->options);
    assert_contains(out, "# step 1: create web\n{}\n");
    assert_string_equal(fake.log->str, "");
    g_autofree char *run = g_build_filename(setup->folder, "run", NULL);
    assert_false(g_file_test(run, G_FILE_TEST_EXISTS)); /* no lock, no journal */
}

static void a_dry_run_with_a_console_opens_nothing_either(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fake.aborts = true;
    setup->options->dry_run = setup->options->json = true;
    assert_true(perform_with_console(plan, setup->pick, setup->options, &(ConsoleOptions){.in_fd = -1}, &error));
    g_autofree char *out = fake_out(setup->options);
    assert_contains(out, "\"guestctl-plan/1\"");
}

static void fail_at(StepKind kind, GError **failure, int code, const char *message)
{
    g_set_error_literal(failure, GUESTCTL_ERROR, code, message);
    fake.fails = kind;
    fake.failure = *failure;
}

static void destroys_the_guest_when_unpause_fails(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fail_at(STEP_UNPAUSE, &failure, GUESTCTL_ERROR_HYPERVISOR, "guest \"web\": libxl: cannot unpause");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_HYPERVISOR,
                 "guest \"web\": libxl: cannot unpause; what had been built was removed again");
    assert_string_equal(fake.log->str, "open; create web; note web; unpause web; undo create web; ");
    assert_int_equal(fake_pending(setup), 0);
}

/* fake_plan() with a seed before its other steps. Its path; caller frees. */
static char *add_seed(Plan *plan, const FakeSetup *setup)
{
    char *path = g_build_filename(setup->folder, "guests", "web", "seed.iso", NULL);
    plan_add(plan, STEP_WRITE_SEED, path, "cloud-init nocloud\n--- meta-data 4\na: b\n--- user-data 0\n");
    g_ptr_array_insert(plan->steps, 0, g_ptr_array_steal_index(plan->steps, plan->steps->len - 1));
    return path;
}

static void a_seed_stays_with_its_guest_and_goes_when_the_guest_cannot_be_built(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    g_autofree char *path = add_seed(plan, setup);
    assert_true(perform(plan, setup->pick, setup->options, &error));
    assert_no_error(error);
    assert_true(g_file_test(path, G_FILE_TEST_IS_REGULAR));

    fail_at(STEP_CREATE, &failure, GUESTCTL_ERROR_RESOURCES, "guest \"web\": not enough memory");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_RESOURCES, "guest \"web\": not enough memory");
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    assert_int_equal(fake_pending(setup), 0);
}

/* The other steps: nothing is built when the seed cannot be made. */
static void a_seed_that_cannot_be_made_ends_the_plan(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    g_autofree char *path = add_seed(plan, setup);
    Step *step = plan->steps->pdata[0];
    g_free(step->target);
    step->target = g_strdup("/dev/null/seed.iso");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_contains(error->message, "the cloud-init seed cannot be made: /dev/null");
    assert_string_equal(fake.log->str, "open; ");
    assert_int_equal(fake_pending(setup), 0);
}

static void puts_back_what_it_changed_of_dom0_when_a_later_step_fails(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_tuning();
    plan_add(plan, STEP_WRITE_FILE, "/dev/null/dom0.conf", "[dom0]\n");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_contains(error->message, "; what had been changed was put back");
    assert_string_equal(fake.log->str, "open; tune-dom0 weight; tune-dom0 memory; undo tune-dom0 memory; undo tune-dom0 weight; ");
    assert_int_equal(fake_pending(setup), 0);
}

/* Two that each add a key to dom0.conf: the second was planned before the first had written. */
static void a_file_that_changed_since_the_plan_was_made_is_not_replaced(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) first = fake_tuning(), second = fake_tuning();
    g_autofree char *path = g_build_filename(setup->folder, "dom0.conf", NULL), *text = NULL;
    plan_add_edit(first, path, "[dom0]\nweight = 512\n", NULL);
    plan_add_edit(second, path, "[dom0]\nvcpus = 2\n", NULL);
    assert_true(perform(first, setup->pick, setup->options, &error));
    assert_false(perform(second, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "it was changed a moment ago by something else, and was left as it is; try again; what had been changed was put back");
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "[dom0]\nweight = 512\n");
    assert_int_equal(fake_pending(setup), 0);
}

static void a_new_file_goes_when_the_guest_cannot_be_built_unless_it_is_anothers_by_then(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    g_autofree char *path = g_build_filename(setup->folder, "web.guest", NULL), *text = NULL;
    plan_begin_with_file(plan, path, "[guest]\n");
    fail_at(STEP_CREATE, &failure, GUESTCTL_ERROR_RESOURCES, "guest \"web\": not enough memory");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_RESOURCES, "guest \"web\": not enough memory");
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    assert_int_equal(fake_pending(setup), 0);

    g_clear_error(&error);
    assert_true(g_file_set_contents(path, "[guest]\nmemory = 1G\n", -1, NULL));
    assert_false(perform_undo(plan, 1, setup->pick, &error));
    assert_contains(error->message, path);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "[guest]\nmemory = 1G\n");
}

static void leaves_alone_what_of_dom0_another_has_changed(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_tuning();
    fail_at(STEP_TUNE_DOM0, &failure, GUESTCTL_ERROR_EXISTS, "dom0: weight is 300 now");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "dom0: weight is 300 now");
    assert_string_equal(error->message, "dom0: weight is 300 now");
    assert_string_equal(fake.log->str, "open; tune-dom0 weight; ");
    assert_int_equal(fake_pending(setup), 0);
}

/* fake_plan() with a disk, and what is put into it, before its other steps. guestctl-inject is what script says. */
static void add_injection(Plan *plan, const FakeSetup *setup, const char *script, bool carry_on)
{
    g_autofree char *folder = g_build_filename(setup->folder, "guests", "web", NULL), *path = g_build_filename(setup->folder, "program", NULL);
    g_autofree char *program = g_strconcat("#!/bin/sh\n", script, NULL);
    assert_true(g_file_set_contents(path, program, -1, NULL));
    assert_int_equal(g_chmod(path, 0755), 0);
    g_setenv("GUESTCTL_INJECT", path, TRUE);
    g_autoptr(StoragePolicy) policy = storage_policy_new();
    g_autoptr(StorageDisk) disk = storage_disk_new();
    disk->guest = g_strdup("web");
    disk->name = g_strdup("root");
    disk->owner = g_strdup("8bf2e9c0-12ee-8cf6-9f58-0be39ba9b486");
    disk->storage = g_strdup("flat");
    disk->kind = g_strdup("blank");
    disk->size = 4096;
    assert_true(storage_flat.place(disk, policy, folder, NULL));
    storage_plan_create(plan, disk, folder);
    g_autoptr(Inject) inject = inject_new();
    inject->guest = g_strdup("web");
    inject->disk = g_strdup("root");
    inject->storage = g_strdup("flat");
    inject->path = g_strdup(disk->path);
    inject->format = DISK_FORMAT_RAW;
    inject->user = g_strdup("root");
    inject->scratch = g_build_filename(setup->folder, "scratch", NULL);
    inject->cache = g_strdup(setup->folder);
    inject->carry_on = carry_on;
    g_autofree char *text = inject_to_json(inject);
    plan_add(plan, STEP_INJECT, disk->path, text);
    for (unsigned i = 0; i < 2; i++)
        g_ptr_array_insert(plan->steps, 0, g_ptr_array_steal_index(plan->steps, plan->steps->len - 1));
}

static bool has_disk(const FakeSetup *setup)
{
    g_autofree char *path = g_build_filename(setup->folder, "guests", "web", "root.raw", NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void what_cannot_be_put_into_a_disk_takes_the_disk_away(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    g_autofree char *scratch = g_build_filename(setup->folder, "scratch", "left", NULL);
    g_autofree char *script = g_strdup_printf("[ $1 = check ] && exit; mkdir -p %s; echo 'guestctl-inject: no partition 7'; exit 5", scratch);
    add_injection(plan, setup, script, false);
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "was not put into disk \"root\": no partition 7; what had been built was removed again");
    assert_string_equal(fake.log->str, "open; ");
    assert_false(has_disk(setup));
    assert_false(g_file_test(scratch, G_FILE_TEST_EXISTS));
    assert_int_equal(fake_pending(setup), 0);
}

static void a_guest_boots_without_what_it_was_to_get_where_that_was_asked_for(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    add_injection(plan, setup, "echo 'guestctl-inject: no partition 7'; exit 5", true);
    assert_true(perform(plan, setup->pick, setup->options, &error));
    assert_no_error(error);
    g_autofree char *said = fake_err(setup->options);
    assert_contains(said, "no partition 7; the guest boots all the same, as on-failure = continue says");
    assert_string_equal(fake.log->str, "open; create web; note web; unpause web; ");
    assert_true(has_disk(setup));
}

static void nothing_is_begun_where_nothing_can_be_put_into_a_disk(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    add_injection(plan, setup, "", false);
    g_setenv("GUESTCTL_INJECT", "/nowhere/guestctl-inject", TRUE);
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "guest \"web\": nothing can be put into disk \"root\": guestctl-inject is not installed");
    assert_string_equal(fake.log->str, "open; ");
    assert_false(has_disk(setup));
    assert_int_equal(fake_pending(setup), 0);
}

static void names_what_it_could_not_undo_and_keeps_the_journal(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fail_at(STEP_NOTE, &failure, GUESTCTL_ERROR_RESOURCES, "no space");
    fake.undo_error = "domain 7 does not go away";
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_RESOURCES,
                 "no space; this is left and will be tried again by the next command: create web: domain 7 does not go away");
    assert_int_equal(fake_pending(setup), 1);
}

static void a_guest_that_exists_already_is_not_undone(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fake.exists = true;
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "guest \"web\" exists already (running, domain 7, made by guestctl)");
    assert_string_equal(fake.log->str, "open; ");
}

static void a_guest_that_appears_in_the_meantime_is_not_undone_either(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fail_at(STEP_CREATE, &failure, GUESTCTL_ERROR_EXISTS, "guest \"web\" exists");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "guest \"web\" exists");
    assert_null(strstr(fake.log->str, "undo"));
}

static void an_ended_guest_in_the_way_names_the_remedy(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fake.exists = true;
    fake.status = GUEST_SHUTDOWN;
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "remove what is left of it with: guestctl destroy web");
}

static void a_create_that_fails_by_itself_has_built_nothing(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fail_at(STEP_CREATE, &failure, GUESTCTL_ERROR_HYPERVISOR, "no such machine");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_string_equal(error->message, "no such machine");
    assert_int_equal(fake_pending(setup), 0);
}

static void ctrl_c_takes_back_what_was_built(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fake.cancel = g_cancellable_new();
    fake.cancels = STEP_NOTE;
    setup->options->cancel = g_object_ref(fake.cancel);
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted; what had been built was removed again");
    assert_int_equal(error_exit_status(error), 130);
    assert_string_equal(fake.log->str, "open; create web; note web; undo create web; ");
    assert_int_equal(fake_pending(setup), 0);
}

static void ctrl_c_that_fails_what_the_library_runs_is_still_ctrl_c(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fake.cancel = g_cancellable_new();
    fake.cancels = STEP_CREATE;
    setup->options->cancel = g_object_ref(fake.cancel);
    fail_at(STEP_CREATE, &failure, GUESTCTL_ERROR_HYPERVISOR, "child process: unexpected fatal signal 2");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "guest \"web\": interrupted; what had been built was removed again");
}

static void a_guest_that_ends_while_it_is_destroyed_is_destroyed(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = plan_new("xen", "web");
    plan->finish = true;
    plan_add(plan, STEP_DESTROY, "web", NULL);
    fail_at(STEP_DESTROY, &failure, GUESTCTL_ERROR_NOT_FOUND, "no such domain");
    assert_true(perform(plan, setup->pick, setup->options, &error));
    assert_no_error(error);
}

static void ctrl_c_after_the_old_domain_has_gone_lets_a_reboot_finish(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_reboot();
    fake.cancel = g_cancellable_new();
    fake.cancels = STEP_DESTROY;
    setup->options->cancel = g_object_ref(fake.cancel);
    assert_true(perform(plan, setup->pick, setup->options, &error));
    assert_string_equal(fake.log->str, "open; reboot web; destroy web; create web; unpause web; ");
}

static void ctrl_c_while_a_reboot_waits_leaves_the_guest_alone(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_reboot();
    fake.cancel = g_cancellable_new();
    fake.cancels = STEP_REBOOT;
    setup->options->cancel = g_object_ref(fake.cancel);
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
    assert_string_equal(fake.log->str, "open; reboot web; ");
    assert_int_equal(fake_pending(setup), 0);
}

static void a_reboot_that_cannot_build_the_guest_again_says_that_it_is_gone(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_reboot();
    fail_at(STEP_CREATE, &failure, GUESTCTL_ERROR_RESOURCES, "guest \"web\": not enough memory");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_RESOURCES, "guest \"web\" is not running any more, create it again");
}

static void a_missing_bridge_fails_before_anything_is_built(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = plan_new("xen", "web");
    plan_add(plan, STEP_REQUIRE_BRIDGE, "no-such-br", NULL);
    plan_add(plan, STEP_CREATE, "web", "{}");
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "guest \"web\": bridge \"no-such-br\" is not there");
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "ip link add no-such-br type bridge");
    assert_null(strstr(error->message, "removed again"));
    assert_string_equal(fake.log->str, "open; ");
}

static void the_second_of_two_commands_is_told_who_has_the_guest(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    g_autoptr(Lock) lock = lock_guest(setup->options->paths, "web", "guestctl create", &error);
    assert_non_null(lock);
    assert_false(perform(plan, setup->pick, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "guest \"web\" is in use by process");
    assert_string_equal(fake.log->str, "");
}

static void the_console_is_there_before_the_guest_runs(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    assert_true(perform_with_console(plan, setup->pick, setup->options, &(ConsoleOptions){.in_fd = -1}, &error));
    assert_string_equal(fake.log->str, "open; create web; note web; console web; unpause web; console left web; ");
    assert_int_equal(fake_pending(setup), 0);
}

static void a_guest_starts_without_its_console_when_there_is_none(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fake.console_fails = true;
    assert_false(perform_with_console(plan, setup->pick, setup->options, &(ConsoleOptions){.in_fd = -1}, &error));
    assert_error(error, GUESTCTL_ERROR_HYPERVISOR, "guest \"web\" was started; its console: no console");
    assert_string_equal(fake.log->str, "open; create web; note web; console web; unpause web; ");
    assert_int_equal(fake_pending(setup), 0);
}

static void a_failing_unpause_ends_the_console_and_is_undone(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(Plan) plan = fake_plan("xen");
    fail_at(STEP_UNPAUSE, &failure, GUESTCTL_ERROR_HYPERVISOR, "no unpause");
    assert_false(perform_with_console(plan, setup->pick, setup->options, &(ConsoleOptions){.in_fd = -1}, &error));
    assert_error(error, GUESTCTL_ERROR_HYPERVISOR, "no unpause; what had been built was removed again");
    assert_null(strstr(error->message, "was started"));
    assert_null(strstr(fake.log->str, "console left"));
    assert_contains(fake.log->str, "console web; unpause web; undo create web; ");
}

static void files_are_written_and_removed_without_a_hypervisor(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(setup->folder, "a", "b.guest", NULL);
    g_autoptr(Plan) write = plan_new("files", "web");
    write->finish = true;
    plan_add(write, STEP_WRITE_FILE, path, "# a comment\n[guest]\n");
    assert_true(perform(write, NULL, setup->options, &error));
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "# a comment\n[guest]\n");

    g_autoptr(Plan) remove = plan_new("files", "web");
    remove->finish = true;
    plan_add(remove, STEP_REMOVE_FILE, path, NULL);
    assert_true(perform(remove, NULL, setup->options, &error));
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    assert_int_equal(fake_pending(setup), 0);
}

/* As for `define` below a folder that cannot be written: the next command must not carry it out after all. */
static void a_file_that_could_not_be_written_is_not_written_later(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autofree char *in_the_way = g_build_filename(setup->folder, "a", NULL), *path = g_build_filename(in_the_way, "b.guest", NULL);
    assert_true(g_file_set_contents(in_the_way, "no folder", -1, NULL));
    g_autoptr(Plan) write = plan_new("files", "web");
    write->finish = true;
    plan_add(write, STEP_WRITE_FILE, path, "[guest]\n");
    assert_false(perform(write, NULL, setup->options, &error));
    assert_contains(error->message, in_the_way);
    assert_null(strstr(error->message, "this is left"));
    assert_int_equal(fake_pending(setup), 0);
}

/* Who has a lock and copies of his own takes back himself what was done. */
static void files_alone_stop_at_the_step_that_fails_and_undo_nothing(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(setup->folder, "kept", NULL);
    assert_true(g_file_set_contents(path, "old", -1, NULL));
    assert_int_equal(g_chmod(path, 0640), 0);
    g_autoptr(Plan) plan = plan_new("files", "");
    plan_add(plan, STEP_WRITE_FILE, path, "new");
    plan_add(plan, STEP_RUN, "nothing", "/nonexistent/program");
    plan_add(plan, STEP_REMOVE_FILE, path, NULL);
    assert_false(perform_files(plan, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "/nonexistent/program cannot be run");
    assert_null(strstr(error->message, "this is left"));
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "new");
    GStatBuf stat_buffer;
    assert_int_equal(g_stat(path, &stat_buffer), 0);
    assert_int_equal(stat_buffer.st_mode & 07777, 0640);
}

static void ctrl_c_between_two_files_is_named_without_a_guest(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(setup->folder, "file", NULL);
    g_autoptr(Plan) plan = plan_new("files", "");
    plan_add(plan, STEP_WRITE_FILE, path, "new");
    g_clear_object(&setup->options->cancel);
    setup->options->cancel = g_cancellable_new();
    g_cancellable_cancel(setup->options->cancel);
    assert_false(perform_files(plan, setup->options, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
    assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void pausing_needs_no_journal(void **state)
{
    FakeSetup *setup = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = plan_new("xen", "web");
    plan_add(plan, STEP_PAUSE, "web", NULL);
    assert_true(perform(plan, setup->pick, setup->options, &error));
    assert_false(g_file_test(setup->options->paths->journal, G_FILE_TEST_EXISTS));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(carries_out_the_steps_in_their_order_and_leaves_no_journal),
        TEST(a_dry_run_prints_the_plan_and_opens_nothing),
        TEST(a_dry_run_with_a_console_opens_nothing_either),
        TEST(destroys_the_guest_when_unpause_fails),
        TEST(puts_back_what_it_changed_of_dom0_when_a_later_step_fails),
        TEST(a_file_that_changed_since_the_plan_was_made_is_not_replaced),
        TEST(a_new_file_goes_when_the_guest_cannot_be_built_unless_it_is_anothers_by_then),
        TEST(leaves_alone_what_of_dom0_another_has_changed),
        TEST(a_seed_stays_with_its_guest_and_goes_when_the_guest_cannot_be_built),
        TEST(a_seed_that_cannot_be_made_ends_the_plan),
        TEST(what_cannot_be_put_into_a_disk_takes_the_disk_away),
        TEST(a_guest_boots_without_what_it_was_to_get_where_that_was_asked_for),
        TEST(nothing_is_begun_where_nothing_can_be_put_into_a_disk),
        TEST(names_what_it_could_not_undo_and_keeps_the_journal),
        TEST(a_guest_that_exists_already_is_not_undone),
        TEST(a_guest_that_appears_in_the_meantime_is_not_undone_either),
        TEST(an_ended_guest_in_the_way_names_the_remedy),
        TEST(a_create_that_fails_by_itself_has_built_nothing),
        TEST(ctrl_c_takes_back_what_was_built),
        TEST(ctrl_c_that_fails_what_the_library_runs_is_still_ctrl_c),
        TEST(a_guest_that_ends_while_it_is_destroyed_is_destroyed),
        TEST(ctrl_c_after_the_old_domain_has_gone_lets_a_reboot_finish),
        TEST(ctrl_c_while_a_reboot_waits_leaves_the_guest_alone),
        TEST(a_reboot_that_cannot_build_the_guest_again_says_that_it_is_gone),
        TEST(a_missing_bridge_fails_before_anything_is_built),
        TEST(the_second_of_two_commands_is_told_who_has_the_guest),
        TEST(the_console_is_there_before_the_guest_runs),
        TEST(a_guest_starts_without_its_console_when_there_is_none),
        TEST(a_failing_unpause_ends_the_console_and_is_undone),
        TEST(files_are_written_and_removed_without_a_hypervisor),
        TEST(a_file_that_could_not_be_written_is_not_written_later),
        TEST(files_alone_stop_at_the_step_that_fails_and_undo_nothing),
        TEST(ctrl_c_between_two_files_is_named_without_a_guest),
        TEST(pausing_needs_no_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
