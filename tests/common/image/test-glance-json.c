/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/image/glance-json.h"

#define ID "54b15a74-0c4e-4c57-9d8f-0a1b2c3d4e5f"

static void free_node(void *node)
{
    json_node_unref(node);
}

static void pages_are_followed_below_our_own_url_only(void **state)
{
    static const struct {
        const char *text, *next, *message;
        unsigned images;
    } cases[] = {
        {"{\"images\":[{\"id\":\"" ID "\"}],\"next\":\"/v2/images?marker=x\"}", "/v2/images?marker=x", NULL, 1},
        {"{\"images\":[{\"id\":\"" ID "\"}]}", NULL, NULL, 1},
        {"{\"images\":[],\"next\":\"/v2/images?marker=x\"}", NULL, NULL, 0}, /* it would go on for ever */
        {"{\"images\":[{\"id\":\"" ID "\"}],\"next\":\"http://evil/v2/images?x\"}", NULL, "the list's next page is \"http://evil/v2/images?x\"", 0},
        {"{\"images\":[{\"id\":\"" ID "\"}],\"next\":\"/v2/../x\"}", NULL, "not one of its own", 0},
        {"{\"images\":[{\"id\":\"../../etc\"}]}", NULL, "an image's id is \"../../etc\", which is no UUID", 0},
        {"{\"images\":[{}]}", NULL, "an image's id is \"\"", 0},
        {"{\"images\":[3]}", NULL, "an image of the list is no object", 0},
        {"{\"images\":{}}", NULL, "no list of images", 0},
        {"[]", NULL, "not a JSON object", 0},
        {"<html>", NULL, "line 1, column 1", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func(free_node);
        g_autoptr(GError) error = NULL;
        g_autofree char *next = NULL;
        bool done = glance_page(cases[i].text, strlen(cases[i].text), images, &next, &error);
        if (cases[i].message) {
            assert_false(done);
            assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
            continue;
        }
        assert_no_error(error);
        assert_int_equal(images->len, cases[i].images);
        assert_int_equal(g_strcmp0(next, cases[i].next), 0);
    }
}

static void a_change_adds_replaces_and_removes(void **state)
{
    static const char document[] = "{\"id\":\"" ID "\",\"vm_mode\":\"xen\",\"min_ram\":0,\"old\":\"1\"}";
    g_autoptr(GError) error = NULL;
    g_autofree char *patch = glance_patch(document, (const char *const[]){"vm_mode=hvm", "a/b~c=x=\"y\"", "min_ram=512", "protected=true", "old", NULL}, &error);
    assert_no_error(error);
    assert_string_equal(patch, "[{\"op\":\"replace\",\"path\":\"/vm_mode\",\"value\":\"hvm\"},{\"op\":\"add\",\"path\":\"/a~1b~0c\",\"value\":\"x=\\\"y\\\"\"},"
                               "{\"op\":\"replace\",\"path\":\"/min_ram\",\"value\":512},{\"op\":\"add\",\"path\":\"/protected\",\"value\":true},"
                               "{\"op\":\"remove\",\"path\":\"/old\"}]");
}

static void a_change_that_says_nothing_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(glance_patch("{}", (const char *const[]){"=x", NULL}, &error));
    assert_error(error, GUESTCTL_ERROR_USAGE, "\"=x\": a property is written key=value");
    g_clear_error(&error);
    assert_null(glance_patch("{}", (const char *const[]){"gone", NULL}, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "it has no property \"gone\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_followed_below_our_own_url_only),
        cmocka_unit_test(a_change_adds_replaces_and_removes),
        cmocka_unit_test(a_change_that_says_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
