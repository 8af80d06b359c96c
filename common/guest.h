/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/disk-format.h"
#include "common/reason.h"

/* The decided guest: what a backend turns into libxl JSON or domain XML, with nothing left to choose.
 * Only decide() makes one. Strings are owned; NULL means that the thing is not there at all. The words
 * are nova's (disk buses, NIC models, video models, CPU modes). */

typedef enum { VM_MODE_PV, VM_MODE_PVH, VM_MODE_HVM } VmMode;

typedef enum {
    BOOT_KERNEL,   /* kernel, ramdisk and cmdline are given to the hypervisor */
    BOOT_PVGRUB,   /* PV or PVH: GRUB runs inside the guest and reads the guest's own disk */
    BOOT_FIRMWARE, /* HVM: BIOS or UEFI reads the boot disk */
} BootMethod;

typedef enum { FIRMWARE_NONE, FIRMWARE_BIOS, FIRMWARE_UEFI } Firmware;

typedef enum { DEVICE_DISK, DEVICE_CDROM, DEVICE_FLOPPY } DeviceType;

/* What happens to the guest when it stops by itself. Names as xl and libvirt spell them. */
typedef enum { ACTION_DESTROY, ACTION_RESTART, ACTION_PRESERVE } EventAction;

typedef struct GuestDisk {
    char *name;   /* of its group in the guest file: "root" */
    char *path;   /* absolute host path */
    DiskFormat format;
    DeviceType device;
    char *bus;    /* xen, ide, virtio, scsi, sata, usb, fdc */
    char *target; /* xvda, hda, vda, sda, fda */
    char *driver; /* who serves it: "phy" or "qdisk" on Xen, "qemu" elsewhere */
    char *cache;  /* QEMU's cache mode; NULL on Xen, where libxl decides */
    bool read_only;
    bool discard;
    bool block_device; /* path is a block device, not a file */
    char *storage;     /* who made it for this guest: "flat", "qcow2"; NULL: it is the user's, or an image that is only read */
    char *base;        /* an overlay's: the stored image's disk, of base_format. NULL: it stands alone */
    DiskFormat base_format;
    char *protocol;    /* "rbd": path is POOL/IMAGE there; NULL: path is of this host */
    char *ceph_conf, *rbd_user, *rbd_secret; /* of rbd; user and libvirt's secret may be NULL */
    guint64 size_bytes;         /* of a disk with storage */
    struct StorageDisk *create; /* what has to be made before the guest is (storage.h); NULL: nothing. Not a field of its own */
} GuestDisk;

typedef struct GuestNic {
    char *name;   /* of its group in the guest file: "lan" */
    char *mac;    /* "00:16:3e:xx:xx:xx" */
    char *bridge; /* NULL: QEMU's user network, which needs no privileges */
    char *model;  /* nova's words: netfront, virtio, e1000, rtl8139, ...; NULL: the hypervisor's own choice */
    unsigned queues; /* 1 or more */
} GuestNic;

typedef struct Guest {
    char *name;
    char *uuid;
    char *backend; /* "xen", "kvm" or "qemu" */
    char *arch;    /* libvirt's name: x86_64, i686, aarch64 */
    VmMode mode;
    guint64 memory_kib, max_memory_kib;
    unsigned vcpus, max_vcpus;

    char *cpu_mode;  /* "none", "host-model", "host-passthrough", "custom" */
    char *cpu_model; /* with custom only */
    GStrv cpu_flags; /* "+pcid", "-vmx": never NULL, may be empty */
    unsigned cpu_sockets, cpu_cores, cpu_threads; /* all 0: the hypervisor's own choice */

    BootMethod boot;
    Firmware firmware;
    char *kernel, *ramdisk, *cmdline; /* BOOT_KERNEL; kernel is the pvgrub image for BOOT_PVGRUB */
    char *loader, *nvram_template, *nvram; /* UEFI's code, its pristine variables, this guest's variables */
    bool secure_boot;
    bool boot_menu;
    char *boot_order; /* letters as xl's boot=: c disk, d CD-ROM, n network. NULL without firmware */

    char *machine; /* QEMU's machine type; NULL on PV and PVH */
    bool acpi, apic, pae;
    bool hyperv;          /* Hyper-V enlightenments for Windows (Xen: viridian) */
    bool hide_hypervisor; /* KVM only */
    bool pmu;
    bool hpet;
    bool localtime; /* clock offset: localtime for Windows, UTC for everything else */
    bool nested;    /* vmx or svm is visible inside */

    char *video; /* vga, cirrus, qxl, virtio, vmvga, bochs, xen; NULL: none */
    unsigned video_ram_mib; /* 0: the hypervisor's own choice */
    char *graphics;         /* "vnc" on loopback, NULL: none */
    char *console;          /* "pv" or "serial" */
    unsigned serial_ports;
    char *rng;      /* "virtio" or NULL */
    char *watchdog; /* action: pause, poweroff, reset, none; NULL: no device */
    char *pointer;  /* "usbtablet" or NULL */
    char *scsi_model;
    char *sound;
    char *tpm;      /* "tpm-tis" or "tpm-crb" */
    char *tpm_version;
    bool guest_agent;

    char *seed; /* what cloud-init finds: "nocloud" or "config-drive"; NULL: nothing. The disk "seed" is it, made of: */
    char *seed_hostname, *seed_instance_id;
    char *seed_user;      /* NULL: the image's default user */
    char *seed_password;  /* "set" or NULL */
    unsigned seed_keys;   /* how many SSH keys; 0: none */
    char *seed_user_data, *seed_network_config; /* "generated" or a path; a path or NULL */

    char *inject; /* what puts files into the root disk before its first boot: "libguestfs"; NULL: nothing does. Of it: */
    char *inject_partition;  /* "inspect", "whole" or a number */
    char *inject_files;      /* their paths in the guest, with commas between; NULL: none */
    char *inject_hostname;
    char *inject_user;       /* whose keys and password */
    char *inject_password;   /* "set" or NULL */
    unsigned inject_keys;    /* how many; 0: none */
    char *inject_on_failure; /* "stop" or "continue" */
    char *inject_appliance;  /* "kvm" or "emulated" */

    EventAction on_poweroff, on_reboot, on_crash;
    unsigned shutdown_timeout_s; /* os_shutdown_timeout: how long `shutdown --wait` waits */

    GPtrArray *disks;   /* GuestDisk*, in boot order: the root disk first */
    GPtrArray *nics;    /* GuestNic* */
    GPtrArray *reasons; /* Reason*: one for each field below, in the order of decision */

    char *folder;     /* the guest's own below /var/lib/guestctl, where its disks and their records are; NULL: it needs none */
    char *seed_path, *seed_text;  /* where it will be, and the seed's files, for the step that writes it (seed.h); NULL: no seed */
    char *inject_text; /* for the step that does it (inject/inject.h); NULL: there is none */
    char *image;      /* where the metadata came from, for notes and messages; NULL: no metadata */
    char *definition; /* the guest file, absolute; NULL when the guest was described by options */
} Guest;

void guest_free(Guest *guest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Guest, guest_free)
Guest *guest_new(void);
GuestDisk *guest_add_disk(Guest *guest, const char *name); /* owned by the guest */
GuestNic *guest_add_nic(Guest *guest, const char *name);

/* Call visit for every decided field that is set, with its value as text. Names are those that users see:
 * "memory", "disk root.bus". The order is that of the struct. */
typedef void GuestFieldFunc(const char *field, const char *value, void *data);
void guest_foreach_field(const Guest *guest, GuestFieldFunc *visit, void *data);

const char *vm_mode_name(VmMode mode); /* "pv", "pvh", "hvm" */
/* Accepts nova's xen, hvm and aliases, and pvh. GUESTCTL_ERROR_INVALID names the choices. */
bool vm_mode_parse(const char *text, VmMode *mode, GError **error);
const char *boot_method_name(BootMethod boot); /* "kernel", "pvgrub", "firmware" */
const char *firmware_name(Firmware firmware);  /* "none", "bios", "uefi" */
const char *device_type_name(DeviceType device); /* "disk", "cdrom", "floppy" */
const char *event_action_name(EventAction action); /* "destroy", "restart", "preserve" */
bool event_action_parse(const char *text, EventAction *action, GError **error);

/* "512M": the largest unit that divides it. Caller frees. */
char *size_format_kib(guint64 kib);
/* "512M" → KiB. Needs a unit: K, M, G or T, powers of 1024; a trailing B or iB is not accepted. */
bool size_parse_kib(const char *text, guint64 *kib, GError **error);

/* A guest's name: 1 to 63 of letters, digits, '-', '_', '.', '+', starting with a letter or digit, so that
 * it is safe as a file name, a xenstore value and a libvirt name. */
bool guest_name_check(const char *name, GError **error);
