/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "common/image/clouds.h"

/* Keystone's API 3: who we are becomes a token, and the catalog says where the image service is.
 * https://docs.openstack.org/api-ref/identity/v3/ */

/* What of a session with a cloud is needed to speak to its image service. */
typedef struct KeystoneSession {
    char *token;    /* NULL: no-auth. A secret */
    char *endpoint; /* the image service's URL, without version and without a slash at its end */
} KeystoneSession;

void keystone_session_free(KeystoneSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeystoneSession, keystone_session_free)

/* DENIED: wrong password, credential or token. NOT_FOUND: the catalog has no such image service. Else as http_ask(). */
KeystoneSession *keystone_open(const Cloud *cloud, GCancellable *cancel, GError **error);

/* Pure, for tests. */
char *keystone_url(const char *auth_url, GError **error);   /* "http://host:5000/v3", from with or without the version */
char *keystone_request(const Cloud *cloud);                 /* the JSON body of POST /v3/auth/tokens: holds the secret */
char *keystone_endpoint(const char *answer, gsize length, const Cloud *cloud, GError **error); /* of the image service, in a token's JSON */
char *glance_base_url(const char *endpoint, GError **error); /* without /v2 and slashes */
