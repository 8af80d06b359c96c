/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/image/keystone.h"

static void urls_are_taken_with_and_without_their_version(void **state)
{
    static const struct {
        char *(*function)(const char *url, GError **error);
        const char *url, *result, *message;
    } cases[] = {
        {keystone_url, "http://k:5000", "http://k:5000/v3", NULL},
        {keystone_url, "http://k:5000/v3/", "http://k:5000/v3", NULL},
        {keystone_url, "https://k/identity//", "https://k/identity/v3", NULL},
        {keystone_url, "http://k/v2.0", NULL, "http://k/v2.0: Keystone's API 2 has gone"},
        {keystone_url, "ftp://k/v3", NULL, "Keystone's URL is http:// or https://"},
        {keystone_url, "http://k/?x=secret", NULL, "http://k/?...: Keystone's URL"},
        {glance_base_url, "http://g:9292", "http://g:9292", NULL},
        {glance_base_url, "http://g:9292/", "http://g:9292", NULL},
        {glance_base_url, "http://g/image/v2", "http://g/image", NULL},
        {glance_base_url, "http://g/image/v2.9/", "http://g/image", NULL},
        {glance_base_url, "http://g/v1", NULL, "API 1 is not spoken here"},
        {glance_base_url, "file:///etc/passwd", NULL, "the image service's URL is http"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *result = cases[i].function(cases[i].url, &error);
        if (cases[i].result)
            assert_string_equal(result, cases[i].result);
        else
            assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
    }
}

static void the_request_says_who_and_for_which_project(void **state)
{
    const Cloud password = {.auth = CLOUD_AUTH_PASSWORD, .username = (char *)"joe", .password = (char *)"p\"w", .project_name = (char *)"web",
                            .project_domain_name = (char *)"d"};
    g_autofree char *by_password = keystone_request(&password);
    assert_string_equal(by_password,
                        "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{\"name\":\"joe\",\"domain\":{\"id\":"
                        "\"default\"},\"password\":\"p\\\"w\"}}},\"scope\":{\"project\":{\"name\":\"web\",\"domain\":{\"name\":\"d\"}}}}}");
    const Cloud ids = {.auth = CLOUD_AUTH_PASSWORD, .user_id = (char *)"u", .password = (char *)"p", .project_id = (char *)"q"};
    g_autofree char *by_ids = keystone_request(&ids);
    assert_string_equal(by_ids, "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{\"id\":\"u\",\"password\":\"p\"}}},"
                                "\"scope\":{\"project\":{\"id\":\"q\"}}}}");
    const Cloud credential = {.auth = CLOUD_AUTH_CREDENTIAL, .credential_id = (char *)"c", .credential_secret = (char *)"s", .project_name = (char *)"web"};
    g_autofree char *by_credential = keystone_request(&credential);
    assert_string_equal(by_credential, "{\"auth\":{\"identity\":{\"methods\":[\"application_credential\"],\"application_credential\":{\"id\":\"c\","
                                       "\"secret\":\"s\"}}}}");
}

#define CATALOG                                                                                                                   \
    "{\"token\":{\"catalog\":[{\"type\":\"compute\",\"endpoints\":[{\"interface\":\"public\",\"region_id\":\"A\",\"url\":\"http://n\"}]},"    \
    "{\"type\":\"image\",\"endpoints\":[{\"interface\":\"admin\",\"region\":\"A\",\"region_id\":\"A\",\"url\":\"http://a:9292/v2\"},"         \
    "{\"interface\":\"public\",\"region\":\"A\",\"url\":\"http://b:9292\"},{\"interface\":\"public\",\"region\":\"B\",\"url\":\"http://c:9292\"}]}]}}"

static void the_catalog_is_asked_by_interface_and_region(void **state)
{
    static const struct {
        const char *interface, *region, *url, *message;
    } cases[] = {
        {NULL, NULL, "http://b:9292", NULL},
        {"public", "B", "http://c:9292", NULL},
        {"admin", NULL, "http://a:9292", NULL},
        {"internal", NULL, NULL, "lab: its catalog has no image service with the interface internal; there is: admin in A, public in A, public in B."},
        {NULL, "C", NULL, "with the interface public in region C"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Cloud cloud = {.source = (char *)"lab", .interface = (char *)cases[i].interface, .region = (char *)cases[i].region};
        g_autoptr(GError) error = NULL;
        g_autofree char *url = keystone_endpoint(CATALOG, strlen(CATALOG), &cloud, &error);
        if (cases[i].url)
            assert_string_equal(url, cases[i].url);
        else
            assert_error(error, GUESTCTL_ERROR_NOT_FOUND, cases[i].message);
    }
}

static void hostile_catalogs_are_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "lab: Keystone's answer: "},
        {"<html>", "lab: Keystone's answer: line 1, column 1"},
        {"[]", "gives no catalog"},
        {"{\"token\":{}}", "gives no catalog, as without a project"},
        {"{\"token\":[]}", "gives no catalog"},
        {"{\"token\":{\"catalog\":{}}}", "gives no catalog"},
        {"{\"catalog\":[1,null,[],{\"type\":7},{\"type\":\"image\"},{\"type\":\"image\",\"endpoints\":[3,{\"interface\":1}]}]}", "there is: none"},
        {"{\"catalog\":[{\"type\":\"image\",\"endpoints\":[{\"interface\":\"public\",\"url\":\"file:///etc\"}]}]}", "the image service's URL is http"},
        {"{\"catalog\":[{\"type\":\"image\",\"endpoints\":[{\"interface\":\"a\\u001b[2J\",\"url\":\"x\"}]}]}", "there is: a\\u001b[2J in ?"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Cloud cloud = {.source = (char *)"lab"};
        g_autoptr(GError) error = NULL;
        assert_null(keystone_endpoint(cases[i].text, strlen(cases[i].text), &cloud, &error));
        assert_non_null(error);
        assert_contains(error->message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_taken_with_and_without_their_version),
        cmocka_unit_test(the_request_says_who_and_for_which_project),
        cmocka_unit_test(the_catalog_is_asked_by_interface_and_region),
        cmocka_unit_test(hostile_catalogs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
