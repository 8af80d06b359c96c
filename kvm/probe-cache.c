/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/probe-cache.h"

#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/paths.h"

enum { CACHE_MAX = 16 * 1024, LINES_MAX = 16 };

static char *cache_path(void)
{
    g_autoptr(Paths) paths = paths_new(NULL);
    return g_build_filename(paths->run, "probe", NULL);
}

static GStrv read_lines(const char *path)
{
    g_autofree char *text = file_read(path, CACHE_MAX, NULL, NULL);
    return g_strsplit(text ? text : "", "\n", LINES_MAX + 1);
}

char *probe_cache_get(const char *key)
{
    g_autofree char *path = cache_path();
    g_auto(GStrv) lines = read_lines(path);
    gsize length = strlen(key);
    for (char **line = lines; *line; line++)
        if (g_str_has_prefix(*line, key) && (*line)[length] == '\t')
            return g_strdup(*line + length + 1);
    return NULL;
}

/* The newest first; what is pushed out is found again when it is needed. */
void probe_cache_put(const char *key, const char *value)
{
    g_autofree char *path = cache_path();
    g_auto(GStrv) lines = read_lines(path);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%s\t%s\n", key, value);
    int kept = 1;
    for (char **line = lines; *line && kept < LINES_MAX; line++)
        if (**line && !(g_str_has_prefix(*line, key) && (*line)[strlen(key)] == '\t')) {
            g_string_append_printf(text, "%s\n", *line);
            kept++;
        }
    file_write(path, text->str, 0644, NULL);
}

char *probe_cache_key(const char *kind, const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return NULL;
    return g_strdup_printf("%s %s %lld %lld.%09ld %lld.%09ld %llu", kind, path, (long long)st.st_size, (long long)st.st_mtim.tv_sec,
                           st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec, (unsigned long long)st.st_rdev);
}
