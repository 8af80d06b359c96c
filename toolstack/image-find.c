/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/image-find.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/image/meta.h"
#include "toolstack/image-remote.h"

#define GLANCE "glance:"

void image_found_clear(ImageFound *found)
{
    g_free(found->document);
    g_free(found->text);
    g_free(found->disk);
    stored_image_free(found->stored);
}

/* A file that begins with text is the metadata itself, also when it is too large to be good metadata. A disk's first
 * sector has zeros or code. */
static bool looks_like_document(const char *path)
{
    char head[512];
    Fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd < 0 ? -1 : read(fd, head, sizeof head);
    const char *end = NULL;
    if (length == 0) /* an empty one too: it is then told so */
        return true;
    if (length < 0 || memchr(head, '\0', (size_t)length))
        return false;
    bool valid = g_utf8_validate(head, length, &end);
    return valid || head + length - end < 4; /* a character that is cut in two at the end */
}

/* debian.json may have a debian.meta beside it, and is no disk for that. A vmdk may be text, too. */
static bool is_document(const char *path)
{
    return (g_str_has_suffix(path, ".json") || g_str_has_suffix(path, ".meta")) && looks_like_document(path);
}

static bool find_in_store(const char *argument, const Options *options, ImageFound *found, GError **error)
{
    g_autoptr(GError) find_error = NULL;
    found->stored = strchr(argument, '/') ? NULL : image_store_look(options->paths, argument, &find_error);
    if (find_error) {
        g_propagate_error(error, g_steal_pointer(&find_error));
        return false;
    }
    if (found->stored) {
        found->document = g_strdup(found->stored->document);
        found->disk = g_strdup(found->stored->disk);
    }
    return true;
}

bool image_find(const char *argument, const Options *options, ImageFound *found, GError **error)
{
    if (options->metadata) {
        found->document = g_strdup(options->metadata);
        found->disk = g_strdup(argument);
        return true;
    }
    if (g_str_has_prefix(argument, GLANCE)) {
        found->text = image_remote_document(options, argument + strlen(GLANCE), error);
        found->document = g_strdup(argument);
        return found->text != NULL;
    }
    if (!find_in_store(argument, options, found, error))
        return false;
    if (found->stored)
        return true;
    if (!g_file_test(argument, G_FILE_TEST_EXISTS)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "%s: there is no such file, nor an image of that name in %s",
                    argument, options->paths->images);
        return false;
    }
    found->document = is_document(argument) ? g_strdup(argument) : image_meta_sidecar(argument);
    if (g_strcmp0(found->document, argument) == 0)
        return true;
    if (found->document || !looks_like_document(argument))
        found->disk = g_strdup(argument);
    else
        found->document = g_strdup(argument);
    return true;
}

ImageMeta *image_found_metadata(const ImageFound *found, GError **error)
{
    if (found->text)
        return image_meta_parse(found->text, strlen(found->text), found->document, error);
    return found->stored ? image_store_metadata(found->stored, error) : image_meta_load(found->document, error);
}
