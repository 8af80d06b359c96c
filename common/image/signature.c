/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/signature.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "common/image/glance-json.h"
#include "common/json-strict.h"

enum { CERTIFICATE_MAX = 64 * 1024, PIECE = 256 * 1024 }; /* bytes */

struct ImageSignature {
    EVP_PKEY *key;
    char *certificate; /* its path */
    const EVP_MD *hash;
    bool pss;
    guchar *bytes;
    gsize length;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BIO, BIO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EVP_MD_CTX, EVP_MD_CTX_free)

static const char *const properties[] = {"img_signature", "img_signature_hash_method", "img_signature_key_type",
                                         "img_signature_certificate_uuid"};

/* cursive's signature_utils, HASH_METHODS and key types. */
static const struct {
    const char *name;
    const EVP_MD *(*hash)(void);
} hash_methods[] = {{"SHA-224", EVP_sha224}, {"SHA-256", EVP_sha256}, {"SHA-384", EVP_sha384}, {"SHA-512", EVP_sha512}};

static const struct {
    const char *name;
    int key;           /* OpenSSL's */
    const char *group; /* of an elliptic curve */
} key_types[] = {
    {"RSA-PSS", EVP_PKEY_RSA, NULL},          {"DSA", EVP_PKEY_DSA, NULL},
    {"ECC_SECT571K1", EVP_PKEY_EC, "sect571k1"}, {"ECC_SECT409K1", EVP_PKEY_EC, "sect409k1"},
    {"ECC_SECT571R1", EVP_PKEY_EC, "sect571r1"}, {"ECC_SECT409R1", EVP_PKEY_EC, "sect409r1"},
    {"ECC_SECP521R1", EVP_PKEY_EC, "secp521r1"}, {"ECC_SECP384R1", EVP_PKEY_EC, "secp384r1"},
};

void image_signature_free(ImageSignature *signature)
{
    if (!signature)
        return;
    EVP_PKEY_free(signature->key);
    g_free(signature->certificate);
    g_free(signature->bytes);
    g_free(signature);
}

bool image_signature_is_there(JsonObject *document)
{
    for (gsize i = 0; i < G_N_ELEMENTS(properties); i++)
        if (json_object_has_member(document, properties[i]))
            return true;
    return false;
}

static bool refuse(GError **error, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool refuse(GError **error, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, GUESTCTL_ERROR, code, "its signature: %s", message);
    return false;
}

static bool unknown(const char *property, const char *value, GError **error)
{
    g_autofree char *shown = json_strict_shown(value, strlen(value));
    return refuse(error, GUESTCTL_ERROR_INVALID, "%s=%s is not known", property, shown);
}

static bool read_hash(ImageSignature *signature, JsonObject *document, GError **error)
{
    const char *name = glance_text(document, properties[1]);
    for (gsize i = 0; i < G_N_ELEMENTS(hash_methods); i++)
        if (g_str_equal(name, hash_methods[i].name))
            signature->hash = hash_methods[i].hash();
    return signature->hash || unknown(properties[1], name, error);
}

static bool read_bytes(ImageSignature *signature, JsonObject *document, GError **error)
{
    signature->bytes = g_base64_decode(glance_text(document, properties[0]), &signature->length);
    return signature->length || refuse(error, GUESTCTL_ERROR_INVALID, "img_signature is not base64");
}

/* The certificate, valid now. */
static X509 *load_certificate(const char *path, GError **error)
{
    gsize length = 0;
    g_autofree char *text = file_read(path, CERTIFICATE_MAX, &length, error);
    if (!text) {
        g_prefix_error(error, "its signature cannot be verified; put the signer's certificate there, or use --no-signature: ");
        return NULL;
    }
    g_autoptr(BIO) memory = BIO_new_mem_buf(text, (int)length);
    g_autoptr(X509) certificate = PEM_read_bio_X509(memory, NULL, NULL, NULL);
    if (!certificate) {
        refuse(error, GUESTCTL_ERROR_INVALID, "%s is not a certificate in PEM", path);
        return NULL;
    }
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0 || X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) {
        refuse(error, GUESTCTL_ERROR_DENIED, "the certificate %s is not valid today", path);
        return NULL;
    }
    return g_steal_pointer(&certificate);
}

static bool key_fits(const EVP_PKEY *key, const char *type, GError **error)
{
    char group[32] = "";
    for (gsize i = 0; i < G_N_ELEMENTS(key_types); i++) {
        if (!g_str_equal(type, key_types[i].name))
            continue;
        bool right = EVP_PKEY_get_base_id(key) == key_types[i].key;
        if (right && key_types[i].group)
            right = EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 && g_str_equal(group, key_types[i].group);
        return right || refuse(error, GUESTCTL_ERROR_DENIED, "img_signature_key_type=%s, and the certificate has another key", type);
    }
    return unknown(properties[2], type, error);
}

static bool read_key(ImageSignature *signature, JsonObject *document, const char *certs, GError **error)
{
    const char *uuid = glance_text(document, properties[3]), *type = glance_text(document, properties[2]);
    if (!g_uuid_string_is_valid(uuid)) /* it becomes a file's name */
        return unknown(properties[3], uuid, error);
    g_autofree char *file = g_strconcat(uuid, ".pem", NULL);
    signature->certificate = g_build_filename(certs, file, NULL);
    g_autoptr(X509) certificate = load_certificate(signature->certificate, error);
    if (!certificate)
        return false;
    signature->key = X509_get_pubkey(certificate);
    signature->pss = g_str_equal(type, "RSA-PSS");
    if (!signature->key)
        return refuse(error, GUESTCTL_ERROR_INVALID, "the key of %s is of no known kind", signature->certificate);
    return key_fits(signature->key, type, error);
}

ImageSignature *image_signature_open(JsonObject *document, const char *certs, GError **error)
{
    g_autoptr(ImageSignature) signature = g_new0(ImageSignature, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(properties); i++)
        if (!*glance_text(document, properties[i])) {
            refuse(error, GUESTCTL_ERROR_INVALID, "%s is missing, and the other properties of a signature are there; have it signed anew, or "
                   "use --no-signature", properties[i]);
            return NULL;
        }
    if (!read_hash(signature, document, error) || !read_bytes(signature, document, error) || !read_key(signature, document, certs, error))
        return NULL;
    return g_steal_pointer(&signature);
}

static EVP_MD_CTX *verifier(const ImageSignature *signature)
{
    EVP_PKEY_CTX *key = NULL; /* the other one's */
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    if (EVP_DigestVerifyInit(context, &key, signature->hash, NULL, signature->key) != 1)
        return NULL;
    if (signature->pss && (EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) != 1 ||
                           EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_AUTO) != 1))
        return NULL;
    return g_steal_pointer(&context);
}

static bool digest(EVP_MD_CTX *context, int fd, GCancellable *cancel, GError **error)
{
    g_autofree char *piece = g_malloc(PIECE);
    for (off_t at = 0;;) {
        ssize_t length = pread(fd, piece, PIECE, at);
        if (length == 0)
            return true;
        if (length < 0 && errno != EINTR) {
            error_set_errno(error, errno, "reading the image to verify its signature");
            return false;
        }
        if (length > 0 && EVP_DigestVerifyUpdate(context, piece, (size_t)length) != 1)
            return refuse(error, GUESTCTL_ERROR_INVALID, "OpenSSL cannot compute it");
        at += MAX(length, 0);
        if (g_cancellable_is_cancelled(cancel)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "interrupted while its signature was verified");
            return false;
        }
    }
}

bool image_signature_check(const ImageSignature *signature, int fd, GCancellable *cancel, GError **error)
{
    g_autoptr(EVP_MD_CTX) context = verifier(signature);
    if (!context)
        return refuse(error, GUESTCTL_ERROR_INVALID, "OpenSSL cannot verify this kind of key with this hash");
    if (!digest(context, fd, cancel, error))
        return false;
    if (EVP_DigestVerifyFinal(context, signature->bytes, signature->length) == 1)
        return true;
    return refuse(error, GUESTCTL_ERROR_DENIED, "it is not that of this content by %s: the image was changed, or somebody else signed it",
                  signature->certificate);
}
