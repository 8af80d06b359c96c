/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For LD_PRELOAD: the program kills itself before the KILL_ATth (from 1; 0: never) of its changes of files below KILL_BELOW. The
 * moment after a change leaves the same files as the one before the next. What the program starts is left alone. */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long kill_at, count;
static char below[4096];

__attribute__((constructor)) static void read_environment(void)
{
    const char *at = getenv("KILL_AT"), *folder = getenv("KILL_BELOW");
    kill_at = at ? atol(at) : 0;
    snprintf(below, sizeof below, "%s", folder ? folder : "/nonexistent");
    unsetenv("LD_PRELOAD");
}

static void point(void)
{
    if (++count == kill_at)
        raise(SIGKILL);
}

static int counts(const char *path)
{
    return strncmp(path, below, strlen(below)) == 0;
}

static int counts_fd(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    return counts(path);
}

#define WRAP(type, name, parameters, arguments, is_counted)                       \
    type name parameters;                                                         \
    type name parameters                                                          \
    {                                                                             \
        type(*real) parameters = (type(*) parameters)dlsym(RTLD_NEXT, #name);     \
        int counted = is_counted;                                                 \
        if (counted)                                                              \
            point();                                                              \
        return real arguments;                                                    \
    }

WRAP(ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length), counts_fd(fd))
WRAP(ssize_t, pwrite, (int fd, const void *data, size_t length, off_t offset), (fd, data, length, offset), counts_fd(fd))
/* Not carried out: a kill loses nothing of what the kernel has, and a disk takes its time. */
int fsync(int fd)
{
    if (counts_fd(fd))
        point();
    return 0;
}

WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), counts_fd(fd))
WRAP(int, chmod, (const char *path, mode_t mode), (path, mode), counts(path))
WRAP(int, ftruncate, (int fd, off_t length), (fd, length), counts_fd(fd))
WRAP(int, link, (const char *from, const char *to), (from, to), counts(to))
WRAP(int, symlink, (const char *target, const char *path), (target, path), counts(path))
WRAP(int, rename, (const char *from, const char *to), (from, to), counts(from))
WRAP(int, unlink, (const char *path), (path), counts(path))
WRAP(int, rmdir, (const char *path), (path), counts(path))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), counts(path))
