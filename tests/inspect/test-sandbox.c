/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inspect/sandbox.h"

/* Each try is made by a child in the sandbox. It ends with status 0 when what it tried came true, 1 when it was refused, and
 * by a signal when the try was its end. */

enum { IMAGE = 3, CPU_S = 3, NOT_HELD = 100 };

static bool open_a_file(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool make_a_file(void)
{
    return open("/tmp/guestctl-sandbox-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool make_a_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool make_a_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0;
}

static bool run_a_program(void)
{
    execl("/bin/true", "true", NULL); /* which ends with 0 */
    return false;
}

static bool make_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool signal_the_parent(void)
{
    return kill(getppid(), 0) == 0;
}

G_GNUC_UNUSED static bool fill_memory(void)
{
    enum { PIECE = 1 << 20 };
    for (unsigned mib = 0; mib < SANDBOX_MEMORY_MIB; mib++) {
        volatile char *piece = malloc(PIECE);
        if (!piece)
            return false;
        for (size_t at = 0; at < PIECE; at += 4096)
            piece[at] = 1;
    }
    return true;
}

static bool write_to_the_image(void)
{
    return write(IMAGE, "x", 1) == 1;
}

static bool use_what_was_open(void)
{
    char byte;
    for (int file = 0; file < 20; file++)
        if (file != IMAGE && read(file, &byte, 1) >= 0)
            return true;
    return getenv("PATH") != NULL;
}

static bool read_the_image(void)
{
    char byte;
    return pread(IMAGE, &byte, 1, 0) == 1;
}

static bool have_more_time(void)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_CPU, &limit) == 0 || (getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_max > CPU_S);
}

static int status_of(bool (*try)(void), unsigned layers)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int image = memfd_create("image", 0);
        if (write(image, "image", 5) != 5 || dup2(image, IMAGE) != IMAGE || dup2(IMAGE, 7) != 7)
            _exit(NOT_HELD);
        int held = sandbox_enter(layers, CPU_S, IMAGE, -1);
        _exit(held < 0 || (held & (int)layers) != (int)layers ? NOT_HELD : try() ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static bool came_true(int status)
{
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == NOT_HELD);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Whether this kernel has the layer at all. */
static bool is_here(unsigned layer)
{
    int status = status_of(read_the_image, layer);
    return !WIFEXITED(status) || WEXITSTATUS(status) != NOT_HELD;
}

static void nothing_that_a_stranger_wants_can_be_done(void **state)
{
    static bool (*const tries[])(void) = {open_a_file, make_a_file, make_a_socket, make_a_process, run_a_program, make_code,
                                          signal_the_parent, use_what_was_open, write_to_the_image, have_more_time};
    unsigned layers = SANDBOX_ALL & ~(is_here(SANDBOX_LANDLOCK) ? 0U : SANDBOX_LANDLOCK);
    for (size_t i = 0; i < G_N_ELEMENTS(tries); i++) {
        if (came_true(status_of(tries[i], layers)))
            fail_msg("try %zu came true", i);
    }
}

static void the_image_can_be_read(void **state)
{
    assert_true(came_true(status_of(read_the_image, SANDBOX_LIMITS | SANDBOX_SECCOMP)));
    assert_true(came_true(status_of(read_the_image, SANDBOX_LIMITS | SANDBOX_PRIVILEGES)));
}

/* With nothing but the layer that is looked at. */
static void each_layer_holds_alone(void **state)
{
    assert_true(came_true(status_of(open_a_file, 0)));
    assert_true(came_true(status_of(make_a_process, 0)));
    assert_true(came_true(status_of(make_a_socket, 0)));
    assert_int_equal(WTERMSIG(status_of(open_a_file, SANDBOX_SECCOMP)), SIGSYS);
    assert_int_equal(WTERMSIG(status_of(make_a_socket, SANDBOX_SECCOMP)), SIGSYS);
    assert_int_equal(WTERMSIG(status_of(make_a_process, SANDBOX_SECCOMP)), SIGSYS);
    assert_int_equal(WTERMSIG(status_of(make_code, SANDBOX_SECCOMP)), SIGSYS);
    assert_false(came_true(status_of(open_a_file, SANDBOX_LIMITS)));
    assert_false(came_true(status_of(make_a_socket, SANDBOX_LIMITS)));
    assert_false(came_true(status_of(write_to_the_image, SANDBOX_LIMITS)));
    assert_false(came_true(status_of(make_a_process, SANDBOX_LIMITS | SANDBOX_PRIVILEGES)));
    if (is_here(SANDBOX_LANDLOCK)) {
        assert_false(came_true(status_of(open_a_file, SANDBOX_LANDLOCK)));
        assert_false(came_true(status_of(make_a_file, SANDBOX_LANDLOCK)));
        assert_false(came_true(status_of(run_a_program, SANDBOX_LANDLOCK)));
    }
}

#if !defined(__SANITIZE_ADDRESS__) /* ASan's shadow is larger than any limit */
static void memory_has_an_end(void **state)
{
    assert_true(came_true(status_of(fill_memory, 0)));
    assert_false(came_true(status_of(fill_memory, SANDBOX_LIMITS)));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_a_stranger_wants_can_be_done),
        cmocka_unit_test(the_image_can_be_read),
        cmocka_unit_test(each_layer_holds_alone),
#if !defined(__SANITIZE_ADDRESS__)
        cmocka_unit_test(memory_has_an_end),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
