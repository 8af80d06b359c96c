/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/image/glance-json.h"
#include "common/image/http-text.h"
#include "common/image/keystone.h"
#include "tests/fuzz/fuzz.h"

static void free_node(void *node)
{
    json_node_unref(node);
}

static void check_message(GError **error)
{
    g_assert_true(!*error || g_utf8_validate((*error)->message, -1, NULL));
    g_clear_error(error);
}

/* One text as each thing that a server may send: a page of images, a document, a catalog, an error, a header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const changes[] = {"vm_mode=hvm", "min_ram=1", NULL};
    const Cloud cloud = {.source = (char *)"fuzz"};
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func(free_node);
    g_autoptr(GError) error = NULL;
    g_autofree char *next = NULL;

    glance_page((const char *)data, size, images, &next, &error);
    g_assert_true(!next || g_str_has_prefix(next, "/v2/images?"));
    check_message(&error);
    g_autofree char *patch = glance_patch(text, changes, &error);
    check_message(&error);
    g_autofree char *endpoint = keystone_endpoint((const char *)data, size, &cloud, &error);
    g_assert_true(!endpoint || g_str_has_prefix(endpoint, "http"));
    check_message(&error);
    g_autofree char *target = http_redirect_target("https://h/a", text, &error);
    g_assert_true(!target || g_str_has_prefix(target, "https://"));
    check_message(&error);
    g_autofree char *said = http_error_text((const char *)data, size);
    g_assert_true(!said || (strlen(said) < 500 && !strpbrk(said, "\x1b\n\r")));
    g_autofree char *shown = http_url_shown(text);
    g_assert_false(strpbrk(shown, "\x1b\n\r"));
    gint64 first = -1, last = -1, total = -1;
    g_assert_true(!http_parse_content_range(text, &first, &last, &total) || first <= last);
    return 0;
}
