/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/common/seed/keys.h"
#include "tests/test.h"

#include "common/seed/seed.h"

#define UUID "0a9b07c2-b022-8167-8c82-2a10bfcd5da3"

/* With these keys; the rest is set by the test. */
static SeedContent content_of(GPtrArray *keys)
{
    return (SeedContent){.kind = SEED_NOCLOUD, .guest = "web", .instance_id = UUID, .hostname = "www.example.org", .keys = keys};
}

static GPtrArray *no_keys(void)
{
    return g_ptr_array_new();
}

static void the_least_is_a_name_and_an_empty_cloud_config(void **state)
{
    g_autoptr(GPtrArray) keys = no_keys();
    SeedContent content = content_of(keys);
    g_autofree char *text = seed_text(&content);
    assert_string_equal(text, "cloud-init nocloud\n"
                              "--- meta-data 86\n"
                              "instance-id: \"" UUID "\"\n"
                              "local-hostname: \"www.example.org\"\n"
                              "--- user-data 17\n"
                              "#cloud-config\n{}\n");
}

static void keys_are_metadata_and_user_and_password_a_cloud_config(void **state)
{
    g_autoptr(GPtrArray) keys = no_keys();
    g_ptr_array_add(keys, (gpointer) "ssh-ed25519 AAAA me \"and\" \\you: #1");
    g_ptr_array_add(keys, (gpointer) "ssh-ed25519 BBBB");
    SeedContent content = content_of(keys);
    content.user = "admin";
    content.password_hash = "$6$salt$hash";
    g_autofree char *text = seed_text(&content);
    assert_contains(text, "public-keys:\n  - \"ssh-ed25519 AAAA me \\\"and\\\" \\\\you: #1\"\n  - \"ssh-ed25519 BBBB\"\n");
    assert_contains(text, "#cloud-config\nuser:\n  name: \"admin\"\n  lock_passwd: false\n  hashed_passwd: \"$6$salt$hash\"\n");
    assert_null(strstr(text, "disable_root"));
    content.user = "root";
    g_autofree char *root = seed_text(&content);
    assert_contains(root, "disable_root: false\n");
}

/* PyYAML 5.1 reader.py NON_PRINTABLE: what is outside must not stand in the text as it is. */
static void odd_characters_stand_as_numbers(void **state)
{
    g_autoptr(GPtrArray) keys = no_keys();
    g_ptr_array_add(keys, (gpointer) "a\tb\x01\x7f\xc2\x85\xe2\x80\xa8\xef\xbb\xbfü\xf0\x9f\x98\x80");
    SeedContent content = content_of(keys);
    g_autofree char *text = seed_text(&content);
    assert_contains(text, "  - \"a\\u0009b\\u0001\\u007f\\u0085\\u2028\\ufeffü\xf0\x9f\x98\x80\"\n");
}

static void a_config_drive_is_as_novas(void **state)
{
    g_autoptr(GPtrArray) keys = no_keys();
    g_ptr_array_add(keys, (gpointer)KEY_A);
    g_autoptr(GBytes) network = g_bytes_new_static("{\"links\": []}", 13);
    SeedContent content = content_of(keys);
    content.kind = SEED_CONFIG_DRIVE;
    content.network_config = network;
    g_autofree char *text = seed_text(&content);
    assert_true(g_str_has_prefix(text, "cloud-init config-drive\n--- openstack/latest/meta_data.json "));
    assert_contains(text, "\"uuid\" : \"" UUID "\"");
    assert_contains(text, "\"hostname\" : \"www.example.org\"");
    assert_contains(text, "\"key-1\" : \"" KEY_A "\"");
    assert_contains(text, "--- openstack/latest/user_data 17\n#cloud-config\n{}\n");
    assert_contains(text, "--- openstack/latest/network_data.json 13\n{\"links\": []}\n");
}

static const SeedFile *file_of(const Seed *seed, const char *path)
{
    for (guint i = 0; i < seed->files->len; i++) {
        const SeedFile *file = seed->files->pdata[i];
        if (g_str_equal(file->path, path))
            return file;
    }
    fail_msg("the seed has no %s", path);
    return NULL;
}

/* Whatever the user's data is, it comes out as it went in. */
static void user_data_comes_out_byte_for_byte(void **state)
{
    static const struct {
        const char *bytes;
        gsize size;
        bool base64;
    } rows[] = {
        {"#!/bin/sh\necho hello\n", 21, false},
        {"#!/bin/sh\necho no newline", 25, false},
        {"", 0, false},
        {"\n", 1, false},
        {"--- meta-data 3\nabc\n", 20, false},
        {"#cloud-config\r\n", 15, true},
        {"\x1f\x8b\x08\x00\x00", 5, true},
        {"\xff\xfe", 2, true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) keys = no_keys();
        g_autoptr(GBytes) bytes = g_bytes_new_static(rows[i].bytes, rows[i].size);
        g_autoptr(GBytes) network = g_bytes_new_static("version: 2", 10);
        SeedContent content = content_of(keys);
        content.user_data = bytes;
        content.network_config = network;
        g_autofree char *text = seed_text(&content);
        assert_true(g_utf8_validate(text, -1, NULL));
        assert_int_equal(strstr(text, " base64\n") != NULL, rows[i].base64);
        g_autoptr(Seed) seed = seed_parse(text, &error);
        assert_no_error(error);
        assert_int_equal(seed->files->len, 3);
        assert_true(g_bytes_equal(file_of(seed, "user-data")->bytes, bytes));
        assert_true(g_bytes_equal(file_of(seed, "network-config")->bytes, network));
    }
}

static void a_damaged_text_is_refused(void **state)
{
    static const char *const bad[] = {
        "", "cloud-init nocloud\n", "cloud-init other\n--- a 1\nb\n", "cloud-init nocloud\n--- a\nb\n", "cloud-init nocloud\n--- a 9\nb\n",
        "cloud-init nocloud\n--- a -1\nb\n", "cloud-init nocloud\n--- a 1\nbc\n", "cloud-init nocloud\n--- a 1 zip\nb\n",
        "cloud-init nocloud\n--- a 1", "cloud-init nocloud\n--- a 1\nb", "nocloud\n--- a 1\nb\n", "cloud-init nocloud\n---  1\nb\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        if (seed_parse(bad[i], &error))
            fail_msg("row %zu was taken", i);
        assert_error(error, GUESTCTL_ERROR_INVALID, "the text of the cloud-init seed is damaged");
    }
}

static void names_are_checked_and_made(void **state)
{
    static const char *const good[] = {"web", "Web-1", "a", "www.example.org", "1st"};
    static const char *const bad[] = {"", "-a", "a-", "a..b", ".a", "a.", "a_b", "a b", "web\n", "ä"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        assert_true(seed_hostname_check(good[i], NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_false(seed_hostname_check(bad[i], NULL));
    g_autofree char *long_name = g_strnfill(64, 'a');
    assert_false(seed_hostname_check(long_name, NULL));
    static const struct {
        const char *guest, *host;
    } rows[] = {{"web", "web"}, {"web_1.2", "web-1-2"}, {"a++", "a"}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *host = seed_hostname_of(rows[i].guest);
        assert_string_equal(host, rows[i].host);
        assert_true(seed_hostname_check(host, NULL));
    }
    assert_true(seed_user_check("debian", NULL) && seed_user_check("_a-1", NULL));
    assert_false(seed_user_check("", NULL) || seed_user_check("Root", NULL) || seed_user_check("a b", NULL) || seed_user_check("1a", NULL));
}

static void a_password_is_never_taken_for_its_hash(void **state)
{
    static const char *const good[] = {"$6$salt$hash", "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7", "$2b$05$abc"};
    static const char *const bad[] = {"secret", "$secret", "$1$x", "$$a$b", "$6$salt$ha sh", "$6$salt$hash\n", "$6$sal\"t$hash"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        assert_true(seed_password_hash_check(good[i], NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        if (seed_password_hash_check(bad[i], &error))
            fail_msg("%s was taken", bad[i]);
        assert_error(error, GUESTCTL_ERROR_INVALID, "that is no password hash");
        assert_null(strstr(error->message, bad[i]));
    }
}

static void user_data_is_known_by_its_beginning(void **state)
{
    static const char *const known[] = {"#cloud-config\n", "#!/bin/sh\n", "Content-Type: multipart/mixed", "MIME-Version: 1.0", "\x1f\x8b\x08"};
    static const char *const unknown[] = {"", "users:\n", "# cloud-config\n", "PK\x03"};
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(known[i], strlen(known[i]));
        assert_true(seed_user_data_is_known(bytes));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(unknown); i++) {
        g_autoptr(GBytes) bytes = g_bytes_new_static(unknown[i], strlen(unknown[i]));
        assert_false(seed_user_data_is_known(bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_is_a_name_and_an_empty_cloud_config),
        cmocka_unit_test(keys_are_metadata_and_user_and_password_a_cloud_config),
        cmocka_unit_test(odd_characters_stand_as_numbers),
        cmocka_unit_test(a_config_drive_is_as_novas),
        cmocka_unit_test(user_data_comes_out_byte_for_byte),
        cmocka_unit_test(a_damaged_text_is_refused),
        cmocka_unit_test(names_are_checked_and_made),
        cmocka_unit_test(a_password_is_never_taken_for_its_hash),
        cmocka_unit_test(user_data_is_known_by_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
