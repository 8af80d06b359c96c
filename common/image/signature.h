/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

/* The signature of an image, as nova and Glance have it (cursive's signature_utils): four properties, img_signature (base64),
 * img_signature_hash_method, img_signature_key_type and img_signature_certificate_uuid. They take the certificate from Barbican;
 * here it is a file that the administrator put into a folder, UUID.pem, and is trusted for that. */
typedef struct ImageSignature ImageSignature;

bool image_signature_is_there(JsonObject *document);

/* Of a document that has one, with its certificate read and looked at. INVALID: a property is missing, or its value unknown;
 * NOT_FOUND: no certificate; DENIED: it is not valid now. */
ImageSignature *image_signature_open(JsonObject *document, const char *certs, GError **error);
void image_signature_free(ImageSignature *signature);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImageSignature, image_signature_free)

/* Over all that fd has. DENIED: it is not the signature of this content by that certificate. */
bool image_signature_check(const ImageSignature *signature, int fd, GCancellable *cancel, GError **error);
