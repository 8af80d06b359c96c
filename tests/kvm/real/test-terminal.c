/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* test-terminal GUESTCTL ARGUMENT...: a console on a real terminal. The arguments attach to a guest that prints "tick"
 * each second and echoes what is typed in <>, as tests/lab/boot-sector.S does. */
static char **command;

typedef struct Terminal {
    int fd;
    pid_t pid;
    struct termios before;
    GString *seen;
} Terminal;

static void attach(Terminal *terminal)
{
    terminal->seen = g_string_new(NULL);
    terminal->pid = forkpty(&terminal->fd, NULL, NULL, NULL);
    assert_true(terminal->pid >= 0);
    if (terminal->pid == 0) {
        execv(command[0], command);
        _exit(127);
    }
    assert_int_equal(tcgetattr(terminal->fd, &terminal->before), 0);
    assert_true(terminal->before.c_lflag & ICANON);
}

static void wait_for(Terminal *terminal, const char *text)
{
    gint64 deadline = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
    while (!strstr(terminal->seen->str, text)) {
        GPollFD poll = {.fd = terminal->fd, .events = G_IO_IN};
        char buffer[512];
        gint64 left_ms = (deadline - g_get_monotonic_time()) / 1000;
        ssize_t n = left_ms > 0 && g_poll(&poll, 1, (int)left_ms) == 1 ? read(terminal->fd, buffer, sizeof(buffer)) : -1;
        if (n <= 0)
            fail_msg("no \"%s\" in \"%s\"", text, terminal->seen->str);
        for (ssize_t i = 0; i < n; i++)
            if (buffer[i])
                g_string_append_c(terminal->seen, buffer[i]);
    }
    g_string_truncate(terminal->seen, 0);
}

static void type(Terminal *terminal, const char *text)
{
    assert_int_equal(write(terminal->fd, text, strlen(text)), strlen(text));
}

static void assert_raw(Terminal *terminal)
{
    struct termios now;
    assert_int_equal(tcgetattr(terminal->fd, &now), 0);
    assert_int_equal(now.c_lflag & (ICANON | ECHO | ISIG | IEXTEN), 0);
    assert_int_equal(now.c_iflag & (ICRNL | IXON), 0);
    assert_int_equal(now.c_oflag & OPOST, 0);
}

/* What the program prints last must be read, or it could not end. */
static void assert_ends(Terminal *terminal, int wanted)
{
    int status = 0;
    pid_t ended = 0;
    gint64 start = g_get_monotonic_time();
    while ((ended = waitpid(terminal->pid, &status, WNOHANG)) == 0 && g_get_monotonic_time() - start < 5 * G_USEC_PER_SEC) {
        GPollFD poll = {.fd = terminal->fd, .events = G_IO_IN};
        char buffer[512];
        if (g_poll(&poll, 1, 10) == 1 && read(terminal->fd, buffer, sizeof(buffer)) < 0)
            g_usleep(10 * 1000); /* the other side is closed; its end is near */
    }
    assert_int_equal(ended, terminal->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), wanted);
    struct termios after;
    assert_int_equal(tcgetattr(terminal->fd, &after), 0);
    assert_int_equal(after.c_iflag, terminal->before.c_iflag);
    assert_int_equal(after.c_oflag, terminal->before.c_oflag);
    assert_int_equal(after.c_cflag, terminal->before.c_cflag);
    assert_int_equal(after.c_lflag, terminal->before.c_lflag);
    assert_memory_equal(after.c_cc, terminal->before.c_cc, sizeof(after.c_cc));
    close(terminal->fd);
    g_string_free(terminal->seen, TRUE);
}

static void every_key_goes_to_the_guest_until_ctrl_bracket(void **state)
{
    Terminal terminal;
    attach(&terminal);
    wait_for(&terminal, "tick");
    assert_raw(&terminal);
    type(&terminal, "z");
    wait_for(&terminal, "<z>");
    type(&terminal, "\x03"); /* Ctrl-C is the guest's */
    wait_for(&terminal, "<\x03>");
    type(&terminal, "\x1d");
    assert_ends(&terminal, 0);
}

static void a_signal_leaves_the_terminal_as_it_was(void **state)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++) {
        Terminal terminal;
        attach(&terminal);
        wait_for(&terminal, "tick");
        assert_raw(&terminal);
        assert_int_equal(kill(terminal.pid, signals[i]), 0);
        assert_ends(&terminal, 130);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_goes_to_the_guest_until_ctrl_bracket),
        cmocka_unit_test(a_signal_leaves_the_terminal_as_it_was),
    };
    if (argc < 2)
        return 2;
    command = argv + 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
