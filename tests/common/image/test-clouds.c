/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <sys/stat.h>

#include "common/image/clouds.h"

#define FILE_TEXT                                                                                                     \
    "clouds:\n"                                                                                                       \
    "  lab:\n"                                                                                                        \
    "    auth: {auth_url: 'http://k:5000', username: joe, project_name: p, user_domain_name: Default}\n"              \
    "    region_name: East\n"                                                                                         \
    "    interface: internalURL\n"                                                                                    \
    "    verify: false\n"                                                                                             \
    "  plain:\n"                                                                                                      \
    "    auth_type: none\n"                                                                                           \
    "    image_endpoint_override: http://g:9292\n"                                                                    \
    "  odd:\n"                                                                                                        \
    "    auth_type: v3oidcpassword\n"                                                                                 \
    "  typed:\n"                                                                                                      \
    "    auth: {auth_url: [a]}\n"

static Cloud *load(GError **error, const char *const *environment)
{
    g_auto(GStrv) copy = g_strdupv((GStrv)environment);
    return cloud_load(copy, error);
}

#define LOAD(error, ...) load((error), (const char *const[]){__VA_ARGS__, NULL})

typedef struct Files {
    char *folder, *clouds, *secure, *clouds_variable, *secure_variable;
} Files;

static int setup(void **state)
{
    Files *files = g_new0(Files, 1);
    files->folder = make_folder();
    files->clouds = g_build_filename(files->folder, "clouds.yaml", NULL);
    files->secure = g_build_filename(files->folder, "secure.yaml", NULL);
    files->clouds_variable = g_strconcat("OS_CLIENT_CONFIG_FILE=", files->clouds, NULL);
    files->secure_variable = g_strconcat("OS_CLIENT_SECURE_FILE=", files->secure, NULL);
    assert_true(g_file_set_contents(files->clouds, FILE_TEXT, -1, NULL));
    assert_true(g_file_set_contents(files->secure, "clouds: {lab: {auth: {password: hush}}}\n", -1, NULL));
    *state = files;
    return 0;
}

static int teardown(void **state)
{
    Files *files = *state;
    remove_folder(files->folder);
    g_free(files->folder);
    g_free(files->clouds);
    g_free(files->secure);
    g_free(files->clouds_variable);
    g_free(files->secure_variable);
    g_free(files);
    return 0;
}

static void variables_alone_are_enough(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cloud) cloud = LOAD(&error, "OS_AUTH_URL=http://k/v3", "OS_USERNAME=u", "OS_PASSWORD=p", "OS_TENANT_NAME=t", "OS_INSECURE=1");
    assert_no_error(error);
    assert_int_equal(cloud->auth, CLOUD_AUTH_PASSWORD);
    assert_string_equal(cloud->project_name, "t");
    assert_true(cloud->insecure);
    assert_true(cloud_peer(cloud).insecure);
}

static void secure_yaml_lies_over_clouds_yaml_and_variables_over_both(void **state)
{
    const Files *files = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Cloud) cloud = LOAD(&error, "OS_CLOUD=lab", files->clouds_variable, files->secure_variable, "OS_REGION_NAME=West");
    assert_no_error(error);
    assert_string_equal(cloud->username, "joe");
    assert_string_equal(cloud->password, "hush");
    assert_string_equal(cloud->region, "West");
    assert_string_equal(cloud->interface, "internal");
    assert_true(cloud->insecure);
    assert_contains(cloud->source, "cloud lab of ");
}

static void an_image_service_without_keystone_needs_its_url_alone(void **state)
{
    const Files *files = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Cloud) by_file = LOAD(&error, "OS_CLOUD=plain", files->clouds_variable, files->secure_variable);
    assert_no_error(error);
    assert_int_equal(by_file->auth, CLOUD_AUTH_NONE);
    assert_string_equal(cloud_image_endpoint(by_file), "http://g:9292");
    g_autoptr(Cloud) by_variable = LOAD(&error, "OS_AUTH_TYPE=none", "OS_ENDPOINT=http://h:9292");
    assert_no_error(error);
    assert_string_equal(cloud_image_endpoint(by_variable), "http://h:9292");
}

static void credentials_and_tokens_are_told_apart(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Cloud) credential = LOAD(&error, "OS_AUTH_URL=http://k", "OS_APPLICATION_CREDENTIAL_ID=i", "OS_APPLICATION_CREDENTIAL_SECRET=s");
    assert_no_error(error);
    assert_int_equal(credential->auth, CLOUD_AUTH_CREDENTIAL);
    g_autoptr(Cloud) token = LOAD(&error, "OS_TOKEN=t", "OS_IMAGE_ENDPOINT_OVERRIDE=http://g");
    assert_no_error(error);
    assert_int_equal(token->auth, CLOUD_AUTH_TOKEN);
}

static void what_is_missing_is_named_and_no_secret_is(void **state)
{
    const Files *files = *state;
    const struct {
        const char *variables[5];
        int code;
        const char *message;
    } cases[] = {
        {{"HOME=/nowhere"}, GUESTCTL_ERROR_NOT_FOUND, "no image service is named: set OS_CLOUD"},
        {{"OS_USERNAME=u", "OS_PASSWORD=hush"}, GUESTCTL_ERROR_INVALID, "this is missing: Keystone's URL"},
        {{"OS_AUTH_URL=http://k", "OS_PASSWORD=hush"}, GUESTCTL_ERROR_INVALID, "this is missing: the user"},
        {{"OS_AUTH_URL=http://k", "OS_USERNAME=u"}, GUESTCTL_ERROR_INVALID, "this is missing: the password"},
        {{"OS_AUTH_TYPE=none"}, GUESTCTL_ERROR_INVALID, "this is missing: the image service's URL"},
        {{"OS_AUTH_TYPE=token", "OS_AUTH_URL=http://k"}, GUESTCTL_ERROR_INVALID, "this is missing: the token"},
        {{"OS_AUTH_TYPE=v3applicationcredential", "OS_AUTH_URL=http://k"}, GUESTCTL_ERROR_INVALID, "this is missing: the secret"},
        {{"OS_AUTH_TYPE=v3applicationcredential", "OS_AUTH_URL=http://k", "OS_APPLICATION_CREDENTIAL_SECRET=hush"}, GUESTCTL_ERROR_INVALID,
         "this is missing: the credential"},
        {{"OS_AUTH_URL=http://k", "OS_USERNAME=u", "OS_PASSWORD=hush", "OS_IDENTITY_API_VERSION=2"}, GUESTCTL_ERROR_UNSUPPORTED, "Keystone's API 3 is the only one"},
        {{"OS_AUTH_URL=http://k", "OS_USERNAME=u", "OS_PASSWORD=hush", "OS_INTERFACE=secret"}, GUESTCTL_ERROR_INVALID, "interface \"secret\" is not public"},
        {{"OS_CLOUD=nope", files->clouds_variable, files->secure_variable}, GUESTCTL_ERROR_NOT_FOUND, "has no cloud of that name; it has lab, plain, odd, typed"},
        {{"OS_CLOUD=odd", files->clouds_variable, files->secure_variable}, GUESTCTL_ERROR_UNSUPPORTED, "auth_type \"v3oidcpassword\" is not known here"},
        {{"OS_CLOUD=typed", files->clouds_variable, files->secure_variable}, GUESTCTL_ERROR_INVALID, "auth.auth_url must be a word"},
        {{"OS_CLOUD=x", "OS_CLIENT_CONFIG_FILE=/nowhere/c.yaml"}, GUESTCTL_ERROR_NOT_FOUND, "/nowhere/c.yaml: there is no such file"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(load(&error, cases[i].variables));
        assert_error(error, cases[i].code, cases[i].message);
        assert_null(strstr(error->message, "hush"));
    }
}

static void a_file_that_others_can_write_is_not_believed(void **state)
{
    const Files *files = *state;
    g_autoptr(GError) error = NULL;
    assert_int_equal(chmod(files->clouds, 0666), 0);
    assert_null(LOAD(&error, "OS_CLOUD=lab", files->clouds_variable, files->secure_variable));
    assert_error(error, GUESTCTL_ERROR_DENIED, "everybody can write it; use chmod o-w");
}

static void files_are_found_as_openstacksdk_finds_them(void **state)
{
    const Files *files = *state;
    g_autoptr(GError) error = NULL;
    g_autofree char *openstack = g_build_filename(files->folder, "openstack", NULL);
    g_autofree char *moved = g_build_filename(openstack, "clouds.yml", NULL);
    g_autofree char *variable = g_strconcat("XDG_CONFIG_HOME=", files->folder, NULL);
    assert_int_equal(g_mkdir(openstack, 0755), 0);
    assert_int_equal(g_rename(files->clouds, moved), 0);
    g_autoptr(Cloud) cloud = LOAD(&error, "OS_CLOUD=plain", variable);
    assert_no_error(error);
    assert_contains(cloud->source, "openstack/clouds.yml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_alone_are_enough),
        cmocka_unit_test_setup_teardown(secure_yaml_lies_over_clouds_yaml_and_variables_over_both, setup, teardown),
        cmocka_unit_test_setup_teardown(an_image_service_without_keystone_needs_its_url_alone, setup, teardown),
        cmocka_unit_test(credentials_and_tokens_are_told_apart),
        cmocka_unit_test_setup_teardown(what_is_missing_is_named_and_no_secret_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_others_can_write_is_not_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(files_are_found_as_openstacksdk_finds_them, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
