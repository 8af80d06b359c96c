/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/image/source.h"

ImageSource *image_source_open(const char *word, const ImageSourceOptions *options, GCancellable *cancel, GError **error)
{
    g_autofree char *scheme = g_uri_parse_scheme(word);
    if (!*word) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "an image's name is empty; give a file, a URL or glance:IMAGE");
        return NULL;
    }
    if (g_str_has_prefix(word, "glance:"))
        return image_source_glance(word + strlen("glance:"), options, cancel, error);
    if (scheme && (g_str_equal(scheme, "http") || g_str_equal(scheme, "https")))
        return image_source_url(word, cancel, error);
    if (scheme && g_str_has_prefix(word + strlen(scheme), "://")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: images are fetched by http:// and https:// only; fetch it by other means, and import the file", word);
        return NULL;
    }
    return image_source_file(word, error);
}
