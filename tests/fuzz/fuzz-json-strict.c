/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/json-strict.h"
#include "common/json-text.h"
#include "tests/fuzz/fuzz.h"

/* What the strict reader takes, json-glib reads as the same values, and what is written from it is taken again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const JsonStrictLimits limits = {64 * 1024, 16}, wider = {1024 * 1024, 16};
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_strict_parse((const char *)data, size, &limits, &error);
    if (!node) {
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        return 0;
    }
    g_autoptr(JsonParser) parser = json_parser_new();
    if (!json_parser_load_from_data(parser, (const char *)data, (gssize)size, &error))
        g_error("json-glib refuses what was taken: %s", error->message);
    if (!json_node_equal(node, json_parser_get_root(parser)))
        g_error("json-glib reads other values");
    g_autofree char *written = json_to_string(node, FALSE), *text = json_text_printable(written);
    if (strstr(text, "e+") || strstr(text, "e-"))
        return 0; /* json-glib 1.6 writes 1e22 as 1e+22.0, which is not JSON; we write no fractions */
    g_autoptr(JsonNode) again = json_strict_parse(text, strlen(text), &wider, &error);
    if (!again)
        g_error("what was written is not taken: %s", error->message);
    return 0;
}
