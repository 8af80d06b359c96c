/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/lock.h"

static void a_held_lock_names_its_holder(void **state)
{
    g_autoptr(GError) error = NULL, refused = NULL;
    g_autofree char *folder = make_folder();
    g_autoptr(Paths) paths = paths_new(folder);
    g_autoptr(Lock) held = lock_guest(paths, "web", "create", &error);
    assert_no_error(error);
    assert_null(lock_guest(paths, "web", "destroy", &refused));
    g_autofree char *wanted = g_strdup_printf("guest \"web\" is in use by process %d (create)", (int)getpid());
    assert_error(refused, GUESTCTL_ERROR_EXISTS, wanted);
    g_autoptr(Lock) other = lock_guest(paths, "db", "create", &error);
    assert_no_error(error);
    g_clear_pointer(&held, lock_free);
    held = lock_guest(paths, "web", "create", &error);
    assert_no_error(error);
    remove_folder(folder);
}

static void a_lock_of_something_else_has_its_own_name_for_it(void **state)
{
    g_autoptr(GError) error = NULL, refused = NULL;
    g_autofree char *folder = make_folder();
    g_autoptr(Paths) paths = paths_new(folder);
    g_autoptr(Lock) held = lock_named(paths, "@boot", "the boot loader's configuration", "grub apply", &error);
    assert_no_error(error);
    assert_null(lock_named(paths, "@boot", "the boot loader's configuration", "grub rollback", &refused));
    assert_error(refused, GUESTCTL_ERROR_EXISTS, "the boot loader's configuration is in use by process");
    remove_folder(folder);
}

static void a_lock_goes_when_its_holder_is_killed(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    g_autoptr(Paths) paths = paths_new(folder);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        Lock *held = lock_guest(paths, "web", "create", NULL);
        if (write(ready[1], held ? "y" : "n", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    char answer = 'n';
    assert_int_equal(read(ready[0], &answer, 1), 1);
    assert_int_equal(answer, 'y');
    assert_null(lock_guest(paths, "web", "create", NULL));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    g_autoptr(Lock) lock = lock_guest(paths, "web", "create", &error);
    assert_no_error(error);
    close(ready[0]);
    close(ready[1]);
    remove_folder(folder);
}

/* A helper that a killed command leaves behind (libxl's are such) does not keep the guest locked. */
static void a_child_does_not_inherit_the_lock(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder();
    g_autoptr(Paths) paths = paths_new(folder);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        Lock *lock = lock_guest(paths, "web", "create", NULL);
        pid_t orphan = fork();
        if (orphan == 0) {
            sleep(20); /* ended by the test long before */
            _exit(0);
        }
        if (!lock || write(ready[1], &orphan, sizeof orphan) != sizeof orphan)
            _exit(1);
        pause();
    }
    pid_t orphan = 0;
    assert_int_equal(read(ready[0], &orphan, sizeof orphan), sizeof orphan);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    g_autoptr(Lock) lock = lock_guest(paths, "web", "create", &error);
    kill(orphan, SIGKILL);
    assert_no_error(error);
    assert_non_null(lock);
    close(ready[0]);
    close(ready[1]);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_held_lock_names_its_holder),
        cmocka_unit_test(a_lock_of_something_else_has_its_own_name_for_it),
        cmocka_unit_test(a_lock_goes_when_its_holder_is_killed),
        cmocka_unit_test(a_child_does_not_inherit_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
