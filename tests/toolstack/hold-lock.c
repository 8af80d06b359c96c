/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hold a guest's lock while a command runs, and exit with its status: hold-lock ROOT GUEST COMMAND... */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/lock.h"

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Paths) paths = argc > 3 ? paths_new(argv[1]) : NULL;
    g_autoptr(Lock) lock = paths ? lock_guest(paths, argv[2], "test", &error) : NULL;
    if (!lock) {
        fprintf(stderr, "hold-lock: %s\n", error ? error->message : "usage: hold-lock ROOT GUEST COMMAND...");
        return 125;
    }
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[3], argv + 3);
        _exit(126);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 124;
}
