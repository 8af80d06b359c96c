/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/error.h"
#include "xen/session.h"

#define LEAVE 0x1d           /* Ctrl-], as telnet, xl and virsh */
#define LINE_MAX_BYTES 65536 /* of a line that is searched; a guest may never end one */
#define TTY_WAIT_S 60        /* for a tty that is not there yet: QEMU makes the serial one */
#define QUIET_MS 300         /* after the guest's end, or after a match without a line's end */

typedef struct Console {
    XenSession *session;
    const char *name;
    const ConsoleOptions *options;
    int tty;
    GString *line;   /* since the last newline, for until */
    bool matched;    /* until was seen in this line */
    bool done;       /* leave */
    bool closed;     /* the tty's other side went away */
    bool found;      /* until was seen and its line has ended */
    int write_errno; /* out_fd failed */
} Console;

static bool write_all(int fd, const char *data, gsize length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n > 0) {
            data += n;
            length -= (gsize)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            if (poll(&wait, 1, 1000) == 0)
                return false; /* nobody reads on the other side: drop it */
        } else if (n < 0 && errno != EINTR) {
            return false;
        }
    }
    return true;
}

static bool line_matches(const Console *console)
{
    return strstr(console->line->str, console->options->until) != NULL;
}

static void search(Console *console, const char *data, gsize length)
{
    for (gsize i = 0; i < length && !console->done; i++) {
        if (data[i] == '\n') {
            console->found = console->done = line_matches(console);
            g_string_truncate(console->line, 0);
        } else if (data[i] != '\0' && console->line->len < LINE_MAX_BYTES) {
            g_string_append_c(console->line, data[i]);
        }
    }
    console->matched = line_matches(console);
}

static gboolean from_guest(int fd, GIOCondition condition, void *data)
{
    Console *console = data;
    char buffer[4096];
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0) {
        console->closed = console->done = true;
        return G_SOURCE_REMOVE;
    }
    if (!write_all(console->options->out_fd, buffer, (gsize)n)) {
        console->write_errno = errno;
        console->done = true;
        return G_SOURCE_REMOVE;
    }
    if (console->options->until)
        search(console, buffer, (gsize)n);
    return G_SOURCE_CONTINUE;
}

static gboolean from_user(int fd, GIOCondition condition, void *data)
{
    Console *console = data;
    char buffer[512];
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (n <= 0)
        return G_SOURCE_REMOVE; /* no more input: go on showing the output */
    const char *leave = console->options->raw ? memchr(buffer, LEAVE, (gsize)n) : NULL;
    write_all(console->tty, buffer, leave ? (gsize)(leave - buffer) : (gsize)n);
    if (leave)
        console->done = true;
    return leave ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static GSource *watch_fd(Console *console, int fd, GUnixFDSourceFunc callback)
{
    GSource *source = g_unix_fd_source_new(fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
    g_source_set_callback(source, G_SOURCE_FUNC(callback), console, NULL);
    g_source_attach(source, console->session->context);
    return source;
}

static void unwatch(GSource *source)
{
    if (!source)
        return;
    g_source_destroy(source);
    g_source_unref(source);
}

/* An HVM guest's console is its serial port when it has one, else the PV console, as for all others. */
static char *tty_path(Console *console, uint32_t domid, libxl_domain_type type)
{
    char *path = NULL;
    int rc = ERROR_FAIL;
    if (type == LIBXL_DOMAIN_TYPE_HVM)
        rc = libxl_console_get_tty(console->session->ctx, domid, 0, LIBXL_CONSOLE_TYPE_SERIAL, &path);
    if (rc != 0)
        rc = libxl_console_get_tty(console->session->ctx, domid, 0, LIBXL_CONSOLE_TYPE_PV, &path);
    char *copy = rc == 0 && path && *path ? g_strdup(path) : NULL;
    free(path);
    return copy;
}

static bool domain_type(Console *console, uint32_t domid, libxl_domain_type *type)
{
    g_auto(libxl_dominfo) info;
    libxl_dominfo_init(&info);
    if (libxl_domain_info(console->session->ctx, &info, domid) != 0)
        return false;
    *type = info.domain_type;
    return true;
}

static bool open_tty(Console *console, uint32_t domid, GCancellable *cancel, GError **error)
{
    const bool never = false;
    gint64 deadline = g_get_monotonic_time() + TTY_WAIT_S * G_USEC_PER_SEC;
    libxl_domain_type type;
    while (domain_type(console, domid, &type)) {
        g_autofree char *path = tty_path(console, domid, type);
        if (path)
            console->tty = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (console->tty >= 0)
            return true;
        gint64 now = g_get_monotonic_time();
        if (now >= deadline)
            break;
        if (xen_session_wait(console->session, &never, now + 100 * 1000, cancel) == XEN_WAIT_CANCELLED) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "guest \"%s\": interrupted before its console was there", console->name);
            return false;
        }
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                "guest \"%s\" has no console: neither a serial port nor Xen's own (does xenconsoled run?)", console->name);
    return false;
}

/* Show what the guest still says until it is quiet. */
static void drain(Console *console)
{
    gint64 deadline = g_get_monotonic_time() + QUIET_MS * 1000;
    xen_session_wait(console->session, &console->done, deadline, NULL);
}

static bool finish(Console *console, const XenWatch *watch, XenWaitEnd end, GError **error)
{
    const ConsoleOptions *options = console->options;
    if (console->write_errno) {
        error_set_errno(error, console->write_errno, "guest \"%s\": its console cannot be shown", console->name);
        return false;
    }
    if (console->found || console->matched)
        return true;
    if (end == XEN_WAIT_CANCELLED) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "guest \"%s\": its console was interrupted", console->name);
        return false;
    }
    if (!options->until || (end == XEN_WAIT_DONE && !console->closed && !watch->ended))
        return true;
    if (end == XEN_WAIT_TIMED_OUT)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT, "guest \"%s\": its console has not shown \"%s\" after %u s",
                    console->name, options->until, options->timeout_s);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "guest \"%s\" ended before its console showed \"%s\"", console->name,
                    options->until);
    return false;
}

/* In small waits, because three things end it: the relay, the guest, and a match that is followed by silence. */
static XenWaitEnd relay(Console *console, const XenWatch *watch, GCancellable *cancel)
{
    gint64 limit = console->options->until && console->options->timeout_s
                       ? g_get_monotonic_time() + console->options->timeout_s * G_USEC_PER_SEC
                       : G_MAXINT64;
    for (;;) {
        gint64 step = g_get_monotonic_time() + QUIET_MS * 1000;
        bool matched = console->matched;
        XenWaitEnd end = xen_session_wait(console->session, &console->done, MIN(step, limit), cancel);
        if (end != XEN_WAIT_TIMED_OUT)
            return end;
        if (watch->ended) {
            drain(console);
            return XEN_WAIT_DONE;
        }
        if (matched)
            return XEN_WAIT_DONE;
        if (g_get_monotonic_time() >= limit)
            return XEN_WAIT_TIMED_OUT;
    }
}

static bool set_raw(int fd, struct termios *saved)
{
    struct termios raw;
    if (tcgetattr(fd, saved) != 0)
        return false;
    raw = *saved;
    cfmakeraw(&raw);
    return tcsetattr(fd, TCSANOW, &raw) == 0;
}

static bool show(Console *console, const XenWatch *watch, GCancellable *cancel, GError **error)
{
    const ConsoleOptions *options = console->options;
    struct termios saved, unused;
    set_raw(console->tty, &unused); /* no echo and no newline translation on the way */
    bool restore = options->raw && options->in_fd >= 0 && set_raw(options->in_fd, &saved);
    GSource *out = watch_fd(console, console->tty, from_guest);
    GSource *in = options->in_fd >= 0 ? watch_fd(console, options->in_fd, from_user) : NULL;
    bool opened = !options->opened || options->opened(options->opened_data, error);
    XenWaitEnd end = opened ? relay(console, watch, cancel) : XEN_WAIT_DONE;
    unwatch(out);
    unwatch(in);
    if (restore)
        tcsetattr(options->in_fd, TCSADRAIN, &saved);
    return opened && finish(console, watch, end, error);
}

bool xen_console(Session *base, const char *name, const ConsoleOptions *options, GCancellable *cancel, GError **error)
{
    XenSession *session = (XenSession *)base;
    xen_log_clear(session->log);
    Console console = {.session = session, .name = name, .options = options, .tty = -1};
    uint32_t domid;
    XenWatch watch;
    if (!xen_session_domid(session, name, &domid, error) || !open_tty(&console, domid, cancel, error))
        return false;
    console.line = g_string_new(NULL);
    bool ok = xen_watch_start(session, &watch, name, domid, error);
    if (ok) {
        ok = show(&console, &watch, cancel, error);
        xen_watch_stop(session, &watch);
    }
    g_string_free(console.line, TRUE);
    close(console.tty);
    return ok;
}
