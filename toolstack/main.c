/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/error.h"
#include "toolstack/command.h"
#include "toolstack/interrupt.h"
#include "toolstack/output.h"

/* Only what can be taken back in good order waits for that: list and the like end at Ctrl-C at once. */
static bool run(Options *options, GError **error)
{
    if (options->help)
        return cmd_help(options, error);
    if (options->version)
        return cmd_version(options, error);

    g_autoptr(Interrupt) interrupt = NULL;
    bool in_good_order = options->command->reach == REACH_WAIT || options->command->reach == REACH_CHANGE;
    if (in_good_order && !options->dry_run) {
        options->cancel = g_cancellable_new();
        interrupt = interrupt_new(options);
    }
    if (options->root) /* also for what has no options: the probes' cache */
        g_setenv("GUESTCTL_ROOT", options->root, true);
    options->paths = paths_new(options->root);
    return options->command->run(options, error);
}

/* A reader that has gone (`| head`) is no fault of ours. */
static int finish(const Options *options, const GError *error)
{
    g_autoptr(GError) write_error = NULL;
    bool gone = false;
    bool written = output_finish(options, &gone, &write_error) || gone;
    if (error)
        output_error(options, error);
    else if (!written)
        output_error(options, write_error);
    return error ? error_exit_status(error) : written ? EXIT_SUCCESS : error_exit_status(write_error);
}

/* A descriptor that the caller closed (`>&-`) would become that of the next file opened, a lock or a journal, and take
 * our messages. */
static void open_standard_streams(void)
{
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = open("/dev/null", O_RDWR);
    if (fd > STDERR_FILENO)
        close(fd);
}

int main(int argc, char **argv)
{
    open_standard_streams();
    setlocale(LC_ALL, "");
    /* A write to a closed pipe is an error to look at, not the end in the middle of a plan. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* so is one beyond the limit of a file's size */

    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = options_parse(argc, argv, &error);
    if (options) {
        options->words = argv;
        run(options, &error);
    } else {
        options = options_new();
    }
    if (options_want_json(argc, argv))
        options->json = true;
    return finish(options, error);
}
