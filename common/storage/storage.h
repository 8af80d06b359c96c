/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "common/disk-format.h"
#include "common/plan.h"

/* Disks that guestctl makes for a guest, keeps while the guest is not running, and deletes by name (docs/decisions/0006).
 * A disk that the user gave as a path is none of these. */

/* guestctl.conf's [storage]. */
typedef struct StoragePolicy {
    char *type;         /* a driver's name; NULL: not said */
    bool cow;           /* nova's use_cow_images: the default driver is qcow2, else flat */
    bool force_raw;     /* flat: what is not raw is converted */
    bool preallocate;   /* files have all their blocks from the start */
    int discard;        /* -1: not said */
    char *cache_file, *cache_block, *cache_network; /* QEMU's cache mode for each kind of disk; NULL: not said */
    char *volume_group, *thin_pool; /* lvm; NULL: not said */
    bool sparse;        /* lvm: volumes of the thin pool */
    char *clear;        /* lvm, when a volume is deleted: "none", "zero", "shred"; NULL: zero */
    guint64 clear_size; /* bytes from its start; 0: all */
    char *rbd_pool, *ceph_conf, *rbd_user, *rbd_secret; /* NULL: not said */
    GHashTable *said;   /* key → "/etc/guestctl/guestctl.conf: images_type = qcow" */
} StoragePolicy;

StoragePolicy *storage_policy_new(void);
void storage_policy_free(StoragePolicy *policy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoragePolicy, storage_policy_free)

/* Set one key, by our name or nova's. GUESTCTL_ERROR_INVALID, also for a key that is not known: the nearest is named. */
bool storage_policy_set(StoragePolicy *policy, const char *key, const char *value, const char *source, GError **error);

/* What decided a key: "/etc/guestctl/guestctl.conf: images_type = qcow", or "guestctl's default". */
const char *storage_policy_said(const StoragePolicy *policy, const char *key);

/* NULL-terminated, ours first; free the array only. */
GPtrArray *storage_policy_keys(void);

/* One disk. It is also what its record says, and what a step is told: one document (guestctl-disk/1). */
typedef struct StorageDisk {
    char *guest, *name; /* "web", "root" */
    char *owner;        /* the guest's UUID */
    char *storage;      /* the driver's name */
    char *kind;         /* "image", "blank", "ephemeral", "swap" */
    char *path;         /* absolute; POOL/IMAGE of rbd */
    DiskFormat format;
    guint64 size;       /* bytes that the guest sees */
    char *image;        /* id or name of the stored image it was made of; NULL: of none */
    char *base;         /* that image's disk; NULL: none */
    DiskFormat base_format;
    bool overlay;       /* it needs base for as long as it lives */
    char *volume_group, *thin_pool; /* lvm */
    char *pool, *conf, *user;       /* rbd */
    GStrv snapshots;                /* in the order in which they were made; NULL: none */
    char *scratch;                  /* rbd: a file that is needed while the disk is made */
    bool injected;                  /* the plan that made it put files into it */
    char *change, *snapshot;        /* of STEP_CHANGE_DISK: "resize", "snapshot", "revert", "forget", and the snapshot's name */
    /* How it is made; not in the record. */
    guint32 cluster;    /* bytes of an overlay's clusters; 0: QEMU's default */
    bool preallocate;
    guint64 base_size;  /* bytes */
    char *label;        /* of an ephemeral disk's file system */
} StorageDisk;

StorageDisk *storage_disk_new(void);
void storage_disk_free(StorageDisk *disk);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StorageDisk, storage_disk_free)

typedef enum { SNAPSHOT_MAKE, SNAPSHOT_REVERT, SNAPSHOT_DELETE } SnapshotVerb;

/* What a driver finds. */
typedef struct StorageLook {
    bool there;
    bool ours;
    guint64 used; /* bytes that it takes on its storage */
    guint64 size; /* bytes; 0: not looked at */
    bool in_detail; /* asked for: used and size, which may take a while */
} StorageLook;

/* A kind of storage. What is pure gives words of programs (run.h), which a plan shows and a step runs one after the other. */
typedef struct StorageDriver {
    const char *name;
    bool block;           /* its disks are block devices */
    const char *protocol; /* its disks are reached over the network by this; NULL */
    /* Pure: path and format of a disk whose other members are set, and whether it is an overlay. folder is the guest's own. */
    bool (*place)(StorageDisk *disk, const StoragePolicy *policy, const char *folder, GError **error);
    /* Pure. The disk appears under its name by the last of them, whole and synced. */
    void (*make)(const StorageDisk *disk, GPtrArray *words);
    /* Pure. To disk->size, which is larger than it was. */
    void (*resize)(const StorageDisk *disk, GPtrArray *words);
    void (*remove)(const StorageDisk *disk, const StoragePolicy *policy, GPtrArray *words); /* pure */
    /* Of a driver whose disks share something that is made of the image once, or NULL: pure, how it is made before the first disk
     * and removed after the last one; and whether it is there and any disk needs it. */
    void (*make_share)(const StorageDisk *disk, GPtrArray *words);
    void (*remove_share)(const StorageDisk *disk, GPtrArray *words);
    bool (*look_share)(const StorageDisk *disk, bool *there, bool *needed, GError **error);
    /* Pure, of a disk that nobody has open. UNSUPPORTED when the format has none. *consumed: reverting ends the snapshot. */
    bool (*snapshot)(const StorageDisk *disk, SnapshotVerb verb, const char *name, GPtrArray *words, bool *consumed, GError **error);
    /* The names of the snapshots that the storage itself has of it: char*. */
    bool (*list_snapshots)(const StorageDisk *disk, GPtrArray *names, GError **error);
    bool (*look)(const StorageDisk *disk, StorageLook *look, GError **error);
    /* Take back what make did, however far it came. Only what is this owner's. */
    bool (*undo)(const StorageDisk *disk, GError **error);
} StorageDriver;

extern const StorageDriver storage_flat, storage_qcow2, storage_lvm, storage_rbd;

/* By our name or nova's images_type. GUESTCTL_ERROR_INVALID names the nearest; UNSUPPORTED for ploop. "default" gives NULL
 * and no error. */
bool storage_driver_parse(const char *name, const StorageDriver **driver, GError **error);
const StorageDriver *storage_driver(const char *name); /* of a disk that was placed */

/* ROOT/var/lib/guestctl/guests/WEB/root.disk.json, of the disk "root". */
char *storage_record_path(const char *folder, const char *disk);

/* The document, with the words that are run, and those for what disks share (NULL: none). */
char *storage_disk_to_json(const StorageDisk *disk, const GPtrArray *words, const GPtrArray *share);
/* words and share are NULL, or set to a GPtrArray of char*. GUESTCTL_ERROR_INVALID. */
StorageDisk *storage_disk_parse(const char *text, gsize length, const char *source, GPtrArray **words, GPtrArray **share, GError **error);

/* That a disk which is a file lies beside its record, where it was made. GUESTCTL_ERROR_INVALID. */
bool storage_check_place(const StorageDisk *disk, const char *record, GError **error);

/* What the record says; NULL without an error when there is none. */
StorageDisk *storage_record_load(const char *folder, const char *disk, GError **error);
/* All records in a guest's folder, sorted by name. StorageDisk* */
GPtrArray *storage_records(const char *folder, GError **error);

/* Add the step that makes, resizes or deletes a disk. folder is the guest's own. */
void storage_plan_create(Plan *plan, const StorageDisk *disk, const char *folder);
void storage_plan_resize(Plan *plan, StorageDisk *disk, const char *folder); /* to disk->size */
/* NOT_FOUND and EXISTS by what the record knows; disk->snapshots becomes what it will be. */
bool storage_plan_snapshot(Plan *plan, StorageDisk *disk, SnapshotVerb verb, const char *name, const char *folder, GError **error);
void storage_plan_delete(Plan *plan, const StorageDisk *disk, const StoragePolicy *policy, const char *folder);

/* Before a plan begins, under the guest's lock: nothing is where STEP_CREATE_DISK will make the disk. GUESTCTL_ERROR_EXISTS. */
bool storage_check_absent(const Step *step, GError **error);
/* change.c, STEP_CHANGE_DISK: what the storage itself has is the truth, of which the record says what it was. One that was cut off may
 * be begun anew; what is done already is not done again, and the record follows what was done, also after a failure. EXISTS: another
 * command has changed the disk since the plan was made. */
bool storage_change(const StorageDisk *disk, const StorageLook *look, const Step *step, const GPtrArray *words, GCancellable *cancel,
                    GError **error);
/* Make a record say what the storage has; *changed: it said something else. */
bool storage_learn(StorageDisk *record, const StorageLook *look, bool *changed, GError **error);
/* Whether the record says what the storage has: after a change that failed, nothing is left to do. */
bool storage_is_settled(const Step *step);
/* run.c: each line, with the disk in what goes wrong. */
bool storage_run_words(const StorageDisk *disk, const GPtrArray *words, GCancellable *cancel, GError **error);
/* Carry out STEP_CREATE_DISK, STEP_CHANGE_DISK, STEP_DELETE_DISK. Each may be begun anew after a crash, but create after its undo. */
bool storage_run(const Step *step, GCancellable *cancel, GError **error);
/* Take STEP_CREATE_DISK back. The caller knows that there was no such disk before the plan (storage_check_absent). */
bool storage_undo(const Step *step, GError **error);

/* A disk that is a file of ours is no symbolic link: GUESTCTL_ERROR_INVALID. */
bool storage_check_no_link(const StorageDisk *disk, GError **error);

/* disk_check_planned() for any disk of a guest: a qcow2 overlay passes when its record, which lies beside it, says so, and its
 * header names exactly that base and that format. Everything else that names another file is GUESTCTL_ERROR_INVALID. */
bool storage_check_planned(const char *path, DiskFormat planned, GError **error);

/* words.c: one line for run_program(), each word quoted where it needs it. Ends with NULL. */
void storage_words(GPtrArray *words, const char *program, ...) G_GNUC_NULL_TERMINATED;
/* For drivers of files: PATH.new is made whole and becomes PATH. */
char *storage_new_path(const StorageDisk *disk);
void storage_words_finish(const StorageDisk *disk, GPtrArray *words);
void storage_words_remove_file(const StorageDisk *disk, const StoragePolicy *policy, GPtrArray *words);
/* A raw file or device is given its file system or swap area; nothing for other kinds. */
void storage_words_fill(const StorageDisk *disk, const char *path, GPtrArray *words);
const char *storage_qemu_format(DiskFormat format); /* qemu-img's word; NULL: it is not converted */
/* Snapshots inside a qcow2 file. */
bool storage_snapshot_file(const StorageDisk *disk, SnapshotVerb verb, const char *name, GPtrArray *words, bool *consumed, GError **error);
bool storage_list_snapshots_file(const StorageDisk *disk, GPtrArray *names, GError **error);
bool storage_undo_files(const StorageDisk *disk, GError **error);
bool storage_look_file(const StorageDisk *disk, StorageLook *look, GError **error);
