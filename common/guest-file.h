/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/disk-format.h"
#include "common/guest.h"

/* What the user asked for, in a guest's file or by options: trusted. Only what was said is set; the rest is
 * NULL, 0 or -1 and is decided. */
typedef struct RequestDisk {
    char *name;
    char *path;      /* as given; facts_gather() makes it absolute */
    char *bus, *target, *format, *device, *cache;
    int read_only, discard; /* -1 unset */
    char *storage, *kind;   /* of a disk that guestctl makes: flat, qcow2; ephemeral, swap, blank */
    guint64 size_kib;       /* 0 unset */
    /* Facts, read from the file by facts_gather() before anything is decided: */
    bool known;              /* the facts below were read */
    bool is_image;           /* this disk is the image: the metadata speaks of it */
    DiskInfo info;
    bool direct_io;          /* O_DIRECT works there */
    bool own;                /* the guest's own, made by a storage driver: path is NULL, and info is the stored image's, or zero */
    char *stored;            /* own: the stored image's disk; NULL: it is made of none */
    struct StorageDisk *there; /* own: it was made before, and this is its record; NULL: it has to be made */
} RequestDisk;

typedef struct RequestNic {
    char *name;
    char *bridge, *model, *mac;
    bool user; /* network = user: QEMU's own, no bridge */
} RequestNic;

/* [cloud-init]: what the guest is told at its first boot. */
typedef struct RequestSeed {
    bool asked;         /* the group is there, or an option says something of it */
    char *kind;         /* nocloud, config-drive, none */
    char *instance_id, *hostname, *user, *password_hash;
    GStrv ssh_keys;     /* keys, and files of keys; NULL unset */
    char *user_data, *network_config; /* paths */
    /* Facts, read by facts_gather(): */
    GPtrArray *keys;    /* char*: lines of authorized_keys; NULL: none */
    GBytes *user_data_bytes, *network_config_bytes;
    char *path;         /* where the seed will be */
    bool image_takes_it; /* the stored image has cloud-init, says its passport */
} RequestSeed;

/* [inject]: what is put into the guest's own disk before its first boot. */
typedef struct RequestInject {
    bool asked;         /* the group is there */
    char *partition;    /* inspect, none, whole, a number */
    GStrv files;        /* SOURCE:DESTINATION; NULL unset */
    GStrv ssh_keys;     /* as of [cloud-init] */
    char *hostname, *user, *password_hash, *on_failure;
    /* Facts, read by facts_gather(): */
    GPtrArray *keys;     /* char*: lines of authorized_keys; NULL: none */
    GPtrArray *contents; /* InjectFile* (inject/inject.h); NULL: none */
    char *scratch, *cache; /* where the appliance's files of one run, and the appliance itself, will be */
} RequestInject;

typedef struct Request {
    char *name;
    char *definition; /* the file, absolute; NULL when there is none */
    char *image;      /* path or image name, as given */
    char *metadata;   /* path of the metadata document, when given */
    guint64 memory_kib, max_memory_kib; /* 0 unset */
    unsigned vcpus, max_vcpus;          /* 0 unset */
    char *mode;       /* vm-mode: overrides the image's */
    char *hypervisor_type; /* overrides the image's; "any": may run here whatever the image says */
    char *kernel, *ramdisk, *cmdline;
    char *nvram; /* set by facts_gather(): where the guest's UEFI variables are kept */
    char *folder; /* set by facts_gather(): the guest's own below /var/lib/guestctl */
    char *image_kernel, *image_ramdisk; /* set by facts_gather(): where the image's kernel_id and ramdisk_id are */
    char *firmware, *machine, *cpu_mode, *cpu_model;
    GStrv cpu_flags;  /* NULL unset */
    char *video, *graphics, *watchdog, *rng;
    int guest_agent, boot_menu, serial_ports; /* -1 unset */
    char *on_poweroff, *on_reboot, *on_crash;
    int autostart;     /* -1 unset */
    int start_order;   /* -1 unset */
    GPtrArray *disks;  /* RequestDisk* */
    GPtrArray *nics;   /* RequestNic* */
    RequestSeed seed;
    RequestInject inject;
} Request;

Request *request_new(void);
void request_free(Request *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Request, request_free)
RequestDisk *request_add_disk(Request *request, const char *name);
RequestNic *request_add_nic(Request *request, const char *name);

/* Read NAME.guest. Unknown groups and keys are errors that name the nearest known one, as are duplicates;
 * the line is named. name is NULL (then it is the file's name without .guest) or overrides it. */
Request *guest_file_parse(const char *text, const char *source, const char *name, GError **error);
Request *guest_file_load(const char *path, const char *name, GError **error);

/* The keys that a group of this kind ("guest", "disk", "nic", "cloud-init", "inject") may have; NULL-terminated, free the array only. */
GPtrArray *guest_file_keys(const char *kind);

/* Set one key of a Request ("guest"), RequestDisk ("disk"), RequestNic ("nic"), RequestSeed ("cloud-init") or
 * RequestInject ("inject") from text, as the file does:
 * options of the command line and the file are read by the same rules. */
bool request_set(void *base, const char *kind, const char *key, const char *value, GError **error);
