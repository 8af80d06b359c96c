/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xen/log.h"

#include <stdio.h>
#include <string.h>

/* Enough for the worst cascade of a failed create; more is dropped. */
#define LINES_MAX 64

typedef struct Line {
    xentoollog_level level;
    char *text;
} Line;

struct XenLog {
    xentoollog_logger vtable; /* first: libxl's pointer is ours */
    GArray *lines;            /* Line */
    bool verbose;
};

static void line_clear(void *line)
{
    g_free(((Line *)line)->text);
}

/* "libxl_create.c:1873:domcreate_complete: Domain 3:cannot ..." is for libxl's authors: keep what follows. The
 * guest is named by our own message. */
static const char *without_position(const char *text)
{
    const char *c = strstr(text, ".c:"), *end = c ? strstr(c, ": ") : NULL;
    if (end && strchr(text, ' ') > c)
        text = end + 2;
    while (g_ascii_strncasecmp(text, "domain ", 7) == 0) {
        gsize digits = strspn(text + 7, "0123456789");
        if (digits == 0 || (text[7 + digits] != ':' && text[7 + digits] != ' '))
            break;
        text += 8 + digits;
    }
    return text;
}

G_GNUC_PRINTF(5, 0)
static void vmessage(xentoollog_logger *logger, xentoollog_level level, int errnum, const char *context, const char *format,
                     va_list args)
{
    XenLog *log = (XenLog *)logger;
    g_autofree char *said = g_strdup_vprintf(format, args);
    g_autofree char *text = errnum >= 0 ? g_strdup_printf("%s: %s", said, g_strerror(errnum)) : g_steal_pointer(&said);
    g_strchomp(text);
    if (log->verbose)
        fprintf(stderr, "%s: %s: %s\n", context ?: "xen", xtl_level_to_string(level), text);
    if (level < XTL_WARN || log->lines->len == LINES_MAX)
        return;
    Line line = {level, g_strdup(without_position(text))};
    g_array_append_val(log->lines, line);
}

static void progress(xentoollog_logger *logger, const char *context, const char *doing, int percent, unsigned long done,
                     unsigned long total)
{
}

static void destroy(xentoollog_logger *logger)
{
}

XenLog *xen_log_new(bool verbose)
{
    XenLog *log = g_new0(XenLog, 1);
    log->vtable = (xentoollog_logger){vmessage, progress, destroy};
    log->verbose = verbose;
    log->lines = g_array_new(FALSE, FALSE, sizeof(Line));
    g_array_set_clear_func(log->lines, line_clear);
    return log;
}

void xen_log_free(XenLog *log)
{
    if (!log)
        return;
    g_array_unref(log->lines);
    g_free(log);
}

xentoollog_logger *xen_log_logger(XenLog *log)
{
    return &log->vtable;
}

void xen_log_clear(XenLog *log)
{
    g_array_set_size(log->lines, 0);
}

static bool known(const GPtrArray *texts, const char *text)
{
    for (guint i = 0; i < texts->len; i++)
        if (g_str_equal(texts->pdata[i], text))
            return true;
    return false;
}

char *xen_log_summary(const XenLog *log)
{
    static const xentoollog_level thresholds[] = {XTL_ERROR, XTL_WARN};

    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    for (gsize t = 0; t < G_N_ELEMENTS(thresholds) && texts->len == 0; t++)
        for (guint i = 0; i < log->lines->len; i++) {
            const Line *line = &g_array_index(log->lines, Line, i);
            if (line->level >= thresholds[t] && !known(texts, line->text))
                g_ptr_array_add(texts, line->text);
        }
    if (texts->len == 0)
        return NULL;
    if (texts->len > 3)
        g_ptr_array_remove_range(texts, 2, texts->len - 3);
    g_ptr_array_add(texts, NULL);
    return g_strjoinv("; ", (GStrv)texts->pdata);
}

bool xen_log_mentions(const XenLog *log, const char *text)
{
    for (guint i = 0; i < log->lines->len; i++)
        if (strstr(g_array_index(log->lines, Line, i).text, text))
            return true;
    return false;
}
