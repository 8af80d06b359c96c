/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* guestctl-inspect kernels|quick [DECLARED-FORMAT]: read the image that is open as file 3, and write its passport to standard output.
 * guestctl starts it (common/image/inspect.c). It is a program of its own so that nothing of guestctl's memory, rights and open
 * files is there to be had when an image's bytes are stronger than what reads them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "inspect/look.h"
#include "inspect/sandbox.h"

enum { IMAGE = 3, ANSWER = STDOUT_FILENO };

/* What a passport may cost before the rest of it is "unknown", and the sandbox's hard limit, on a processor of 2 GHz of the year
 * 2020. A slower one gets more time for the same work, but no more than guestctl waits (PASSPORT_TIMEOUT_S). */
#define READ_MOST (G_GUINT64_CONSTANT(256) << 20)
#define CPU_MOST_US (G_USEC_PER_SEC * 3 / 2)
enum { CPU_MOST_S = 3, SLOWEST = 3 };

/* How many times slower this one is, by a piece of work that took 1 ms there. Nothing of the image is known yet. */
static double slowness(void)
{
    enum { STEPS = 500000, STEPS_US = 1000 };
    volatile guint32 sum = 1; /* nothing else needs it */
    struct timespec before = {0}, after = {0};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    for (guint32 i = 0; i < STEPS; i++)
        sum = (sum >> 1) ^ ((0U - (sum & 1)) & 0xedb88320) ^ i;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    double us = (double)(after.tv_sec - before.tv_sec) * 1e6 + (double)(after.tv_nsec - before.tv_nsec) / 1e3;
    return CLAMP(us / STEPS_US, 1, SLOWEST);
}

/* Before the sandbox, since to ask a device is a call that nothing needs later. */
static bool measure(guint64 *size)
{
    struct stat stat;
    if (fstat(IMAGE, &stat) != 0)
        return false;
    if (S_ISBLK(stat.st_mode))
        return ioctl(IMAGE, BLKGETSIZE64, size) == 0;
    *size = (guint64)stat.st_size;
    return S_ISREG(stat.st_mode);
}

static GStrv layer_names(int held)
{
    static const struct {
        SandboxLayer layer;
        const char *name;
    } layers[] = {{SANDBOX_LIMITS, "limits"}, {SANDBOX_PRIVILEGES, "privileges"}, {SANDBOX_LANDLOCK, "landlock"}, {SANDBOX_SECCOMP, "seccomp"}};
    GPtrArray *names = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(layers); i++)
        if (held & (int)layers[i].layer)
            g_ptr_array_add(names, g_strdup(layers[i].name));
    g_ptr_array_add(names, NULL);
    return (GStrv)g_ptr_array_free(names, FALSE);
}

static bool answer(const char *text)
{
    for (gsize length = strlen(text); length > 0;) {
        ssize_t written = write(ANSWER, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        length -= (gsize)written;
    }
    return true;
}

int main(int argc, char **argv)
{
    guint64 size = 0;
    if (!measure(&size))
        return 1;
    bool kernels = g_strcmp0(argv[1], "quick") != 0;
    double slow = kernels ? slowness() : 1;
    int held = sandbox_enter(SANDBOX_ALL, (unsigned)(CPU_MOST_S * slow), IMAGE, ANSWER);
    if (held < 0)
        return 2;
    DiskBudget budget = {.bytes = READ_MOST, .cpu_us = (gint64)(CPU_MOST_US * slow)};
    g_autoptr(Disk) file = disk_of_fd(IMAGE, size, &budget);
    g_autoptr(Passport) passport = passport_new();
    passport->sandbox = layer_names(held);
    look(file, argc > 2 ? argv[2] : NULL, kernels, passport);
    g_autofree char *json = passport_to_json(passport);
    _exit(answer(json) ? 0 : 1); /* nothing that runs at an end has a place in a sandbox */
}
