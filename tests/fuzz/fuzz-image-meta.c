/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/image/meta.h"
#include "tests/fuzz/fuzz.h"
#include "tests/meta-json.h"

/* Any document: what is taken can be asked and written, what is refused says why. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageMeta) meta = image_meta_parse((const char *)data, size, "fuzz", &error);
    if (!meta) {
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        return 0;
    }
    g_autofree char *json = meta_to_json(meta, "fuzz");
    g_assert_true(json && g_utf8_validate(json, -1, NULL));
    g_assert_true(image_meta_check(meta, NULL) == (meta->problems->len == 0));
    for (guint i = 0; i < meta->properties->len; i++) {
        const ImageProperty *property = meta->properties->pdata[i];
        g_assert_true(image_meta_find(meta, property->name) == property);
        image_meta_get_int(meta, property->name, 0);
        image_meta_get_bool(meta, property->name, false);
    }
    return 0;
}
