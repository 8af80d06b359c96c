/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/output.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/error.h"
#include "common/json.h"

/* Only a terminal gets colour, line breaks and progress; NO_COLOR and TERM=dumb take the colour away. */
TableStyle output_style(FILE *stream)
{
    TableStyle style = {0};
    int fd = fileno(stream);
    if (fd < 0 || !isatty(fd))
        return style;
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0)
        style.width = size.ws_col;
    const char *no_color = g_getenv("NO_COLOR");
    style.colour = !(no_color && *no_color) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
    return style;
}

Tint severity_tint(Severity severity)
{
    switch (severity) {
    case SEVERITY_INFO:
        return TINT_NONE;
    case SEVERITY_TRANSLATION:
        return TINT_NOTICE;
    case SEVERITY_WARNING:
        return TINT_BAD;
    }
    return TINT_NONE;
}

char *memory_text(guint64 kib)
{
    if (kib >= 1024 * 1024 && kib % (1024 * 1024) == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT "G", kib / 1024 / 1024);
    if (kib >= 1024)
        return g_strdup_printf("%" G_GUINT64_FORMAT "M", (kib + 512) / 1024);
    return g_strdup_printf("%" G_GUINT64_FORMAT "K", kib);
}

void output_text(const Options *options, const char *text)
{
    fputs(text, options->out);
}

void output_line(const Options *options, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(options->out, format, args);
    va_end(args);
    fputc('\n', options->out);
}

void output_table(const Options *options, const Table *table)
{
    TableStyle style = output_style(options->out);
    g_autofree char *text = table_text(table, &style);
    output_text(options, text);
}

void output_json(const Options *options, JsonBuilder *builder)
{
    g_autofree char *text = json_finish(builder, true);
    output_text(options, text);
}

/* Newlines stay (a text may have several lines), every other control character is shown as \xNN. */
static char *clean_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        char *clean = text_clean(*line);
        g_free(*line);
        *line = clean;
    }
    return g_strjoinv("\n", lines);
}

static void say(const Options *options, const char *format, int code, const char *message)
{
    output_progress(options, NULL);
    if (!options->json) {
        g_autofree char *clean = clean_lines(message);
        fprintf(options->err, "guestctl: %s\n", clean);
        return;
    }
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", format);
    if (code)
        json_add_int(builder, "code", code);
    g_autofree char *valid = g_utf8_make_valid(message, -1);
    json_add_string(builder, "message", valid);
    json_builder_end_object(builder);
    g_autofree char *line = json_finish(builder, false);
    fprintf(options->err, "%s\n", line);
}

void output_notice(const Options *options, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    say(options, "guestctl-notice/1", 0, message);
}

void output_error(const Options *options, const GError *error)
{
    say(options, "guestctl-error/1", error_exit_status(error), error->message);
}

void output_progress(const Options *options, const char *text)
{
    static bool shown;
    if ((!text && !shown) || options->json || options->verbose || !isatty(fileno(options->err)))
        return;
    g_autofree char *clean = text ? text_clean(text) : NULL;
    fprintf(options->err, "\r\033[K%s", clean ? clean : "");
    fflush(options->err);
    shown = text != NULL;
}

/* What one wants to see of a plan without asking for all of it. */
static bool is_main_field(const char *field)
{
    static const char *const names[] = {"backend", "mode", "boot", "memory", "vcpus", "kernel", "firmware", "cpu-mode", "image"};
    static const char *const endings[] = {".path", ".bus", ".bridge", ".model"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(field, names[i]))
            return true;
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
        if (g_str_has_suffix(field, endings[i]))
            return true;
    return false;
}

void output_reasons(const Options *options, const GPtrArray *reasons, bool all)
{
    static const char *const headings[] = {"FIELD", "VALUE", "BECAUSE", NULL};
    g_autoptr(Table) table = table_new(headings);
    for (guint i = 0; i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        if (!all && reason->severity == SEVERITY_INFO && !is_main_field(reason->field))
            continue;
        g_autofree char *because = reason->severity == SEVERITY_INFO
                                       ? g_strdup(reason->because)
                                       : g_strdup_printf("%s: %s", severity_name(reason->severity), reason->because);
        table_row(table, severity_tint(reason->severity), reason->field, reason->value, because);
    }
    if (table_rows(table) > 0)
        output_table(options, table);
    if (table_rows(table) < reasons->len)
        output_line(options, "(%u more are plain defaults: --verbose shows them)", reasons->len - table_rows(table));
}

/* A file that is changed in one place has the bytes that it had elsewhere. */
static bool check_utf8(const Plan *plan, GError **error)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        if (g_utf8_validate(step->native, -1, NULL))
            continue;
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: what is written there is not UTF-8, and JSON has nothing else; look at it "
                    "without --json", step->target);
        return false;
    }
    return true;
}

bool output_plan(const Options *options, const Plan *plan, GError **error)
{
    if (options->json && !check_utf8(plan, error))
        return false;
    if (options->json) {
        g_autofree char *json = plan_to_json(plan);
        output_text(options, json);
        return true;
    }
    if (plan->reasons->len > 0) {
        output_line(options, "guest \"%s\" on %s:", plan->guest, plan->backend);
        output_reasons(options, plan->reasons, options->verbose);
        output_text(options, "\n");
    }
    /* A kernel's command line may come from an image: its marks must not turn the text that is looked over. */
    g_autofree char *text = plan_to_text(plan);
    g_autofree char *clean = clean_lines(text);
    output_text(options, clean);
    return true;
}

bool output_finish(const Options *options, bool *gone, GError **error)
{
    output_progress(options, NULL);
    fflush(options->err);
    bool failed = ferror(options->out) != 0;
    if (fflush(options->out) == 0 && !failed)
        return true;
    *gone = errno == EPIPE;
    error_set_errno(error, errno, "the output cannot be written");
    return false;
}
