/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"

static int wake_fd = -1;
static struct sigaction previous;

/* A zombie's name is still there to read; it is that of the program that it last ran. */
bool reaper_is_emulator(pid_t pid)
{
    char path[64], name[17] = "";
    g_snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    Fd fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, name, sizeof(name) - 1) < 0)
        return false;
    return g_str_has_prefix(name, "qemu") || g_str_has_prefix(name, "kvm");
}

/* libvirt and GLib wait for children of their own by id, so only orphans may be collected here. Whoever makes a
 * daemon makes a session and dies: the daemon's session is neither ours nor led by itself. The maker leads its
 * session; when libvirt is the maker it is libvirt's own child, when QEMU is (for the questions what it can do,
 * it is started with -daemonize), it is an orphan as well. */
static bool is_orphan(pid_t pid)
{
    pid_t session = getsid(pid);
    return session != -1 && session != getsid(0) && (session != pid || reaper_is_emulator(pid));
}

static gboolean collect(void *data)
{
    siginfo_t child = {0};
    while (waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 && child.si_pid != 0) {
        if (!is_orphan(child.si_pid)) {
            /* Somebody's own child, which hides what is behind it until it is collected: soon. */
            g_timeout_add(5, collect, NULL);
            break;
        }
        waitpid(child.si_pid, NULL, WNOHANG);
        child.si_pid = 0;
    }
    return G_SOURCE_REMOVE;
}

static gboolean woken(int fd, GIOCondition condition, void *data)
{
    uint64_t count;
    while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
        ;
    collect(NULL);
    return G_SOURCE_CONTINUE;
}

static void on_child(int signal, siginfo_t *info, void *context)
{
    int saved = errno;
    uint64_t one = 1;
    if (write(wake_fd, &one, sizeof(one)) < 0)
        (void)0; /* the counter is full: it will be read */
    errno = saved;
    if (previous.sa_flags & SA_SIGINFO)
        previous.sa_sigaction(signal, info, context);
    else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
        previous.sa_handler(signal);
}

void reaper_start(void)
{
    if (wake_fd >= 0)
        return;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return; /* slower, not wrong */
    wake_fd = fd;
    g_unix_fd_add(fd, G_IO_IN, woken, NULL);
    struct sigaction action = {.sa_sigaction = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP | SA_SIGINFO};
    sigaction(SIGCHLD, &action, &previous);
}
