/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/image/http.h"

/* Which cloud, and who we are there: clouds.yaml, secure.yaml over it, OS_* variables over both, as openstackclient has it.
 * https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html */

typedef enum {
    CLOUD_AUTH_NONE,       /* an image service without Keystone */
    CLOUD_AUTH_TOKEN,      /* a token that somebody else got */
    CLOUD_AUTH_PASSWORD,
    CLOUD_AUTH_CREDENTIAL, /* an application credential */
} CloudAuth;

/* Each text may be NULL. What is a secret is never put into a message. */
typedef struct Cloud {
    CloudAuth auth;
    char *source; /* for messages: "cloud lab of /etc/openstack/clouds.yaml", "the OS_* variables" */
    char *auth_type, *auth_url;
    char *username, *user_id, *user_domain_name, *user_domain_id, *password;
    char *project_name, *project_id, *project_domain_name, *project_domain_id;
    char *domain_name, *domain_id, *default_domain_name, *default_domain_id, *system_scope;
    char *credential_id, *credential_name, *credential_secret;
    char *token;
    char *region, *interface;         /* interface: "public", "internal" or "admin" */
    char *endpoint, *image_endpoint;  /* where the image service is, instead of the catalog; the second wins */
    char *identity_version, *profile, *verify, *unsafe; /* as they are written */
    char *cacert, *cert, *key;
    bool insecure;
} Cloud;

void cloud_free(Cloud *cloud);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cloud, cloud_free)

/* From an environment (g_get_environ()) and the files that it leads to. NOT_FOUND: nothing is said at all, or no such cloud (the
 * message lists those there are); INVALID: what is missing or wrong. DENIED: a file that somebody else could have written. */
Cloud *cloud_load(char **environment, GError **error);

/* How its servers are reached. */
HttpPeer cloud_peer(const Cloud *cloud);
/* Where its image service is said to be, before any catalog; NULL: ask the catalog. */
const char *cloud_image_endpoint(const Cloud *cloud);
