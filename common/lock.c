/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"

/* POSIX record locks, not flock(2): libxl forks helpers that outlive a killed guestctl (the parent of a device
 * model), and an flock lives on in them. A record lock belongs to this process alone. Its two traps are met here:
 * a second lock by the same process is refused by `held`, and nobody else opens the file. */
struct Lock {
    int fd;
    char *path; /* the key in held */
    char *doing;
};

static GHashTable *held; /* path → Lock of this process */

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* The holder writes "PID DOING" into the file: only for the message, the lock is what counts. */
static char *holder(int fd)
{
    char text[256] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 0)
        return g_strdup("another command");
    text[n] = '\0';
    g_auto(GStrv) words = g_strsplit(g_strchomp(text), " ", 2);
    return words[0] && words[1] ? g_strdup_printf("process %s (%s)", words[0], words[1]) : g_strdup("another command");
}

/* On a full disk nobody learns who holds the lock, which holds all the same: what makes room must not need room. */
static bool write_holder(int fd, const char *doing)
{
    g_autofree char *text = g_strdup_printf("%d %s\n", (int)getpid(), doing);
    return ftruncate(fd, 0) == 0 && (pwrite(fd, text, strlen(text), 0) >= 0 || errno == ENOSPC || errno == EDQUOT);
}

/* True when the file that is locked is still the one at path: its last holder may have removed it. */
static bool still_there(int fd, const char *path)
{
    struct stat opened, there;
    return fstat(fd, &opened) == 0 && stat(path, &there) == 0 && opened.st_ino == there.st_ino && opened.st_dev == there.st_dev;
}

Lock *lock_named(const Paths *paths, const char *name, const char *what, const char *doing, GError **error)
{
    g_autofree char *folder = g_strconcat(paths->run, "/locks", NULL);
    g_autofree char *path = g_strdup_printf("%s/%s.lock", folder, name);
    if (!file_make_folder(folder, 0755, error))
        return NULL;

    const Lock *own = held ? g_hash_table_lookup(held, path) : NULL;
    if (own) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "%s is in use by process %d (%s)", what, (int)getpid(), own->doing);
        return NULL;
    }
    /* A lock file that its holder removed between our open and our lock counts for nothing: open the new one. */
    for (unsigned tries = 0; tries < 100; tries++) {
        Fd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0) {
            error_set_errno(error, errno, "%s: cannot lock %s", path, what);
            return NULL;
        }
        struct flock lock_request = whole_file();
        if (fcntl(fd, F_SETLK, &lock_request) < 0) {
            if (errno != EACCES && errno != EAGAIN) {
                error_set_errno(error, errno, "%s: cannot lock %s", path, what);
                return NULL;
            }
            g_autofree char *who = holder(fd);
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                        "%s is in use by %s; wait until it has ended and try again", what, who);
            return NULL;
        }
        if (!still_there(fd, path))
            continue;
        if (!write_holder(fd, doing)) {
            error_set_errno(error, errno, "%s", path);
            return NULL;
        }
        Lock *lock = g_new0(Lock, 1);
        lock->fd = fd;
        fd = -1;
        lock->path = g_steal_pointer(&path);
        if (!held)
            held = g_hash_table_new(g_str_hash, g_str_equal);
        lock->doing = g_strdup(doing);
        g_hash_table_insert(held, lock->path, lock);
        return lock;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "%s is in use by other commands; try again", what);
    return NULL;
}

Lock *lock_guest(const Paths *paths, const char *guest, const char *doing, GError **error)
{
    g_autofree char *what = g_strdup_printf("guest \"%s\"", guest);
    return lock_named(paths, guest, what, doing, error);
}

void lock_free(Lock *lock)
{
    if (!lock)
        return;
    g_hash_table_remove(held, lock->path);
    unlink(lock->path); /* while it is held: who opened it already sees in still_there() that it has gone */
    close(lock->fd);
    g_free(lock->path);
    g_free(lock->doing);
    g_free(lock);
}
