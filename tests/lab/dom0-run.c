/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dom0-run CONTROL OUTPUT COMMAND...: run COMMAND with stdout and stderr copied to OUTPUT, and exit
 * with its status, or with 124 when a byte came in from CONTROL and COMMAND was killed for it. It is
 * the host that watches the time, because dom0's clock is not the host's (see README.md).
 *
 * The output goes through a pipe and not straight to the virtio port, because a port can be opened
 * only once (echo > /dev/stderr would fail), and it ends with COMMAND, not with the last daemon that
 * COMMAND left behind with the pipe in its hands. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Copy what the pipe holds now; false when it is empty or closed. */
static int copy(int from, int to)
{
    char buffer[65536];
    ssize_t got = read(from, buffer, sizeof buffer);

    for (ssize_t done = 0; got > 0 && done < got;) {
        ssize_t put = write(to, buffer + done, (size_t)(got - done));
        if (put < 0 && errno != EINTR)
            return 0;
        done += put > 0 ? put : 0;
    }
    return got > 0;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: dom0-run CONTROL OUTPUT COMMAND...\n");
        return 127;
    }
    int control = open(argv[1], O_RDWR | O_CLOEXEC);
    int output = open(argv[2], O_WRONLY | O_CLOEXEC);
    int ends[2];
    if (control < 0 || output < 0 || pipe2(ends, O_CLOEXEC) < 0) {
        perror("dom0-run");
        return 127;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);

    pid_t child = fork();
    if (child == 0) {
        setsid();
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    close(ends[1]);

    int status = 0, result = -1;
    while (result < 0) {
        struct pollfd wait_for[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = control, .events = POLLIN}};
        poll(wait_for, 2, 50);
        /* Ask first and drain then: what was written before the exit is in the pipe by now. */
        pid_t done = waitpid(child, &status, WNOHANG);
        if (done == child)
            result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (done == 0 && (wait_for[1].revents & POLLIN)) {
            kill(-child, SIGKILL);
            result = 124;
        }
        if (result < 0 && (wait_for[0].revents & POLLHUP))
            usleep(50000);
        while (copy(ends[0], output))
            ;
    }
    return result;
}
