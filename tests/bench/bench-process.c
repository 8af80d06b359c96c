/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time two commands as whole processes in turn (A B A B ...), so that a machine whose speed drifts is fair to both,
 * and print each one's median, the median of the pairs' ratios, and the most memory that each had. Prints figures, asserts nothing but that the
 * commands work. Usage: bench-process RUNS TITLE A [AFTER-A] [B [AFTER-B]]: AFTER runs after each run, not timed. */
#include <fcntl.h>
#include <glib.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Milliseconds from spawn to exit; the program ends when the command fails. *memory_kib grows to the most that it had. */
static double run(const char *command, long *memory_kib)
{
    struct rusage usage = {0};
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_shell_parse_argv(command, NULL, &argv, &error)) {
        fprintf(stderr, "bench-process: %s: %s\n", command, error->message);
        exit(2);
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    gint64 start = g_get_monotonic_time();
    pid_t pid;
    int status = -1;
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0 || wait4(pid, &status, 0, &usage) < 0 || status != 0) {
        fprintf(stderr, "bench-process: failed (status %d): %s\n", status, command);
        exit(1);
    }
    double ms = (double)(g_get_monotonic_time() - start) / 1000;
    posix_spawn_file_actions_destroy(&actions);
    *memory_kib = MAX(*memory_kib, usage.ru_maxrss);
    return ms;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_size);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

int main(int argc, char **argv)
{
    int runs = argc > 3 ? atoi(argv[1]) : 0;
    if (runs < 1 || runs > 10000) {
        fprintf(stderr, "usage: bench-process RUNS TITLE A [AFTER-A] [B [AFTER-B]]\n");
        return 2;
    }
    const char *after_a = argc > 4 ? argv[4] : "", *b = argc > 5 ? argv[5] : "", *after_b = argc > 6 ? argv[6] : "";
    g_autofree double *a_ms = g_new(double, runs), *b_ms = g_new(double, runs), *ratios = g_new(double, runs);
    long a_kib = 0, b_kib = 0, ignored = 0;
    for (int i = -1; i < runs; i++) { /* one run of each is for warming up */
        double a_time = run(argv[3], &a_kib);
        if (*after_a)
            run(after_a, &ignored);
        double b_time = *b ? run(b, &b_kib) : 0;
        if (*after_b)
            run(after_b, &ignored);
        if (i < 0)
            continue;
        a_ms[i] = a_time;
        b_ms[i] = b_time;
        ratios[i] = *b ? a_time / b_time : 0;
    }
    printf("%s: %.1f ms", argv[2], median(a_ms, runs));
    if (*b)
        printf(" against %.1f ms, ratio %.2f", median(b_ms, runs), median(ratios, runs));
    printf(" (medians of %d; memory at most %.1f MiB", runs, (double)a_kib / 1024);
    if (*b)
        printf(" against %.1f MiB", (double)b_kib / 1024);
    printf(")\n");
    return 0;
}
