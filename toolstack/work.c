/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/work.h"

#include <string.h>

#include "common/json.h"
#include "toolstack/output.h"

enum { SHOW_MS = 100, JSON_EACH = 5 };

struct Work {
    const Options *options;
    WorkCall *call;
    void *data;
    GError *error;
    bool result;
    GMutex mutex; /* for what follows */
    ImportPhase phase;
    guint64 done;
    gint64 total;
    bool told, ended;
    unsigned shown; /* times */
};

static const char *const phases[] = {[IMPORT_WAITING] = "waiting", [IMPORT_CHECKING] = "checking", [IMPORT_COPYING] = "copying", [IMPORT_CONVERTING] = "converting"};

void work_progress(void *data, ImportPhase phase, guint64 done, gint64 total)
{
    Work *work = data;
    g_mutex_lock(&work->mutex);
    work->phase = phase;
    work->done = done;
    work->total = total;
    work->told = true;
    g_mutex_unlock(&work->mutex);
}

static void show_line(const Options *options, const Work *at)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-progress/1");
    json_add_string(builder, "phase", phases[at->phase]);
    json_add_int(builder, "done", (gint64)at->done);
    json_builder_set_member_name(builder, "total");
    if (at->total < 0)
        json_builder_add_null_value(builder);
    else
        json_builder_add_int_value(builder, at->total);
    json_builder_end_object(builder);
    g_autofree char *line = json_finish(builder, false);
    fprintf(options->err, "%s\n", line);
}

static void show_bar(const Options *options, const Work *at)
{
    enum { WIDTH = 30 };
    g_autofree char *done = memory_text(at->done / 1024);
    if (at->total <= 0) {
        g_autofree char *text = at->done ? g_strdup_printf("%s: %s", phases[at->phase], done) : g_strdup_printf("%s...", phases[at->phase]);
        output_progress(options, text);
        return;
    }
    guint64 total = (guint64)at->total, fill = MIN(at->done, total) * WIDTH / total;
    g_autofree char *all = memory_text(total / 1024);
    g_autofree char *bar = g_strnfill(fill, '#');
    g_autofree char *text = g_strdup_printf("%s: [%-*s] %3u%%, %s of %s", phases[at->phase], WIDTH, bar, (unsigned)(MIN(at->done, total) * 100 / total),
                                            done, all);
    output_progress(options, text);
}

static gboolean show(void *data)
{
    Work *work = data;
    g_mutex_lock(&work->mutex);
    const Work at = {.phase = work->phase, .done = work->done, .total = work->total, .told = work->told};
    g_mutex_unlock(&work->mutex);
    if (at.told && !work->options->json)
        show_bar(work->options, &at);
    else if (at.told && work->shown++ % JSON_EACH == 0)
        show_line(work->options, &at);
    return G_SOURCE_CONTINUE;
}

/* A context of its own, so that what it starts and waits for has nothing to do with the one that takes signals. */
static gpointer work_thread(gpointer data)
{
    Work *work = data;
    g_autoptr(GMainContext) context = g_main_context_new();
    g_main_context_push_thread_default(context);
    work->result = work->call(work, work->data, &work->error);
    g_main_context_pop_thread_default(context);
    g_mutex_lock(&work->mutex);
    work->ended = true;
    g_mutex_unlock(&work->mutex);
    g_main_context_wakeup(NULL);
    return NULL;
}

static bool has_ended(Work *work)
{
    g_mutex_lock(&work->mutex);
    bool ended = work->ended;
    g_mutex_unlock(&work->mutex);
    return ended;
}

bool work_run(const Options *options, WorkCall *call, void *data, GError **error)
{
    Work work = {.options = options, .call = call, .data = data};
    g_mutex_init(&work.mutex);
    guint timer = g_timeout_add(SHOW_MS, show, &work);
    GThread *thread = g_thread_new("work", work_thread, &work);
    while (!has_ended(&work))
        g_main_context_iteration(NULL, TRUE);
    g_thread_join(thread);
    g_source_remove(timer);
    output_progress(options, NULL);
    g_mutex_clear(&work.mutex);
    if (work.error)
        g_propagate_error(error, work.error);
    return work.result;
}
