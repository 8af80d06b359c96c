/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/run.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <glib-unix.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/error.h"

/* Where an ordinary user's PATH does not look. */
#define SYSTEM_FOLDERS "/usr/sbin:/sbin"

#define LAST_LINES 4 /* of what a program that failed said */

#define LATE_MS 2000 /* who holds the output of a program that has ended is not waited for any longer */
#define READ_BYTES 4096
#define PIPE_READS 16 /* a pipe holds 64 KiB */
#define END_LOOK_MS 10
#define END_TRIES 200 /* each of them may take so long to end */

static const char *last_lines(const char *text)
{
    const char *from = text + strlen(text);
    for (unsigned lines = 0; from > text; from--)
        if (from[-1] == '\n' && lines++ == LAST_LINES)
            break;
    return from;
}

/* Between fork and exec. */
static void lead_a_group(gpointer data)
{
    setpgid(0, 0);
}

/* Who can be cancelled is a group of his own, so that all that he has started can be ended with him; a terminal's Ctrl-C then
 * reaches him by cancel alone. Who cannot stays in ours, where it reaches him by itself. */
static GSubprocess *start(const char *const *argv, int input, bool own_group, GError **error)
{
    const char *path = g_getenv("PATH");
    g_autofree char *with_system = g_strconcat(path && *path ? path : "/usr/bin:/bin", ":" SYSTEM_FOLDERS, NULL);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    g_subprocess_launcher_setenv(launcher, "PATH", with_system, TRUE);
    if (input >= 0)
        g_subprocess_launcher_take_stdin_fd(launcher, input);
    if (own_group)
        g_subprocess_launcher_set_child_setup(launcher, lead_a_group, NULL, NULL);
    g_autoptr(GError) start_error = NULL;
    GSubprocess *process = g_subprocess_launcher_spawnv(launcher, argv, &start_error);
    if (!process)
        g_set_error(error, GUESTCTL_ERROR,
                    g_error_matches(start_error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT) ? GUESTCTL_ERROR_NOT_FOUND : GUESTCTL_ERROR_HYPERVISOR,
                    "%s cannot be run: %s", argv[0], start_error->message);
    return process;
}

static bool check_end(GSubprocess *process, const char *words, const char *said, GError **error)
{
    if (g_subprocess_get_successful(process))
        return true;
    g_autofree char *how = g_subprocess_get_if_exited(process)
                               ? g_strdup_printf("failed with status %d", g_subprocess_get_exit_status(process))
                               : g_strdup_printf("was ended by signal %d", g_subprocess_get_term_sig(process));
    g_autofree char *last = g_strstrip(g_strdup(last_lines(said)));
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "%s %s%s%s", words, how, *last ? ": " : " and said nothing", last);
    return false;
}

/* What a program says, until it has ended and nobody can say more. */
typedef struct Talk {
    GMainContext *context;
    GByteArray *said;
    bool ended;   /* the program itself */
    bool drained; /* and all who could write */
    bool late;    /* it has ended long ago, and somebody in the background holds its output */
} Talk;

static gboolean read_some(int fd, GIOCondition condition, gpointer data)
{
    Talk *talk = data;
    guint8 buffer[READ_BYTES];
    ssize_t got = read(fd, buffer, sizeof buffer);
    if (got > 0)
        g_byte_array_append(talk->said, buffer, (guint)got);
    talk->drained = got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
    return !talk->drained;
}

/* What is in the pipe was said in time, even when this process was not let read it. */
static void read_rest(int fd, Talk *talk)
{
    struct pollfd pipe = {.fd = fd, .events = POLLIN};
    for (unsigned reads = 0; reads < PIPE_READS && !talk->drained && poll(&pipe, 1, 0) == 1; reads++)
        read_some(fd, G_IO_IN, talk);
}

static gboolean note_late(gpointer data)
{
    ((Talk *)data)->late = true;
    return G_SOURCE_REMOVE;
}

static void note_end(GObject *process, GAsyncResult *result, gpointer data)
{
    ((Talk *)data)->ended = true;
    g_subprocess_wait_finish(G_SUBPROCESS(process), result, NULL);
}

static gboolean wake(GCancellable *cancel, gpointer data)
{
    return G_SOURCE_CONTINUE;
}

static GSource *attach(const Talk *talk, GSource *source, GSourceFunc call, void *data)
{
    g_source_set_callback(source, call, data, NULL);
    g_source_attach(source, talk->context);
    return source;
}

static void detach(GSource *source)
{
    if (!source)
        return;
    g_source_destroy(source);
    g_source_unref(source);
}

/* Whether one of the group is there. */
static bool group_lives(pid_t group)
{
    for (unsigned tries = 0; tries < END_TRIES; tries++) {
        if (kill(-group, 0) != 0 && errno == ESRCH)
            return false;
        g_usleep(END_LOOK_MS * 1000);
    }
    return true;
}

/* They may clean up, and have ended when this returns: what they were doing is going to be undone. Only who cannot even be
 * killed (a disk that does not answer) is left, after a while. */
static void end(pid_t group)
{
    if (group <= 0 || kill(-group, SIGTERM) != 0 || !group_lives(group))
        return;
    kill(-group, SIGKILL);
    group_lives(group);
}

/* The signals that fire cancel are looked at by the main context, so it is that which waits. False when it was fired. */
static bool listen_to(GSubprocess *process, Talk *talk, GCancellable *cancel)
{
    const char *identifier = g_subprocess_get_identifier(process);
    pid_t group = identifier ? (pid_t)g_ascii_strtoll(identifier, NULL, 10) : 0;
    GUnixInputStream *pipe = G_UNIX_INPUT_STREAM(g_subprocess_get_stdout_pipe(process));
    GSource *reader = attach(talk, g_unix_fd_source_new(g_unix_input_stream_get_fd(pipe), G_IO_IN | G_IO_HUP | G_IO_ERR), G_SOURCE_FUNC(read_some), talk);
    GSource *waker = cancel ? attach(talk, g_cancellable_source_new(cancel), G_SOURCE_FUNC(wake), NULL) : NULL;
    GSource *timer = NULL;
    g_autoptr(GCancellable) stop = g_cancellable_new();
    g_subprocess_wait_async(process, stop, note_end, talk);
    while (!g_cancellable_is_cancelled(cancel) && !(talk->ended && (talk->drained || talk->late))) {
        if (talk->ended && !timer)
            timer = attach(talk, g_timeout_source_new(LATE_MS), note_late, talk);
        g_main_context_iteration(talk->context, TRUE);
    }
    detach(waker);
    detach(timer);
    detach(reader);
    bool complete = talk->ended && (talk->drained || talk->late);
    if (complete)
        read_rest(g_unix_input_stream_get_fd(pipe), talk);
    else
        end(group);
    for (g_cancellable_cancel(stop); !talk->ended;) /* talk is not there afterwards */
        g_main_context_iteration(talk->context, TRUE);
    return complete;
}

/* Who has nothing to cancel wants no source of the caller's to run meanwhile. */
static char *communicate(GSubprocess *process, GCancellable *cancel)
{
    g_autoptr(GMainContext) context = cancel ? g_main_context_ref_thread_default() : g_main_context_new();
    g_autoptr(GByteArray) said = g_byte_array_new();
    Talk talk = {.context = context, .said = said};
    g_main_context_push_thread_default(context);
    bool complete = listen_to(process, &talk, cancel);
    g_main_context_pop_thread_default(context);
    return !complete ? NULL : said->len ? g_utf8_make_valid((const char *)said->data, (gssize)said->len) : g_strdup("");
}

/* A file without a name: whoever reads slowly, or never, is not waited for. -1 with an error. */
static int open_input(const char *text, GError **error)
{
    int fd = memfd_create("input", MFD_CLOEXEC);
    gsize length = strlen(text), written = 0;
    while (fd >= 0 && written < length) {
        ssize_t now = write(fd, text + written, length - written);
        if (now < 0 && errno != EINTR)
            break;
        written += now > 0 ? (gsize)now : 0;
    }
    if (fd >= 0 && written == length && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    error_set_errno(error, errno, "the input of a program cannot be kept");
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Takes input; -1: none. */
static bool run(const char *words, int input, GCancellable *cancel, char **output, int *status, GError **error)
{
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) words_error = NULL;
    if (!g_shell_parse_argv(words, NULL, &argv, &words_error)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%s\" names no program that could be run: %s", words, words_error->message);
        if (input >= 0)
            close(input);
        return false;
    }
    g_autoptr(GSubprocess) process = start((const char *const *)argv, input, cancel != NULL, error);
    if (!process)
        return false;
    g_autofree char *said = communicate(process, cancel);
    if (!said) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "%s: interrupted", words);
        return false;
    }
    bool done = check_end(process, words, said, error);
    if (status)
        *status = g_subprocess_get_if_exited(process) ? g_subprocess_get_exit_status(process) : 0;
    if (output)
        *output = g_steal_pointer(&said);
    return done;
}

bool run_program(const char *words, GCancellable *cancel, char **output, GError **error)
{
    return run(words, -1, cancel, output, NULL, error);
}

bool run_program_fed(const char *words, const char *input, GCancellable *cancel, char **output, int *status, GError **error)
{
    int fd = open_input(input, error);
    return fd >= 0 && run(words, fd, cancel, output, status, error);
}
