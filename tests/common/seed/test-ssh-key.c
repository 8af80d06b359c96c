/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/common/seed/keys.h"
#include "tests/test.h"

#include "common/seed/ssh-key.h"

static void every_type_is_known_by_the_key_itself(void **state)
{
    static const char *const good[] = {
        KEY_A,
        KEY_A " me@here",
        KEY_A " a comment with \"quotes\" and ünicode",
        KEY_B,
        "from=\"10.0.0.0/8,::1\",command=\"echo a b\" " KEY_A " limited",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(GError) error = NULL;
        ssh_key_check(good[i], &error);
        assert_no_error(error);
    }
}

static void what_is_no_public_key_is_refused_with_its_reason(void **state)
{
    g_autofree char *other = g_strconcat("ssh-rsa", strchr(KEY_A, ' '), NULL);
    const struct {
        const char *line, *message;
    } bad[] = {
        {"", "that is no SSH key, or not all of one; use a public key"},
        {"ssh-ed25519", "that is no SSH key"},
        {"ssh-ed25519 AAAA", "that is no SSH key"},
        {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "that is no SSH key"},
        {other, "that is no SSH key"},
        {"-----BEGIN OPENSSH PRIVATE KEY-----", "that is a private key, which must never leave its place"},
        {KEY_A "\nssh-rsa", "one line without control characters"},
        {KEY_A " \xff", "not UTF-8"},
    };
    assert_true(ssh_key_check(KEY_A, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(ssh_key_check(bad[i].line, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, bad[i].message);
    }
}

static void a_file_has_several_keys_and_comments(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) keys = ssh_keys_parse("# mine\n\n" KEY_A " one\r\n  " KEY_B "\n", "keys", &error);
    assert_no_error(error);
    assert_int_equal(keys->len, 2);
    assert_string_equal(keys->pdata[0], KEY_A " one");
    assert_string_equal(keys->pdata[1], KEY_B);
    assert_null(ssh_keys_parse(KEY_A "\nnonsense here\n", "keys.pub", &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "keys.pub:2: that is no SSH key");
    g_clear_error(&error);
    assert_null(ssh_keys_parse("# nothing\n", "keys.pub", &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "keys.pub: there is no SSH key in it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_known_by_the_key_itself),
        cmocka_unit_test(what_is_no_public_key_is_refused_with_its_reason),
        cmocka_unit_test(a_file_has_several_keys_and_comments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
