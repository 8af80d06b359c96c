/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/image/passport.h"
#include "common/program.h"

/* The other end of inspect/main.c. What comes from there is taken as from a stranger: it is bounded in time and length, and
 * must be a passport. */

#define PROGRAM "guestctl-inspect"

enum { IMAGE_FD = 3, ANSWER_MAX = 256 * 1024 };

typedef struct Talk {
    GByteArray *answer;
    bool complete; /* the other end was closed */
    bool failed;   /* too long, or it cannot be read */
    bool late, cancelled;
} Talk;

static gboolean read_some(int fd, GIOCondition condition, gpointer data)
{
    Talk *talk = data;
    guint8 buffer[16384];
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    if (got > 0)
        g_byte_array_append(talk->answer, buffer, (guint)got);
    talk->complete = got == 0;
    talk->failed = got < 0 || talk->answer->len > ANSWER_MAX;
    return !talk->complete && !talk->failed;
}

static gboolean note_late(gpointer data)
{
    ((Talk *)data)->late = true;
    return G_SOURCE_REMOVE;
}

static gboolean note_cancelled(GCancellable *cancel, gpointer data)
{
    ((Talk *)data)->cancelled = true;
    return G_SOURCE_REMOVE;
}

static GSource *attach(GMainContext *context, GSource *source, GSourceFunc call, void *data)
{
    g_source_set_callback(source, call, data, NULL);
    g_source_attach(source, context);
    return source;
}

static void detach(GSource *source)
{
    if (!source)
        return;
    g_source_destroy(source);
    g_source_unref(source);
}

/* Who has nothing to cancel wants no source of the caller's to run meanwhile. */
static void listen_to(int fd, Talk *talk, GCancellable *cancel)
{
    g_autoptr(GMainContext) context = cancel ? g_main_context_ref_thread_default() : g_main_context_new();
    GSource *reading = attach(context, g_unix_fd_source_new(fd, G_IO_IN | G_IO_HUP | G_IO_ERR), G_SOURCE_FUNC(read_some), talk);
    GSource *timer = attach(context, g_timeout_source_new_seconds(PASSPORT_TIMEOUT_S), note_late, talk);
    GSource *watch = cancel ? attach(context, g_cancellable_source_new(cancel), G_SOURCE_FUNC(note_cancelled), talk) : NULL;
    while (!talk->complete && !talk->failed && !talk->late && !talk->cancelled)
        g_main_context_iteration(context, TRUE);
    detach(reading);
    detach(timer);
    detach(watch);
}

/* It gets the image, the pipe, and nothing else: no environment, no other file, no word but what the metadata says. */
static GSubprocess *start(int image, int answer, const char *declared, bool kernels, GError **error)
{
    static char *no_environment[] = {NULL};
    g_autofree char *program = program_find(PROGRAM, "GUESTCTL_INSPECT", error);
    int handed = program ? fcntl(image, F_DUPFD_CLOEXEC, IMAGE_FD + 1) : -1;
    if (handed < 0) {
        if (program)
            error_set_errno(error, errno, "the image cannot be handed to %s", program);
        else
            g_prefix_error(error, "images cannot be inspected: ");
        return NULL;
    }
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_SILENCE);
    g_subprocess_launcher_set_environ(launcher, no_environment);
    g_subprocess_launcher_set_cwd(launcher, "/");
    g_subprocess_launcher_take_fd(launcher, handed, IMAGE_FD);
    g_subprocess_launcher_take_stdout_fd(launcher, answer);
    const char *const words[] = {program, kernels ? "kernels" : "quick", declared, NULL};
    GSubprocess *process = g_subprocess_launcher_spawnv(launcher, words, error);
    if (!process)
        g_prefix_error(error, "%s cannot be run: ", program);
    return process;
}

/* A program that came to no good end over these bytes is a reason to keep everything else away from them. */
static bool check_end(GSubprocess *process, const Talk *talk, const char *path, GError **error)
{
    if (talk->cancelled) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "%s: interrupted while it was inspected", path);
        return false;
    }
    if (talk->late) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT,
                    "%s: its inspection did not end within %d s; see whether it can be read at all, and try again", path, PASSPORT_TIMEOUT_S);
        return false;
    }
    if (talk->failed) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: its inspection gave no end of words; do not use it", path);
        return false;
    }
    if (g_subprocess_get_successful(process))
        return true;
    if (g_subprocess_get_if_signaled(process))
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "%s: the program that inspects images was ended by signal %d (%s) over it; do not use it", path,
                    g_subprocess_get_term_sig(process), g_strsignal(g_subprocess_get_term_sig(process)));
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "%s: the program that inspects images failed with status %d", path,
                    g_subprocess_get_exit_status(process));
    return false;
}

static Passport *inspect(int fd, const char *path, const char *declared, bool kernels, GCancellable *cancel, GError **error)
{
    int ends[2];
    if (!g_unix_open_pipe(ends, FD_CLOEXEC, error))
        return NULL;
    g_autoptr(GSubprocess) process = start(fd, ends[1], declared, kernels, error); /* takes that end */
    if (!process) {
        close(ends[0]);
        return NULL;
    }
    g_autoptr(GByteArray) answer = g_byte_array_new();
    Talk talk = {.answer = answer};
    listen_to(ends[0], &talk, cancel);
    close(ends[0]);
    if (!talk.complete)
        g_subprocess_force_exit(process);
    g_subprocess_wait(process, NULL, NULL);
    if (!check_end(process, &talk, path, error))
        return NULL;
    g_autoptr(Passport) passport = passport_parse((const char *)answer->data, answer->len, PROGRAM, error);
    if (!passport || !passport->refused)
        return g_steal_pointer(&passport);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is an image that nothing should open: %s", path, passport->refused);
    return NULL;
}

Passport *passport_inspect(int fd, const char *path, const char *declared, GCancellable *cancel, GError **error)
{
    return inspect(fd, path, declared, true, cancel, error);
}

/* Looked at before it is opened, since to open some devices is to act. */
Passport *passport_inspect_path(const char *path, const char *declared, bool kernels, GCancellable *cancel, GError **error)
{
    struct stat about;
    bool there = stat(path, &about) == 0;
    if (there && !S_ISREG(about.st_mode) && !S_ISBLK(about.st_mode)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is neither a file nor a block device", path);
        return NULL;
    }
    if (there && S_ISREG(about.st_mode) && about.st_size == 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: it is empty; fetch it again", path);
        return NULL;
    }
    Fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
        return NULL;
    }
    return inspect(fd, path, declared, kernels, cancel, error);
}
