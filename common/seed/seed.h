/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What cloud-init is told at a guest's first boot: a small read-only disk with files, which it finds by the disk's label.
 * Nothing of it is secret to whoever can read the guest file; password hashes and keys are in it as they were given. */

typedef enum {
    SEED_NOCLOUD,      /* label cidata: meta-data, user-data, network-config */
    SEED_CONFIG_DRIVE, /* label config-2: openstack/latest/, as nova's config drive */
} SeedKind;

enum { SEED_USER_DATA_MAX = 1024 * 1024, SEED_NETWORK_MAX = 64 * 1024 }; /* bytes; nova takes 64 KiB of user data */

const char *seed_kind_name(SeedKind kind); /* "nocloud", "config-drive" */
bool seed_kind_parse(const char *name, SeedKind *kind);

/* All that a seed is made of: checked, and borrowed. */
typedef struct SeedContent {
    SeedKind kind;
    const char *guest;
    const char *instance_id;   /* cloud-init does everything again when it changes */
    const char *hostname;
    const char *user;          /* NULL: the image's own default user */
    const char *password_hash; /* of that user; NULL: none */
    const GPtrArray *keys;     /* char*: lines of authorized_keys */
    GBytes *user_data;         /* the user's own, as it is; NULL: a small #cloud-config is made */
    GBytes *network_config;    /* the user's own, as it is; NULL: cloud-init asks for DHCP by itself */
} SeedContent;

/* Its files as the text of a plan's step: each after a line "--- PATH BYTES", a file that is no plain text as base64. The
 * disk is made of this text alone. Caller frees. */
char *seed_text(const SeedContent *content);

typedef struct SeedFile {
    char *path; /* in the volume */
    GBytes *bytes;
} SeedFile;

typedef struct Seed {
    SeedKind kind;
    GPtrArray *files; /* SeedFile* */
} Seed;

void seed_free(Seed *seed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seed, seed_free)

/* Read that text again. INVALID when it is not as seed_text() writes it. */
Seed *seed_parse(const char *text, GError **error);

/* An ISO 9660 volume with Joliet and Rock Ridge: the same files give the same bytes. UNSUPPORTED when libisofs is not installed. */
GBytes *seed_iso(const Seed *seed, GError **error);

/* The two together, into a file that only its owner can read. It is replaced as a whole. */
bool seed_write(const char *text, const char *path, GError **error);

/* A host name of RFC 1123: labels of letters, digits and '-', with dots between. */
bool seed_hostname_check(const char *name, GError **error);
/* The name of a guest as one: what is not allowed there becomes '-'. Caller frees. */
char *seed_hostname_of(const char *guest);
/* useradd(8)'s rule. */
bool seed_user_check(const char *name, GError **error);
/* crypt(5): "$id$...". A password in plain text is refused. */
bool seed_password_hash_check(const char *hash, GError **error);
/* Whether cloud-init knows what to do with user data that begins so. */
bool seed_user_data_is_known(GBytes *bytes);
