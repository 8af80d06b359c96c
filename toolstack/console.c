/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/console.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* /dev/null is at its end at once, which says nothing about what the user wants of the console. */
static bool is_null_device(int fd)
{
    struct stat there;
    return fstat(fd, &there) < 0 || (S_ISCHR(there.st_mode) && there.st_rdev == makedev(1, 3));
}

/* A background process that reads its terminal is stopped by SIGTTIN. */
static bool is_background(int fd)
{
    return isatty(fd) && tcgetpgrp(fd) != getpgrp();
}

ConsoleOptions console_options(const Options *options)
{
    ConsoleOptions console = {.in_fd = STDIN_FILENO, .out_fd = STDOUT_FILENO, .until = options->until, .timeout_s = options->timeout_s};
    if (is_null_device(STDIN_FILENO) || is_background(STDIN_FILENO))
        console.in_fd = -1;
    else
        console.raw = isatty(STDIN_FILENO);
    return console;
}
