/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/image/meta.h"
#include "tests/fuzz/fuzz.h"

/* key=value lines, and that a canonical value is stable: read again, it is itself. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) text = g_string_new("#\n"); /* never JSON */
    g_string_append_len(text, (const char *)data, (gssize)size);
    g_autoptr(ImageMeta) meta = image_meta_parse(text->str, text->len, "fuzz", NULL);
    if (!meta)
        return 0;
    for (guint i = 0; i < meta->properties->len; i++) {
        const ImageProperty *property = meta->properties->pdata[i];
        if (*property->value == '\0' || strpbrk(property->value, "\"'") || g_ascii_isspace(*property->value) ||
            g_ascii_isspace(property->value[strlen(property->value) - 1]))
            continue; /* needs quoting that this form does not have */
        g_autofree char *line = g_strdup_printf("%s=\"%s\"\n", property->name, property->value);
        g_autoptr(ImageMeta) again = image_meta_parse(line, strlen(line), "again", NULL);
        g_assert_nonnull(again);
        /* A node that is not the first one stands after a gap when it stands alone. */
        const char *value = image_meta_get(again, property->name);
        g_assert_true(g_str_has_prefix(property->name, "hw_numa_") ? !value || g_str_equal(value, property->value)
                                                                   : g_strcmp0(value, property->value) == 0);
    }
    return 0;
}
