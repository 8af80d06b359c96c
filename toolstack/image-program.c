/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <unistd.h>

#include "common/error.h"
#include "common/program.h"
#include "toolstack/command.h"
#include "toolstack/image-bring.h"
#include "toolstack/image-remote.h"

/* What the network and hashing need (libcurl, OpenSSL, libyaml) brings some 30 libraries, which would cost every start of guestctl
 * more than all the rest of it. So there are two programs of the same sources: guestctl, which has this file, and guestctl-image,
 * which has cmd-image-import.c, image-bring.c and image-remote.c in its place. The same command line goes on there, in the same process. */
#define PROGRAM "guestctl-image"

static void go_on_there(const Options *options, GError **error)
{
    g_autofree char *program = program_find(PROGRAM, "GUESTCTL_IMAGE", error);
    if (!program)
        return;
    execv(program, options->words);
    error_set_errno(error, errno, "%s: cannot be run", program);
}

bool cmd_image_import(Options *options, GError **error)
{
    go_on_there(options, error);
    return false;
}

bool image_bring(const Options *options, const char *word, ImageImport *asked, ImageBrought *brought, GError **error)
{
    go_on_there(options, error);
    return false;
}

bool image_remote_list(const Options *options, GError **error)
{
    go_on_there(options, error);
    return false;
}

char *image_remote_document(const Options *options, const char *name_or_id, GError **error)
{
    go_on_there(options, error);
    return NULL;
}

bool image_remote_change(const Options *options, const char *name_or_id, const GPtrArray *changes, GError **error)
{
    go_on_there(options, error);
    return false;
}
