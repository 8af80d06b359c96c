/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/yaml-text.h"
#include "tests/fuzz/fuzz.h"

/* What is taken is a tree that can be written; what is refused says why. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) root = yaml_parse((const char *)data, size, "fuzz", &error);
    g_assert_true((root != NULL) == (error == NULL));
    if (!root)
        return 0;
    g_autofree char *json = json_to_string(root, FALSE);
    g_assert_nonnull(json);
    return 0;
}
