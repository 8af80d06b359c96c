/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* subreaper COMMAND...: run COMMAND and adopt what it orphans, until the last of them is gone.
 *
 * libvirtd daemonizes each QEMU and then waits until its process entry has disappeared. Where process
 * 1 is slow to reap orphans, each destroy takes two seconds; below this it takes a fifth of one. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void forward(int signal)
{
    if (child > 0)
        kill(child, signal);
}

int main(int argc, char **argv)
{
    int status, result = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: subreaper COMMAND...\n");
        return 2;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    child = fork();
    if (child == 0) {
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    signal(SIGTERM, forward);
    signal(SIGINT, forward);
    for (;;) {
        pid_t gone = wait(&status);
        if (gone < 0 && errno != EINTR)
            return result;
        if (gone == child)
            result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
}
