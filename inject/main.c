/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestctl-inject check|run < DOCUMENT: put files into a guest's own disk before its first boot (common/inject/inject.h).
 * guestctl starts it (common/inject/run.c). It is a program of its own so that guestctl needs no libguestfs, and since it gives up
 * root's rights before anything looks at the guest's file systems:
 *
 *   guestctl-inject          makes the folder and the socket, waits, and removes them
 *     └─ a second one        the first process of a namespace, so that all below it ends with it
 *          ├─ qemu-nbd       opens the disk, as root; knows no file system
 *          └─ nobody         the same process after qemu-nbd is started: libguestfs, and its appliance in QEMU
 *
 * Its last line on standard error is the error, its exit status the error's code. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "inject/appliance.h"

enum { DOCUMENT_MAX = 3 * 1024 * 1024, FAILED_TRIES = 250 };

static int tell(const GError *error)
{
    dprintf(STDERR_FILENO, "\nguestctl-inject: %s\n", error->message);
    return error_exit_status(error);
}

/* A folder that nobody else can look into. */
static bool make_private(const char *path, GError **error)
{
    g_autofree char *above = g_path_get_dirname(path);
    if (!file_make_folder(above, 0755, error))
        return false;
    if ((mkdir(path, 0700) == 0 || errno == EEXIST) && chown(path, privileges_user(), (gid_t)-1) == 0 && chmod(path, 0700) == 0)
        return true;
    error_set_errno(error, errno, "%s: cannot be made", path);
    return false;
}

/* qemu-nbd ends when its only client has gone, and has written everything then. Whether it has ended well within tries of 20 ms. */
static bool end_served(pid_t server, unsigned tries)
{
    int status = 0;
    pid_t ended;
    while ((ended = waitpid(server, &status, WNOHANG)) == 0 && tries-- > 0)
        g_usleep(20 * 1000);
    return ended == server && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool work(const Inject *inject, int socket, GError **error)
{
    g_autofree char *path = serve_socket(inject);
    pid_t server = serve_start(inject, socket, error);
    close(socket);
    if (server < 0 || !privileges_drop(error))
        return false;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* giving up rights has taken it away */
    bool done = appliance_run(inject, path, error);
    /* Where it has failed, there may have been no client at all; else the guest may be started with what is written so far. */
    bool written = end_served(server, done ? G_MAXUINT : FAILED_TRIES);
    if (done && !written)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "qemu-nbd, which serves the disk, did not end well; see whether its storage has room");
    return done && written;
}

static void work_and_exit(const Inject *inject, int socket, const sigset_t *before)
{
    g_autoptr(GError) error = NULL;
    sigprocmask(SIG_SETMASK, before, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    _exit(work(inject, socket, &error) ? 0 : tell(error));
}

/* Until the worker has ended, time is up, or we are to end. Its status; -1: it was killed, and why is said. */
static int wait_for(pid_t worker, const sigset_t *signals, GError **error)
{
    gint64 end = g_get_monotonic_time() + INJECT_TIMEOUT_S * G_USEC_PER_SEC;
    int status = 0;
    bool ended = false, asked = false;
    while (!(ended = waitpid(worker, &status, WNOHANG) == worker) && !asked && g_get_monotonic_time() < end) {
        struct timespec left = {.tv_sec = (end - g_get_monotonic_time()) / G_USEC_PER_SEC + 1};
        int got = sigtimedwait(signals, NULL, &left);
        asked = got == SIGTERM || got == SIGINT;
    }
    if (ended && WIFEXITED(status))
        return WEXITSTATUS(status);
    if (!ended) {
        kill(worker, SIGKILL);
        waitpid(worker, &status, 0);
    }
    if (asked)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
    else if (ended)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "the process that uses libguestfs was ended by signal %d", WTERMSIG(status));
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT, "libguestfs did not come to an end within %d s; see: libguestfs-test-tool", INJECT_TIMEOUT_S);
    return -1;
}

/* All that the worker starts is in a namespace that ends with it; who is no root has libguestfs' own watcher for that. */
static int supervise(const Inject *inject, int socket, GError **error)
{
    sigset_t signals, before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, &before);
    if (geteuid() == 0)
        (void)!unshare(CLONE_NEWPID);
    pid_t worker = fork();
    if (worker == 0)
        work_and_exit(inject, socket, &before);
    close(socket);
    if (worker > 0)
        return wait_for(worker, &signals, error);
    error_set_errno(error, errno, "no process can be started");
    return -1;
}

static int run(const Inject *inject, GError **error)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool made = inject_remove_scratch(inject, error) && make_private(inject->scratch, error) && make_private(inject->cache, error);
    int socket = made ? serve_listen(inject, privileges_user(), error) : -1;
    int status = socket >= 0 ? supervise(inject, socket, error) : -1;
    inject_remove_scratch(inject, *error ? NULL : error);
    return status;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc == 2 && g_str_equal(argv[1], "check"))
        return needs_check(&error) ? 0 : tell(error);
    if (argc != 2 || !g_str_equal(argv[1], "run")) {
        g_set_error(&error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "it is started by guestctl; use that");
        return tell(error);
    }
    g_autofree char *text = file_read_open(STDIN_FILENO, "standard input", DOCUMENT_MAX, NULL, &error);
    g_autoptr(Inject) inject = text ? inject_parse(text, &error) : NULL;
    int status = inject ? run(inject, &error) : -1;
    return error ? tell(error) : status;
}
