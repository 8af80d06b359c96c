/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What this machine can do: plain data, so that each decision can be replayed elsewhere (--host FILE).
 * Strings are owned; NULL means not there. */
typedef struct Host {
    bool probe_anew; /* set before hypervisors are asked: no answer that an earlier run has kept is taken */
    char *name;
    char *arch;        /* libvirt's name: x86_64 */
    char *cpu_vendor;  /* "GenuineIntel", "AuthenticAMD" */
    char *cpu_model;   /* as /proc/cpuinfo says, for people */
    GStrv cpu_flags;   /* of /proc/cpuinfo */
    unsigned cpus;
    unsigned numa_nodes; /* of the machine; 0: not known */
    guint64 memory_kib, free_memory_kib; /* of the machine under Xen, not of dom0 */
    GStrv bridges;     /* never NULL */
    char *identity_seed; /* 32 hex digits: UUIDs and MAC addresses derive from it and the guest's name */

    struct {
        bool usable;    /* this is a control domain and libxl opens */
        char *reason;   /* why not, or what was seen */
        char *version;  /* "4.17.7-pre" */
        char *command_line; /* that it was started with, cut to 1023 bytes by Xen itself */
        char *caps;     /* "xen-3.0-x86_64 hvm-3.0-x86_64 ..." */
        bool pv, pvh, hvm, hap, shadow;
        bool iommu;     /* HVM guests can be given PCI devices */
        char *scheduler;
        char *toolstack; /* libxl's own version when it was built */
        char *pvgrub;   /* GRUB for PV guests, amd64 */
        char *pvhgrub;  /* GRUB for PVH guests */
        char *ovmf;     /* UEFI firmware for hvmloader */
        char *device_model; /* qemu-system-i386 that libxl will use */
    } xen;

    struct {
        bool usable;    /* libvirt's QEMU driver and a QEMU are here */
        char *reason;
        bool kvm_works; /* a probe ran 64-bit code in /dev/kvm, not: the device exists */
        char *kvm_reason;
        char *libvirt_version, *qemu_version; /* "9.0.0", "7.2.22" */
        char *emulator; /* /usr/bin/qemu-system-x86_64 */
        char *uri;      /* where libvirt will be reached; "embed" means the driver inside this program */
        char *ovmf_code, *ovmf_vars;               /* UEFI firmware and its pristine variables */
        char *ovmf_code_secure, *ovmf_vars_secure; /* the same with secure boot */
        char *user; /* "root" or libvirt's: who runs QEMU under the embedded driver */
    } kvm;
} Host;

Host *host_new(void);
void host_free(Host *host);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Host, host_free)

/* What every backend's guests share: name, arch, CPUs, memory, bridges, seed. sysroot is "" or the root of
 * a fixture tree with proc/, sys/ and etc/; root is Paths.root. Never fails: what cannot be read stays empty. */
void host_probe_common(Host *host, const char *sysroot, const char *root);

/* The document "guestctl-host/1" (docs/formats.md). host_parse is strict: unknown keys are errors. */
char *host_to_json(const Host *host);
Host *host_parse(const char *text, const char *source, GError **error);
Host *host_load(const char *path, GError **error);

/* "xen", "kvm" or "qemu": Xen when this is a control domain, else KVM where it works, else emulation.
 * NULL with GUESTCTL_ERROR_UNSUPPORTED when none is usable; the message has each one's reason. */
const char *host_best_backend(const Host *host, GError **error);

/* Why this backend cannot be used there; NULL when it can. */
const char *host_doubt(const Host *host, const char *backend);
