/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "common/disk-format.h"

/* What libguestfs puts into a guest's own disk before its first boot (docs/decisions/0007). The work is done by guestctl-inject
 * (inject/), which reads the document below, and by libguestfs' appliance, which alone mounts the guest's file systems. */

enum {
    INJECT_FILE_MAX = 256 * 1024,   /* bytes of one file */
    INJECT_ALL_MAX = 512 * 1024,    /* of all: they are in the plan, escaped twice, and PLAN_MAX is for all of it. nova: 5 files of 10 KiB */
    INJECT_FILES_MAX = 64,
    INJECT_TIMEOUT_S = 600,         /* for all of it; under emulation the first time takes a minute, since the appliance is made */
};

/* nova's inject_partition, by its numbers: what follows the last of them is the partition's own, from 1. */
enum { INJECT_DISABLED = -2, INJECT_INSPECT = -1, INJECT_WHOLE = 0, INJECT_PARTITION_MAX = 128 };

typedef struct InjectFile {
    char *path;    /* in the guest */
    unsigned mode; /* permission bits; it is root's */
    GBytes *bytes;
} InjectFile;

void inject_file_free(void *file);

/* All that is put in, and where: the document guestctl-inject/1. */
typedef struct Inject {
    char *guest, *disk;       /* names, for messages */
    char *storage, *path;     /* who made the disk, and where it is, as in StorageDisk */
    DiskFormat format;
    char *ceph_conf, *rbd_user; /* of rbd; NULL */
    int partition;            /* never INJECT_DISABLED */
    bool kvm;                 /* the appliance runs by KVM; else it is emulated */
    bool carry_on;            /* on-failure = continue */
    char *user;               /* whose keys and password; he must be in the guest */
    char *hostname, *password_hash; /* NULL: none */
    GStrv keys;               /* lines of authorized_keys; NULL: none */
    GPtrArray *files;         /* InjectFile* */
    char *scratch;            /* a folder of this very run; removed after it */
    char *cache;              /* a folder for the appliance, which is kept */
} Inject;

Inject *inject_new(void);
void inject_free(Inject *inject);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inject, inject_free)

/* "inspect", "none", "whole" or a number, and nova's -1, -2 and 0. GUESTCTL_ERROR_INVALID. */
bool inject_partition_parse(const char *word, int *partition, GError **error);
char *inject_partition_text(int partition); /* caller frees */

/* guestctl.conf's [inject]. What it does not say is false, and INJECT_INSPECT. */
typedef enum { INJECT_POLICY_PARTITION, INJECT_POLICY_KEY, INJECT_POLICY_PASSWORD, INJECT_POLICY_KEYS } InjectPolicyKey;
typedef struct InjectPolicy {
    int partition;      /* of a guest that names none */
    bool key, password; /* [cloud-init]'s are put into the disk of an image without cloud-init too */
    char *said[INJECT_POLICY_KEYS]; /* "/etc/guestctl/guestctl.conf: inject_key = yes"; NULL: not said */
} InjectPolicy;

void inject_policy_clear(InjectPolicy *policy);
/* Set one key, by our name or nova's. GUESTCTL_ERROR_INVALID, also for a key that is not known: the nearest is named. */
bool inject_policy_set(InjectPolicy *policy, const char *key, const char *value, const char *source, GError **error);
GPtrArray *inject_policy_keys(void); /* ours and nova's, NULL-terminated; owned by the caller with its texts */

/* An absolute path without "..", "//" or what is no text, that names a file: INVALID. */
bool inject_path_check(const char *path, GError **error);

char *inject_to_json(const Inject *inject);
Inject *inject_parse(const char *text, GError **error);

/* The words of qemu-nbd for the disk, without the program. char*; NULL-terminated. */
GStrv inject_nbd_words(const Inject *inject);

/* Texts of the guest's own files with what is put in. user is a line of passwd(5) or shadow(5). NOT_FOUND when he has none;
 * GUESTCTL_ERROR_INVALID when it is damaged. Callers free. */
bool inject_home_of(const char *passwd, const char *user, char **home, int *uid, int *gid, GError **error);
char *inject_shadow_with(const char *shadow, const char *user, const char *hash, GError **error);
char *inject_keys_with(const char *authorized_keys, const GStrv keys); /* each key once, after what is there */

/* Before anything is built: guestctl-inject, libguestfs and what it needs are here. UNSUPPORTED says what is missing and its package. */
bool inject_check(const char *text, GError **error);
/* Carry out the document. After an error the disk may hold a part. TIMED_OUT, INTERRUPTED, NOT_FOUND (the partition, the user),
 * INVALID (no root found), HYPERVISOR. */
bool inject_run(const char *text, GCancellable *cancel, GError **error);
bool inject_carries_on(const char *text);
/* The folder of a run that has ended, with all in it. */
bool inject_remove_scratch(const Inject *inject, GError **error);
/* The same of a run that was killed. */
bool inject_undo(const char *text, GError **error);
