/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/program.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/error.h"

char *program_find(const char *name, const char *variable, GError **error)
{
    const char *named = secure_getenv(variable);
    g_autofree char *self = named ? NULL : g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = self ? g_path_get_dirname(self) : NULL;
    g_autofree char *beside = folder ? g_build_filename(folder, name, NULL) : NULL;
    g_autofree char *installed = named ? NULL : g_build_filename(GUESTCTL_LIBEXECDIR, name, NULL);
    const char *const places[] = {named ? named : beside, installed};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        if (places[i] && access(places[i], X_OK) == 0)
            return g_strdup(places[i]);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "%s is missing; install guestctl anew, or put that program beside guestctl",
                named ? named : installed);
    return NULL;
}
