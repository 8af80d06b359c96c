/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/embed.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "kvm/embed-room.h"
#include "kvm/libvirt.h"
#include "kvm/reaper.h"
#include "kvm/session.h"

#define TURN_TIMEOUT_S 20
#define WAITERS 1 /* the byte of the lock file that whoever waits has a read lock on; byte 0 begins the holder's id */
#define STATE_MAX (4 * 1024 * 1024)

static bool is_member(const struct passwd *user, gid_t gid)
{
    gid_t groups[64];
    int n = G_N_ELEMENTS(groups);
    if (getgrouplist(user->pw_name, user->pw_gid, groups, &n) < 0)
        return false;
    for (int i = 0; i < n; i++)
        if (groups[i] == gid)
            return true;
    return false;
}

/* QEMU handles what guests send, so it should not be root: a break-out would own the machine. But libvirt asks
 * QEMU what it can do as that very user, and where the user may not open /dev/kvm it throws the answer away and
 * asks again at every start: 7.5 s for each guest. So: libvirt's user where it may open /dev/kvm (or there is
 * none), else root. Disk images are given to the user and back by libvirt itself. */
const char *embed_user(void)
{
    static const char *const users[] = {"libvirt-qemu", "qemu"};
    for (gsize i = 0; i < G_N_ELEMENTS(users); i++) {
        const struct passwd *user = getpwnam(users[i]);
        if (!user)
            continue;
        struct stat kvm;
        if (stat("/dev/kvm", &kvm) < 0)
            return users[i];
        bool everyone = (kvm.st_mode & 06) == 06, group = (kvm.st_mode & 060) == 060;
        return everyone || (group && is_member(user, kvm.st_gid)) ? users[i] : "root";
    }
    return "root";
}

static bool write_config(const char *root, GError **error)
{
    if (geteuid() != 0)
        return file_make_folder(root, 0700, error); /* QEMU runs as the user, whatever is written */
    const char *user = embed_user();
    g_autofree char *path = g_build_filename(root, "etc/qemu.conf", NULL);
    /* Root reads every image as it is; for another user libvirt changes the files' owner and back. There is no
     * virtlogd to hold QEMU's logs. */
    const char *ownership = g_str_equal(user, "root") ? "group = \"root\"\ndynamic_ownership = 0\n" : "";
    g_autofree char *wanted = g_strdup_printf("# Written by guestctl each time it is needed: changes are lost.\n"
                                              "user = \"%s\"\n%sstdio_handler = \"file\"\n",
                                              user, ownership);
    g_autofree char *present = NULL;
    if (g_file_get_contents(path, &present, NULL, NULL) && g_str_equal(present, wanted))
        return true;
    return file_write(path, wanted, 0644, error);
}

/* "process 123 (guestctl console web)". Caller frees. */
static char *describe_holder(int fd)
{
    char pid[16] = "";
    if (pread(fd, pid, sizeof(pid) - 1, 0) <= 0)
        return g_strdup("another process");
    g_autofree char *path = g_strdup_printf("/proc/%s/cmdline", pid), *command = NULL;
    gsize length = 0;
    if (strspn(pid, "0123456789") != strlen(pid) || !g_file_get_contents(path, &command, &length, NULL) || length == 0)
        return g_strdup_printf("process %s", pid);
    for (gsize i = 0; i + 1 < length; i++)
        if (command[i] == '\0')
            command[i] = ' ';
    g_autofree char *shown = g_utf8_make_valid(command, -1);
    return g_strdup_printf("process %s (%.100s)", pid, shown);
}

static char *owned;      /* the driver can be opened for one root in each process, and only once */
static int turn_fd = -1; /* has the lock */
static bool released;

static char *lock_path(const char *root)
{
    return g_build_filename(root, "guestctl.lock", NULL);
}

/* Who holds the turn for long gives it away when it sees this. Closing fd ends it as well. */
static void mark_waiter(int fd, bool waits)
{
    struct flock mark = {.l_type = waits ? F_RDLCK : F_UNLCK, .l_whence = SEEK_SET, .l_start = WAITERS, .l_len = 1};
    fcntl(fd, F_OFD_SETLK, &mark); /* where there are no such locks we are merely not seen */
}

/* The driver takes its own lock at once or fails for good, so we queue at one of ours first. Both are kept until
 * embed_release() or the end of the process. */
static bool take_turn(const char *root, GCancellable *cancel, GError **error)
{
    g_autofree char *path = lock_path(root);
    Fd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
        return false;
    }
    gint64 deadline = g_get_monotonic_time() + TURN_TIMEOUT_S * G_USEC_PER_SEC;
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            error_set_errno(error, errno, "%s", path);
            return false;
        }
        mark_waiter(fd, true);
        if (g_get_monotonic_time() > deadline) {
            g_autofree char *holder = describe_holder(fd);
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT,
                        "the QEMU driver in %s is in use by %s, and was not free within %d s; wait until that command ends, "
                        "or run a libvirt daemon, which any number of commands can use",
                        root, holder, TURN_TIMEOUT_S);
            return false;
        }
        if (g_cancellable_is_cancelled(cancel)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "interrupted while the QEMU driver in %s was in use", root);
            return false;
        }
        g_usleep(20 * 1000); /* in the thread of session_call(): the main context turns */
    }
    mark_waiter(fd, false);
    g_autofree char *pid = g_strdup_printf("%d", (int)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, strlen(pid), 0) < 0) {
        error_set_errno(error, errno, "%s", path);
        return false;
    }
    turn_fd = fd;
    fd = -1; /* kept open */
    return true;
}

/* A QEMU that was asked what it can do, by a command that ended before the answer. Nobody else ends it: it has no guest.
 * Its folder belongs to QEMU's user, so what stands there is not trusted: only an emulator that was given that very
 * folder is ended. */
static void end_question(const char *folder)
{
    g_autofree char *file = g_build_filename(folder, "qmp.pid", NULL), *monitor = g_build_filename(folder, "qmp.monitor", NULL);
    g_autofree char *text = file_read(file, 32, NULL, NULL);
    gint64 pid = text ? g_ascii_strtoll(text, NULL, 10) : 0;
    if (pid > 1 && pid <= G_MAXINT) {
        g_autofree char *path = g_strdup_printf("/proc/%d/cmdline", (int)pid), *command = NULL;
        gsize length = 0;
        if (reaper_is_emulator((pid_t)pid) && g_file_get_contents(path, &command, &length, NULL) &&
            memmem(command, length, file, strlen(file)))
            kill((pid_t)pid, SIGKILL);
    }
    unlink(file);
    unlink(monitor);
    rmdir(folder);
}

/* DIR is ours alone, so each question that is open is a leftover. */
static void end_questions(const char *root)
{
    g_autofree char *path = g_build_filename(root, "lib/qemu", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *folder = g_build_filename(path, name, NULL);
        if (g_str_has_prefix(name, "qmp-"))
            end_question(folder);
    }
}

/* libvirt (9.0, qemu_process.c) removes a guest's state and then the file with its process's id. A process that ended in
 * between leaves the second, which nobody looks at any more: the state is written before QEMU is started. */
static void remove_stale_ids(const char *states)
{
    g_autoptr(GDir) dir = g_dir_open(states, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (!g_str_has_suffix(name, ".pid") || g_str_equal(name, "driver.pid"))
            continue;
        g_autofree char *state = g_strdup_printf("%s/%.*s.xml", states, (int)(strlen(name) - strlen(".pid")), name);
        g_autofree char *path = g_build_filename(states, name, NULL);
        if (access(state, F_OK) < 0 && errno == ENOENT)
            unlink(path);
    }
}

static void give_turn(void)
{
    close(turn_fd);
    turn_fd = -1;
}

/* With the turn. */
static bool prepare_root(const char *root, GError **error)
{
    g_autofree char *states = g_build_filename(root, "run/qemu", NULL);
    if (!write_config(root, error) || !session_leave_at_once(error))
        return false;
    end_questions(root);
    remove_stale_ids(states);
    return embed_has_room(states, error);
}

bool embed_prepare(const char *root, GCancellable *cancel, GError **error)
{
    if (g_strcmp0(owned, root) == 0)
        return true;
    if (released) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR,
                    "this command has given the QEMU driver in %s to another one and cannot have it again; run a new command", root);
        return false;
    }
    if (!file_make_folder(root, 0755, error) || !take_turn(root, cancel, error))
        return false;
    if (!prepare_root(root, error)) {
        give_turn(); /* the next call of this process would wait for itself */
        return false;
    }
    reaper_start();
    owned = g_strdup(root);
    return true;
}

bool embed_is_wanted(void)
{
    struct flock other = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = WAITERS, .l_len = 1};
    return turn_fd >= 0 && lv.virStateShutdownPrepare && lv.virStateShutdownWait && lv.virStateCleanup &&
           fcntl(turn_fd, F_OFD_GETLK, &other) == 0 && other.l_type != F_UNLCK;
}

/* libvirt leaves its monitors connected when it shuts its driver, and QEMU talks to one client at a time: whoever has
 * the driver next would wait for ever. Nobody reads them any more here. */
static void hang_up(const char *root)
{
    g_autofree char *below = g_strconcat(root, "/", NULL);
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        int fd = (int)g_ascii_strtoll(name, NULL, 10);
        struct sockaddr_un peer = {0};
        socklen_t length = sizeof(peer) - 1;
        if (getpeername(fd, (struct sockaddr *)&peer, &length) == 0 && peer.sun_family == AF_UNIX && g_str_has_prefix(peer.sun_path, below))
            shutdown(fd, SHUT_RDWR);
    }
}

static void *shut_driver(void *done)
{
    lv.virStateShutdownPrepare();
    lv.virStateShutdownWait();
    lv.virStateCleanup();
    g_atomic_int_set((int *)done, 1);
    g_main_context_wakeup(NULL);
    return NULL;
}

void embed_release(void)
{
    g_return_if_fail(owned && turn_fd >= 0);
    int done = 0;
    GThread *thread = g_thread_new("libvirt", shut_driver, &done);
    while (!g_atomic_int_get(&done)) /* its threads end by events of the main context */
        g_main_context_iteration(NULL, TRUE);
    g_thread_join(thread);
    hang_up(owned);
    released = true;
    g_clear_pointer(&owned, g_free);
    give_turn();
}

bool embed_is_deserted(const char *root, unsigned seconds)
{
    g_autofree char *path = lock_path(root);
    Fd fd = open(path, O_RDWR | O_CLOEXEC);
    struct stat last; /* whoever takes the turn writes into the file */
    return fd >= 0 && fstat(fd, &last) == 0 && last.st_mtime + (time_t)seconds <= time(NULL) && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void find_console(GMarkupParseContext *context, const char *element, const char **names, const char **values, void *data,
                         GError **error)
{
    char **path = data;
    if (*path || !g_str_equal(element, "console"))
        return;
    for (int i = 0; names[i]; i++)
        if (g_str_equal(names[i], "tty"))
            *path = g_strdup(values[i]);
}

char *embed_console_path(const char *root, const char *name, GError **error)
{
    g_autofree char *file = g_strdup_printf("%s/run/qemu/%s.xml", root, name);
    g_autofree char *path = NULL;
    g_autofree char *text = file_read(file, STATE_MAX, NULL, NULL);
    if (text) {
        static const GMarkupParser parser = {.start_element = find_console};
        g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, &path, NULL);
        g_markup_parse_context_parse(context, text, -1, NULL); /* what cannot be read has no console */
    }
    if (!text)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\" is not running here (no %s)", name, file);
    else if (!path || !g_str_has_prefix(path, "/dev/pts/")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\" has no console; give it one with: console = serial", name);
        return NULL;
    }
    return g_steal_pointer(&path);
}
