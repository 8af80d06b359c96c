/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

/* Runs one fuzzer over the files of a corpus folder, and over each of them cut short at a few places,
 * as an ordinary test (TAP), with no clang and no fuzzer. A fault ends the program; the last line then
 * names the file. */

static void run(const char *data, gsize length)
{
    /* A copy of the exact size, so that ASan sees one byte too many; from malloc(), which unlike
     * GLib has a pointer for no bytes too, as libFuzzer does. */
    uint8_t *exact = malloc(length);
    if (length > 0)
        memcpy(exact, data, length);
    LLVMFuzzerTestOneInput(exact, length);
    free(exact);
}

static bool replay(const char *path, guint number)
{
    g_autofree char *data = NULL;
    gsize length;
    printf("# %s\n", path);
    fflush(stdout);
    if (!g_file_get_contents(path, &data, &length, NULL)) {
        printf("not ok %u - %s cannot be read\n", number, path);
        return false;
    }
    run(data, length);
    for (gsize eighth = 0; eighth < 8; eighth++)
        run(data, length * eighth / 8);
    printf("ok %u - %s\n", number, path);
    return true;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER\n", argv[0]);
        return 2;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) folder = g_dir_open(argv[1], 0, &error);
    if (!folder) {
        fprintf(stderr, "%s\n", error->message);
        return 2;
    }
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(folder));)
        g_ptr_array_add(names, g_build_filename(argv[1], name, NULL));
    g_ptr_array_sort(names, by_name);

    bool good = names->len > 0;
    printf("1..%u\n", names->len);
    for (guint i = 0; i < names->len; i++)
        good = replay(names->pdata[i], i + 1) && good;
    return good ? 0 : 1;
}
