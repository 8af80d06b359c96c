/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error.h"
#include "inject/appliance.h"

/* The disk is opened by qemu-nbd, which knows every storage and reads no file system; what does read one gets nothing but this
 * socket. It is handed over open, as systemd does it (sd_listen_fds(3)): so there is no time at which it is not there yet. */

enum { LISTEN_FD = 3 };

char *serve_socket(const Inject *inject)
{
    return g_build_filename(inject->scratch, "nbd", NULL);
}

int serve_listen(const Inject *inject, uid_t owner, GError **error)
{
    g_autofree char *path = serve_socket(inject);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (g_strlcpy(address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is too long for a socket; use a root folder (--root) with a shorter path", path);
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && chown(path, owner, (gid_t)-1) == 0 && listen(fd, 4) == 0)
        return fd;
    error_set_errno(error, errno, "%s: cannot be made", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

/* In the child; nothing is allocated between fork and exec but what setenv() takes, and there are no threads. */
static void become(char **argv, int socket)
{
    char pid[16];
    g_snprintf(pid, sizeof pid, "%d", (int)getpid());
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(socket, LISTEN_FD) < 0 || (socket == LISTEN_FD && fcntl(LISTEN_FD, F_SETFD, 0) < 0))
        _exit(1);
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
    execvp(argv[0], argv);
    _exit(127);
}

pid_t serve_start(const Inject *inject, int socket, GError **error)
{
    g_auto(GStrv) words = inject_nbd_words(inject);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (gpointer) "qemu-nbd");
    for (char **word = words; *word; word++)
        g_ptr_array_add(argv, *word);
    g_ptr_array_add(argv, NULL);
    pid_t pid = fork();
    if (pid == 0)
        become((char **)argv->pdata, socket);
    if (pid < 0)
        error_set_errno(error, errno, "qemu-nbd cannot be started");
    return pid;
}
