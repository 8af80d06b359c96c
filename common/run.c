/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/run.h"

#include <signal.h>
#include <string.h>

#include "common/error.h"

/* Where an ordinary user's PATH does not look. */
#define SYSTEM_FOLDERS "/usr/sbin:/sbin"

#define LAST_LINES 4 /* of what a program that failed said */

static const char *last_lines(const char *text)
{
    const char *from = text + strlen(text);
    for (unsigned lines = 0; from > text; from--)
        if (from[-1] == '\n' && lines++ == LAST_LINES)
            break;
    return from;
}

static GSubprocess *start(const char *const *argv, GError **error)
{
    const char *path = g_getenv("PATH");
    g_autofree char *with_system = g_strconcat(path && *path ? path : "/usr/bin:/bin", ":" SYSTEM_FOLDERS, NULL);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    g_subprocess_launcher_setenv(launcher, "PATH", with_system, TRUE);
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

typedef struct Ended {
    GAsyncResult *result;
} Ended;

static void note_end(GObject *process, GAsyncResult *result, gpointer data)
{
    ((Ended *)data)->result = g_object_ref(result);
}

/* The signals that fire cancel are looked at by the main context, so it is that which waits. */
static bool communicate(GSubprocess *process, GCancellable *cancel, GBytes **bytes, GError **error)
{
    if (!cancel)
        return g_subprocess_communicate(process, NULL, NULL, bytes, NULL, error);
    Ended ended = {0};
    g_subprocess_communicate_async(process, NULL, cancel, note_end, &ended);
    g_autoptr(GMainContext) context = g_main_context_ref_thread_default();
    while (!ended.result)
        g_main_context_iteration(context, TRUE);
    g_autoptr(GAsyncResult) result = ended.result;
    return g_subprocess_communicate_finish(process, result, bytes, NULL, error);
}

/* It may clean up, and has ended when this returns: what it was doing is going to be undone. */
static void end(GSubprocess *process)
{
    g_subprocess_send_signal(process, SIGTERM);
    for (unsigned tries = 0; tries < 200 && g_subprocess_get_identifier(process); tries++)
        g_usleep(10 * 1000);
    g_subprocess_force_exit(process);
}

bool run_program(const char *words, GCancellable *cancel, char **output, GError **error)
{
    g_auto(GStrv) argv = NULL;
    if (!g_shell_parse_argv(words, NULL, &argv, error))
        return false;
    g_autoptr(GSubprocess) process = start((const char *const *)argv, error);
    if (!process)
        return false;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) read_error = NULL;
    if (!communicate(process, cancel, &bytes, &read_error)) {
        end(process);
        bool interrupted = g_error_matches(read_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        g_set_error(error, GUESTCTL_ERROR, interrupted ? GUESTCTL_ERROR_INTERRUPTED : GUESTCTL_ERROR_HYPERVISOR, "%s: %s", words,
                    interrupted ? "interrupted" : read_error->message);
        return false;
    }
    gsize length;
    const char *data = g_bytes_get_data(bytes, &length);
    g_autofree char *said = data ? g_utf8_make_valid(data, (gssize)length) : g_strdup("");
    bool done = check_end(process, words, said, error);
    if (output)
        *output = g_steal_pointer(&said);
    return done;
}
