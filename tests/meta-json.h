/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/meta.h"
#include "common/json.h"

/* What `image show --json` says of metadata alone. Free with g_free(). */
static inline char *meta_to_json(const ImageMeta *meta, const char *source)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    image_meta_add_json(builder, meta, source);
    json_builder_end_object(builder);
    return json_finish(builder, true);
}
