/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/sys-tree.h"

enum { LINKS_MAX = 40, TRIES = 16 }; /* Linux' own limit of links; a rename at the same moment makes openat2 ask for another try */

/* The path below the root with its links followed, the last one if follow; NULL with errno. Caller frees. */
static char *walk(const char *root, const char *path, bool follow)
{
    g_autoptr(GString) done = g_string_new(NULL);
    g_autofree char *rest = g_strdup(path);
    for (int links = 0; links < LINKS_MAX;) {
        const char *at = rest + strspn(rest, "/");
        if (*at == '\0')
            return g_strdup_printf("%s%s", root, done->len ? done->str : "/");
        gsize n = strcspn(at, "/"), before = done->len;
        char target[PATH_MAX] = "";
        g_string_append_printf(done, "/%.*s", (int)n, at);
        g_autofree char *full = g_strconcat(root, done->str, NULL), *next = g_strdup(at + n);
        bool up = n == 2 && strncmp(at, "..", 2) == 0, same = n == 1 && *at == '.';
        bool wanted = !up && !same && (next[strspn(next, "/")] || follow);
        ssize_t length = wanted ? readlink(full, target, sizeof target - 1) : -1;
        if (up || same || length > 0)
            g_string_truncate(done, before);
        if (up)
            g_string_truncate(done, strrchr(done->str, '/') ? (gsize)(strrchr(done->str, '/') - done->str) : 0);
        if (length > 0 && *target == '/')
            g_string_truncate(done, 0);
        g_free(rest);
        rest = g_strconcat(length > 0 ? target : "", next, NULL);
        links += length > 0;
    }
    errno = ELOOP;
    return NULL;
}

static int open_by_walk(const SysTree *tree, const char *path, int flags)
{
    g_autofree char *full = walk(tree->root, path, !(flags & O_NOFOLLOW));
    return full ? open(full, flags | O_NOFOLLOW) : -1;
}

/* EPERM: an older container's list of permitted system calls. */
int sys_open(const SysTree *tree, const char *path, int flags)
{
    if (!*tree->root)
        return open(path, flags | O_CLOEXEC);
    Fd root = open(tree->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -1;
    struct open_how how = {.flags = (guint64)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    long fd = -1;
    errno = ENOSYS;
    for (int i = 0; i < TRIES && !tree->walk && fd < 0 && (i == 0 || errno == EAGAIN); i++)
        fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open_by_walk(tree, path, flags | O_CLOEXEC) : (int)fd;
}
