/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <fcntl.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/image/signature.h"

/* tests/fixtures/signatures/TYPE.pem and .signature: by the openssl program (ca -selfsign, dgst -sign) over the file `content`, as
 * cursive reads them; valid from 2020 to 2120. expired.pem has RSA-PSS's key and ended in 2021. The keys were thrown away. */
#define CERTIFICATE "11111111-2222-4333-8444-555555555555"
#define SIGNATURES FIXTURES "/signatures"

static const struct {
    const char *type, *hash;
} keys[] = {
    {"RSA-PSS", "SHA-256"},       {"DSA", "SHA-224"},           {"ECC_SECT571K1", "SHA-512"}, {"ECC_SECT409K1", "SHA-384"},
    {"ECC_SECT571R1", "SHA-512"}, {"ECC_SECT409R1", "SHA-256"}, {"ECC_SECP521R1", "SHA-512"}, {"ECC_SECP384R1", "SHA-384"},
};

/* A certificate in a folder as an administrator has it, and the four properties. */
typedef struct Signed {
    char *certs;
    JsonObject *document;
} Signed;

static Signed signed_by(const char *certificate, const char *type, const char *hash)
{
    g_autofree char *folder = make_folder();
    g_autofree char *from = g_strdup_printf(SIGNATURES "/%s.pem", certificate), *to = g_strdup_printf("%s/" CERTIFICATE ".pem", folder);
    g_autofree char *pem = NULL, *signature = NULL, *file = g_strdup_printf(SIGNATURES "/%s.signature", type);
    assert_true(g_file_get_contents(from, &pem, NULL, NULL) && g_file_set_contents(to, pem, -1, NULL));
    assert_true(g_file_get_contents(file, &signature, NULL, NULL));
    Signed result = {g_steal_pointer(&folder), json_object_new()};
    json_object_set_string_member(result.document, "img_signature", g_strchomp(signature));
    json_object_set_string_member(result.document, "img_signature_hash_method", hash);
    json_object_set_string_member(result.document, "img_signature_key_type", type);
    json_object_set_string_member(result.document, "img_signature_certificate_uuid", CERTIFICATE);
    return result;
}

static Signed signed_with(const char *type, const char *hash)
{
    return signed_by(type, type, hash);
}

static void signed_clear(Signed *one)
{
    remove_folder(one->certs);
    g_free(one->certs);
    json_object_unref(one->document);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Signed, signed_clear)

static bool check_content(const Signed *one, const char *path, GError **error)
{
    Fd fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    g_autoptr(ImageSignature) signature = image_signature_open(one->document, one->certs, error);
    return signature && image_signature_check(signature, fd, NULL, error);
}

static void each_kind_of_key_is_verified_and_a_changed_image_is_not(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(Signed) one = signed_with(keys[i].type, keys[i].hash);
        if (!check_content(&one, SIGNATURES "/content", &error))
            fail_msg("%s: %s", keys[i].type, error->message);
        assert_false(check_content(&one, SIGNATURES "/DSA.signature", &error)); /* any other file */
        assert_error(error, GUESTCTL_ERROR_DENIED, "it is not that of this content by ");
    }
}

static void a_hash_or_a_key_that_was_not_used_is_refused(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autoptr(GError) hash = NULL, key = NULL;
        g_auto(Signed) one = signed_with(keys[i].type, g_str_equal(keys[i].hash, "SHA-512") ? "SHA-256" : "SHA-512");
        assert_false(check_content(&one, SIGNATURES "/content", &hash));
        assert_error(hash, GUESTCTL_ERROR_DENIED, "it is not that of this content by ");
        json_object_set_string_member(one.document, "img_signature_key_type", keys[(i + 1) % G_N_ELEMENTS(keys)].type);
        assert_false(check_content(&one, SIGNATURES "/content", &key));
        assert_error(key, GUESTCTL_ERROR_DENIED, "and the certificate has another key");
    }
}

static void a_certificate_that_has_ended_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;
    g_auto(Signed) one = signed_by("expired", "RSA-PSS", "SHA-256");
    assert_false(check_content(&one, SIGNATURES "/content", &error));
    assert_error(error, GUESTCTL_ERROR_DENIED, "is not valid today");
}

static void what_a_signature_lacks_or_nobody_knows_is_named(void **state)
{
    static const struct {
        const char *property, *value;
        int code;
        const char *message;
    } cases[] = {
        {"img_signature", "", GUESTCTL_ERROR_INVALID, "img_signature is missing, and the other properties of a signature are there"},
        {"img_signature_hash_method", "", GUESTCTL_ERROR_INVALID, "img_signature_hash_method is missing"},
        {"img_signature_hash_method", "MD5", GUESTCTL_ERROR_INVALID, "img_signature_hash_method=MD5 is not known"},
        {"img_signature_key_type", "RSA", GUESTCTL_ERROR_INVALID, "img_signature_key_type=RSA is not known"},
        {"img_signature_certificate_uuid", "../../etc/passwd", GUESTCTL_ERROR_INVALID, "img_signature_certificate_uuid=../../etc/passwd is not known"},
        {"img_signature_certificate_uuid", "99999999-2222-4333-8444-555555555555", GUESTCTL_ERROR_NOT_FOUND, "put the signer's certificate there"},
        {"img_signature", "!", GUESTCTL_ERROR_INVALID, "img_signature is not base64"},
        {"img_signature", "AAAA", GUESTCTL_ERROR_DENIED, "it is not that of this content"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(Signed) one = signed_with("RSA-PSS", "SHA-256");
        json_object_set_string_member(one.document, cases[i].property, cases[i].value);
        assert_false(check_content(&one, SIGNATURES "/content", &error));
        assert_error(error, cases[i].code, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_key_is_verified_and_a_changed_image_is_not),
        cmocka_unit_test(a_hash_or_a_key_that_was_not_used_is_refused),
        cmocka_unit_test(a_certificate_that_has_ended_is_refused),
        cmocka_unit_test(what_a_signature_lacks_or_nobody_knows_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
