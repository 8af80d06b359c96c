/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xen/event-loop.h"

#include <libxl_event.h>
#include <poll.h>

/* The hooks only make and change sources. They are called from inside libxl, with its lock held, and libxl
 * must never be told of an event there: that happens in dispatch, from the main loop. */

G_STATIC_ASSERT((int)G_IO_IN == POLLIN && (int)G_IO_OUT == POLLOUT && (int)G_IO_PRI == POLLPRI);
G_STATIC_ASSERT((int)G_IO_ERR == POLLERR && (int)G_IO_HUP == POLLHUP && (int)G_IO_NVAL == POLLNVAL);

struct XenEventLoop {
    libxl_ctx *ctx;
    GMainContext *context;
    GHashTable *sources; /* XenSource*: what libxl still waits for. Holds the reference */
};

typedef struct XenSource {
    GSource source;
    XenEventLoop *loop;
    void *for_libxl;
    int fd;       /* -1: a timeout */
    short events; /* what libxl wants to know of fd */
    void *tag;    /* of fd in the source; NULL while events is 0: poll() would still report POLLHUP */
} XenSource;

static void forget(XenSource *source)
{
    g_source_destroy(&source->source);
    g_hash_table_remove(source->loop->sources, source);
}

static gboolean dispatch(GSource *base, GSourceFunc callback, void *data)
{
    XenSource *source = (XenSource *)base;
    libxl_ctx *ctx = source->loop->ctx;
    void *for_libxl = source->for_libxl;
    if (source->fd < 0) {
        /* libxl takes a timeout that occurs as deregistered, and may register it again from in there. */
        forget(source);
        libxl_osevent_occurred_timeout(ctx, for_libxl);
        return G_SOURCE_REMOVE;
    }
    short revents = source->tag ? (short)g_source_query_unix_fd(base, source->tag) : 0;
    if (revents)
        libxl_osevent_occurred_fd(ctx, for_libxl, source->fd, source->events, revents);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {.dispatch = dispatch};

static XenSource *add(XenEventLoop *loop, int fd, void *for_libxl, const char *name)
{
    XenSource *source = (XenSource *)g_source_new(&source_funcs, sizeof(XenSource));
    source->loop = loop;
    source->fd = fd;
    source->for_libxl = for_libxl;
    g_source_set_static_name(&source->source, name);
    g_hash_table_add(loop->sources, source);
    return source;
}

static void watch(XenSource *source, short events)
{
    source->events = events;
    if (events == 0 && source->tag) {
        g_source_remove_unix_fd(&source->source, source->tag);
        source->tag = NULL;
    } else if (events != 0 && !source->tag) {
        source->tag = g_source_add_unix_fd(&source->source, source->fd, (GIOCondition)events);
    } else if (source->tag) {
        g_source_modify_unix_fd(&source->source, source->tag, (GIOCondition)events);
    }
}

static int fd_register(void *user, int fd, void **for_app, short events, void *for_libxl)
{
    XenEventLoop *loop = user;
    XenSource *source = add(loop, fd, for_libxl, "libxl fd");
    watch(source, events);
    g_source_attach(&source->source, loop->context);
    *for_app = source;
    return 0;
}

static int fd_modify(void *user, int fd, void **for_app, short events)
{
    watch(*for_app, events);
    return 0;
}

static void fd_deregister(void *user, int fd, void *for_app)
{
    forget(for_app);
}

/* libxl gives wall-clock time, a source wants monotonic time. */
static gint64 ready_time(struct timeval absolute)
{
    gint64 wait = (gint64)absolute.tv_sec * G_USEC_PER_SEC + absolute.tv_usec - g_get_real_time();
    return g_get_monotonic_time() + MAX(wait, 0);
}

static int timeout_register(void *user, void **for_app, struct timeval absolute, void *for_libxl)
{
    XenEventLoop *loop = user;
    XenSource *source = add(loop, -1, for_libxl, "libxl timeout");
    g_source_set_ready_time(&source->source, ready_time(absolute));
    g_source_attach(&source->source, loop->context);
    *for_app = source;
    return 0;
}

/* Only ever to "now": that is how libxl takes a timeout back. */
static int timeout_modify(void *user, void **for_app, struct timeval absolute)
{
    XenSource *source = *for_app;
    g_source_set_ready_time(&source->source, 0);
    return 0;
}

static void timeout_deregister(void *user, void *for_app)
{
    g_assert_not_reached(); /* libxl_event.h: will never be called */
}

static const libxl_osevent_hooks hooks = {
    .fd_register = fd_register,
    .fd_modify = fd_modify,
    .fd_deregister = fd_deregister,
    .timeout_register = timeout_register,
    .timeout_modify = timeout_modify,
    .timeout_deregister = timeout_deregister,
};

static void source_release(void *source)
{
    g_source_unref(source);
}

XenEventLoop *xen_event_loop_new(libxl_ctx *ctx, GMainContext *context)
{
    XenEventLoop *loop = g_new0(XenEventLoop, 1);
    loop->ctx = ctx;
    loop->context = g_main_context_ref(context);
    loop->sources = g_hash_table_new_full(NULL, NULL, source_release, NULL);
    libxl_osevent_register_hooks(ctx, &hooks, loop);
    return loop;
}

void xen_event_loop_free(XenEventLoop *loop)
{
    if (!loop)
        return;
    GHashTableIter iter;
    void *source;
    g_hash_table_iter_init(&iter, loop->sources);
    while (g_hash_table_iter_next(&iter, &source, NULL))
        g_source_destroy(source);
    g_hash_table_unref(loop->sources);
    g_main_context_unref(loop->context);
    g_free(loop);
}
