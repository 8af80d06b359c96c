/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/embed-room.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"

#define KIB_EACH 64 /* a guest's state is about 20 KiB; all are written at the same time */
#define KIB_MIN 256 /* the driver writes what QEMU can do before, when QEMU has changed */

static unsigned count_running(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL); /* not there: no guest was ever started */
    unsigned count = 0;
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        count += g_str_has_suffix(name, ".xml");
    return count;
}

/* Really takes the space and gives it back: what is free for this user below quotas and reserves, statvfs() does not
 * say. The file has no name while it is large, so a kill leaves nothing that takes room. Returns an errno or 0. */
static int try_room(const char *folder, unsigned kib)
{
    g_autofree char *path = g_build_filename(folder, "guestctl.room", NULL);
    Fd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || unlink(path) < 0)
        return errno;
    int result;
    do
        result = posix_fallocate(fd, 0, (off_t)kib * 1024);
    while (result == EINTR);
    return result;
}

bool embed_has_room(const char *folder, GError **error)
{
    unsigned running = count_running(folder);
    if (running == 0)
        return true;
    unsigned kib = MAX(running * KIB_EACH, KIB_MIN);
    int result = try_room(folder, kib);
    if (result == 0)
        return true;
    g_autoptr(GError) cause = NULL;
    error_set_errno(&cause, result, "%s", folder);
    g_set_error(error, GUESTCTL_ERROR, cause->code,
                "%s; nothing was done, for libvirt ends each guest that runs when it cannot write its state there: make room for "
                "%u KiB in that folder",
                cause->message, kib);
    return false;
}
