/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/image/source.h"

ImageSource *image_source_open(const char *word, const ImageSourceOptions *options, GCancellable *cancel, GError **error)
{
    if (g_str_has_prefix(word, "glance:"))
        return image_source_glance(word + strlen("glance:"), options, cancel, error);
    if (g_str_has_prefix(word, "http://") || g_str_has_prefix(word, "https://"))
        return image_source_url(word, cancel, error);
    return image_source_file(word, error);
}
