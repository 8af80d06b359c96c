/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "kvm/console-line.h"
#include "kvm/console-turn.h"
#include "kvm/embed.h"
#include "kvm/session.h"

#define LEAVE 0x1d /* Ctrl-] */

typedef struct Stream {
    char *name; /* the guest's */
    virStreamPtr stream;
} Stream;

static void stream_clear(void *data)
{
    Stream *at = data;
    if (at->stream)
        lv.virStreamFree(at->stream);
    g_free(at->name);
}

/* One console: a libvirt stream, or with the embedded driver the terminal device itself, which is on this machine
 * then: a stream from within one's own process only adds threads. Everything happens in the main context. */
typedef struct Console {
    const ConsoleOptions *options;
    const char *name;
    Stream *at;          /* shared with the calls that open and close it */
    virStreamPtr stream; /* NULL: none, or not open yet; borrowed from at */
    int fd;              /* -1 with a stream */
    guint output_watch, input_watch;
    GByteArray *pending; /* typed, not yet taken by the guest: while there is any, nothing more is read */
    ConsoleLine *line;
    bool left, ended, timed_out;
    int failed; /* errno of writing to out_fd */
} Console;

static void read_input(Console *console, bool on);

static void write_out(Console *console, const char *data, gsize length)
{
    while (length > 0 && !console->failed) {
        ssize_t n = write(console->options->out_fd, data, length);
        if (n >= 0) {
            data += n;
            length -= (gsize)n;
        } else if (errno == EAGAIN) {
            struct pollfd ready = {.fd = console->options->out_fd, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            console->failed = errno;
        }
    }
}

static void receive(Console *console, const char *data, gsize length)
{
    if (console->left)
        return; /* what follows the line that was waited for is the next reader's */
    gsize used = console_line_feed(console->line, data, length, &console->left);
    write_out(console, data, used);
}

/* The two kinds of line to the guest: -1 and EAGAIN, 0 at the end, or what was moved. */
static ssize_t guest_read(Console *console, char *buffer, gsize size)
{
    if (!console->stream)
        return read(console->fd, buffer, size);
    int n = lv.virStreamRecv(console->stream, buffer, size);
    errno = n == -2 ? EAGAIN : EIO;
    return n < 0 ? -1 : n;
}

static ssize_t guest_write(Console *console, const void *data, gsize length)
{
    if (!console->stream)
        return write(console->fd, data, length);
    int n = lv.virStreamSend(console->stream, data, length);
    errno = n == -2 ? EAGAIN : EIO;
    return n < 0 ? -1 : n;
}

static void drain(Console *console)
{
    char buffer[4096];
    while (!console->left && !console->failed) {
        ssize_t n = guest_read(console, buffer, sizeof(buffer));
        if (n > 0) {
            receive(console, buffer, (gsize)n);
        } else {
            console->ended = n == 0 || (errno != EAGAIN && errno != EINTR);
            return;
        }
    }
}

static void watch_guest(Console *console, bool for_writing);

static void flush(Console *console)
{
    while (console->pending->len) {
        ssize_t n = guest_write(console, console->pending->data, console->pending->len);
        if (n < 0) {
            console->ended |= errno != EAGAIN && errno != EINTR;
            break;
        }
        g_byte_array_remove_range(console->pending, 0, (guint)n);
    }
    watch_guest(console, console->pending->len > 0);
    read_input(console, console->pending->len == 0);
}

static gboolean on_guest(int fd, GIOCondition condition, void *data)
{
    Console *console = data;
    drain(console);
    if (condition & G_IO_OUT) {
        console->output_watch = 0;
        flush(console); /* makes a new watch */
        return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
}

static void on_stream(virStreamPtr stream, int events, void *data)
{
    Console *console = data;
    drain(console);
    if (events & VIR_STREAM_EVENT_WRITABLE)
        flush(console);
    if (events & (VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP))
        console->ended = true;
}

static void watch_guest(Console *console, bool for_writing)
{
    if (console->stream) {
        lv.virStreamEventUpdateCallback(console->stream, VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP |
                                                             (for_writing ? VIR_STREAM_EVENT_WRITABLE : 0));
        return;
    }
    if (console->output_watch)
        g_source_remove(console->output_watch);
    console->output_watch = g_unix_fd_add(console->fd, G_IO_IN | G_IO_HUP | (for_writing ? G_IO_OUT : 0), on_guest, console);
}

static gboolean on_input(int fd, GIOCondition condition, void *data)
{
    Console *console = data;
    guint8 buffer[1024];
    ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    console->input_watch = 0;
    if (n <= 0)
        return G_SOURCE_REMOVE; /* the end of a file or pipe: the guest may still have something to say */
    const guint8 *leave = console->options->raw ? memchr(buffer, LEAVE, (gsize)n) : NULL;
    console->left |= leave != NULL;
    g_byte_array_append(console->pending, buffer, (guint)(leave ? leave - buffer : n));
    flush(console);
    return G_SOURCE_REMOVE; /* flush() has made a new one when more may come */
}

static void read_input(Console *console, bool on)
{
    if (on && !console->input_watch && console->options->in_fd >= 0)
        console->input_watch = g_unix_fd_add(console->options->in_fd, G_IO_IN | G_IO_HUP, on_input, console);
}

static bool open_stream(KvmSession *session, void *data, GError **error)
{
    Stream *at = data;
    g_autoptr(virDomain) domain = session_find(session, at->name, error);
    if (!domain)
        return false;
    at->stream = lv.virStreamNew(session->connection, VIR_STREAM_NONBLOCK);
    if (!at->stream || lv.virDomainOpenConsole(domain, NULL, at->stream, 0) < 0)
        return libvirt_error(error, "guest \"%s\": its console cannot be opened", at->name);
    return true;
}

/* The daemon is asked: it can wait. */
static bool close_stream(KvmSession *session, void *data, GError **error)
{
    lv.virStreamAbort(((Stream *)data)->stream);
    lv.virResetLastError();
    return true;
}

static bool open_console(KvmSession *session, Console *console, GError **error)
{
    if (!session->root) {
        if (!session_call(session, open_stream, console->at, stream_clear, error))
            return false;
        console->stream = console->at->stream;
        if (lv.virStreamEventAddCallback(console->stream, VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP,
                                         on_stream, console, NULL) < 0)
            return libvirt_error(error, "guest \"%s\": its console cannot be watched", console->name);
    } else {
        g_autofree char *path = NULL;
        if (session_call(session, NULL, NULL, NULL, error))
            path = embed_console_path(session->root, console->name, error);
        if (!path)
            return false;
        console->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        struct termios raw;
        if (console->fd < 0 || tcgetattr(console->fd, &raw) < 0) {
            error_set_errno(error, errno, "guest \"%s\": its console %s cannot be opened", console->name, path);
            return false;
        }
        cfmakeraw(&raw); /* a terminal device echoes what the guest prints back to it, unless told not to */
        tcsetattr(console->fd, TCSANOW, &raw);
        watch_guest(console, false);
    }
    return !console->options->opened || console->options->opened(console->options->opened_data, error);
}

static void close_console(KvmSession *session, Console *console)
{
    if (console->stream) {
        lv.virStreamEventRemoveCallback(console->stream);
        session_call(session, close_stream, console->at, stream_clear, NULL);
    }
    g_atomic_rc_box_release_full(console->at, stream_clear);
    if (console->output_watch)
        g_source_remove(console->output_watch);
    if (console->input_watch)
        g_source_remove(console->input_watch);
    if (console->fd >= 0)
        close(console->fd);
    g_byte_array_unref(console->pending);
    console_line_free(console->line);
}

static gboolean on_timeout(void *data)
{
    ((Console *)data)->timed_out = true;
    return G_SOURCE_CONTINUE;
}

static gboolean on_cancelled(GCancellable *cancel, void *data)
{
    return G_SOURCE_CONTINUE; /* it only has to wake the loop */
}

static bool relay(Console *console, KvmSession *session, GCancellable *cancel, GError **error)
{
    const ConsoleOptions *options = console->options;
    guint timer = options->until && options->timeout_s ? g_timeout_add(options->timeout_s * 1000, on_timeout, console) : 0;
    g_autoptr(GSource) source = cancel ? g_cancellable_source_new(cancel) : NULL;
    if (source) {
        g_source_set_callback(source, G_SOURCE_FUNC(on_cancelled), NULL, NULL);
        g_source_attach(source, NULL);
    }
    ConsoleTurn turn = {0};
    console_turn_start(&turn, session);
    read_input(console, true);
    while (!console->left && !console->ended && !console->timed_out && !console->failed && !g_cancellable_is_cancelled(cancel)) {
        g_main_context_iteration(NULL, TRUE);
        if (turn.due)
            console_turn_tend(&turn, session);
    }
    console_turn_stop(&turn);
    if (timer)
        g_source_remove(timer);
    if (source)
        g_source_destroy(source);

    if (console->failed) {
        error_set_errno(error, console->failed, "guest \"%s\": what its console prints cannot be written", console->name);
        return false;
    }
    if (console->left)
        return true;
    if (session_interrupted(cancel, console->name, error))
        return false;
    if (!options->until)
        return true;
    g_autofree char *last = console_line_last(console->line);
    g_set_error(error, GUESTCTL_ERROR, console->ended ? GUESTCTL_ERROR_HYPERVISOR : GUESTCTL_ERROR_TIMED_OUT,
                "guest \"%s\": its console %s before it printed \"%s\"; the last line was \"%s\"", console->name,
                console->ended ? "ended" : "was silent for too long", options->until, last);
    return false;
}

bool kvm_console(Session *opened, const char *name, const ConsoleOptions *options, GCancellable *cancel, GError **error)
{
    KvmSession *session = kvm_session(opened);
    Console console = {.options = options, .name = name, .at = g_atomic_rc_box_new0(Stream), .fd = -1,
                       .pending = g_byte_array_new(), .line = console_line_new(options->until)};
    console.at->name = g_strdup(name);
    session->cancel = cancel;
    bool ok = open_console(session, &console, error);
    session->cancel = session->open_cancel;
    struct termios saved;
    bool restore = ok && options->raw && options->in_fd >= 0 && tcgetattr(options->in_fd, &saved) == 0;
    if (restore) {
        struct termios raw = saved;
        cfmakeraw(&raw);
        tcsetattr(options->in_fd, TCSANOW, &raw);
    }
    ok = ok && relay(&console, session, cancel, error);
    if (restore)
        tcsetattr(options->in_fd, TCSANOW, &saved);
    session->cancel = cancel;
    close_console(session, &console);
    session->cancel = session->open_cancel;
    return ok;
}
