/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/facts.h"
#include "common/file.h"
#include "common/inject/inject.h"

/* One SOURCE:DESTINATION. What is read here is what the plan shows, and what will be in the guest. */
static bool add_file(const Request *request, const char *word, GPtrArray *files, GError **error)
{
    const char *colon = strrchr(word, ':');
    if (!colon || colon == word || !inject_path_check(colon + 1, NULL)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "\"%.200s\" is not SOURCE:DESTINATION: a file of this machine, and its whole path in the guest, such as motd:/etc/motd", word);
        return false;
    }
    g_autofree char *source = g_strndup(word, (gsize)(colon - word));
    g_autofree char *folder = request->definition ? g_path_get_dirname(request->definition) : NULL;
    g_autofree char *path = g_canonicalize_filename(source, folder);
    struct stat about;
    gsize length = 0;
    char *text = file_read(path, INJECT_FILE_MAX, &length, error);
    if (!text)
        return false;
    InjectFile *file = g_new0(InjectFile, 1);
    file->path = g_strdup(colon + 1);
    file->mode = stat(path, &about) == 0 ? about.st_mode & 0777 : 0644;
    file->bytes = g_bytes_new_take(text, length);
    g_ptr_array_add(files, file);
    return true;
}

bool facts_gather_inject(Request *request, const Paths *paths, GError **error)
{
    RequestInject *inject = &request->inject;
    /* Short, since sockets are below it, and a socket's path has 107 bytes at most. */
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, request->name, -1);
    sum[8] = '\0';
    inject->scratch = g_build_filename(paths->run, "inject", sum, NULL);
    inject->cache = g_build_filename(*paths->root ? paths->root : "/", "var/cache/guestctl/appliance", NULL);
    inject->keys = g_ptr_array_new_with_free_func(g_free);
    inject->contents = g_ptr_array_new_with_free_func(inject_file_free);
    for (char **word = inject->files; word && *word; word++)
        if (!add_file(request, *word, inject->contents, error)) {
            g_prefix_error(error, "[inject] file: ");
            return false;
        }
    if (facts_read_keys(request, inject->ssh_keys, inject->keys, error))
        return true;
    g_prefix_error(error, "[inject] ");
    return false;
}
