/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "tests/test.h"

/* A copy of a system for a test, from a table of paths and contents. A path that ends in '/' is a folder, "PATH@0600" is a file
 * with that mode, "PATH>" a link to what is given as content. Contents of /proc and /etc are as real machines have them. */
static inline void make_tree(const char *root, const char *const *files)
{
    for (; *files; files += 2) {
        g_autofree char *full = g_strconcat(root, files[0], NULL);
        char *mode = strrchr(full, '@');
        if (mode)
            *mode++ = '\0';
        bool is_folder = g_str_has_suffix(full, "/"), is_link = g_str_has_suffix(full, ">");
        if (is_link)
            full[strlen(full) - 1] = '\0';
        g_autofree char *folder = is_folder ? g_strdup(full) : g_path_get_dirname(full);
        assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
        if (is_folder)
            continue;
        if (is_link) {
            assert_int_equal(symlink(files[1], full), 0);
            continue;
        }
        assert_true(g_file_set_contents(full, files[1], -1, NULL));
        g_chmod(full, mode ? (int)g_ascii_strtoull(mode, NULL, 8) : 0644);
    }
}
