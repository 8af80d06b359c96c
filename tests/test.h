/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What every test includes: cmocka in its required order, and two asserts that show the message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/error.h"

/* The error is of our domain, has this code, and its message contains this text. */
#define assert_error(error, wanted_code, text)                                                              \
    do {                                                                                                    \
        assert_non_null(error);                                                                             \
        if ((error)->domain != GUESTCTL_ERROR || (error)->code != (int)(wanted_code) || !strstr((error)->message, (text))) \
            fail_msg("got error %d \"%s\", wanted %d \"%s\"", (error)->code, (error)->message, (int)(wanted_code), (text)); \
    } while (0)

#define assert_no_error(error)                       \
    do {                                             \
        if (error)                                   \
            fail_msg("got error %s", (error)->message); \
    } while (0)

#define assert_contains(haystack, needle)                                        \
    do {                                                                         \
        if (!strstr((haystack), (needle)))                                       \
            fail_msg("\"%s\" is not in \"%s\"", (needle), (haystack));           \
    } while (0)

/* A folder of the test's own below TMPDIR; remove_folder() takes it away with all in it. */
static inline char *make_folder(void)
{
    GError *error = NULL;
    char *path = g_dir_make_tmp("guestctl-test-XXXXXX", &error);
    assert_no_error(error);
    return path;
}

static inline void remove_folder(const char *path)
{
    GDir *folder = g_dir_open(path, 0, NULL);
    for (const char *name; folder && (name = g_dir_read_name(folder));) {
        char *below = g_build_filename(path, name, NULL);
        if (g_file_test(below, G_FILE_TEST_IS_DIR) && !g_file_test(below, G_FILE_TEST_IS_SYMLINK))
            remove_folder(below);
        else
            g_unlink(below);
        g_free(below);
    }
    if (folder)
        g_dir_close(folder);
    g_rmdir(path);
}
