/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/check.h"

/* Inside check*.c only: what one check is, and what those functions share. */

enum {
    NEEDS_NOTHING = 0,
    NEEDS_FILES = 1, /* unknown without the machine's files */
    NEEDS_PROBE = 2, /* unknown unless its hypervisors were asked */
    OF_KVM = 4,      /* not for a Xen control domain */
    OF_XEN = 8,      /* only for one */
};

typedef struct CheckSpec {
    const char *name, *title;
    void (*look)(const CheckFacts *facts, Check *check);
    unsigned flags;
} CheckSpec;

/* Each list ends with a NULL name. */
extern const CheckSpec check_list_kvm[], check_list_kvm_device[], check_list_xen[], check_list_xen_service[], check_list_rest[];

/* What was found. The result of a check is set once; a remedy and fixes may follow. */
void check_set(Check *check, CheckState state, const char *evidence, ...) G_GNUC_PRINTF(3, 4);
void check_remedy(Check *check, const char *remedy, ...) G_GNUC_PRINTF(2, 3);
char *check_install(const CheckFacts *facts, Package package); /* the command that installs it. Caller frees */
void check_remedy_install(Check *check, const CheckFacts *facts, Package package);
void check_add_fix(Check *check, FixKind kind, const char *word);

/* A kernel module that is not there: why, what to do, and the fix when it can simply be loaded. "module vhost_net" */
void check_missing_module(Check *check, const CheckFacts *facts, CheckState state, const char *name);

/* The CPU as /proc/cpuinfo shows it. */
typedef enum { CPU_X86, CPU_POWER, CPU_OTHER, CPU_NOT_KNOWN } CpuKind; /* NOT_KNOWN: no file tells */
CpuKind check_cpu_kind(const CheckFacts *facts);
bool check_has_flag(const CheckFacts *facts, const char *flag);
const char *check_kvm_module(const CheckFacts *facts); /* "kvm_intel", "kvm_amd", "kvm_hv"; NULL: no module can drive this CPU */
char *check_firmware_line(const CheckFacts *facts);    /* the kernel's line that the firmware has switched it off. NULL: none */

bool check_on_xen(const CheckFacts *facts);        /* this is a Xen control domain */
char *check_xen_installed(const CheckFacts *facts); /* "/boot/xen-4.17-amd64.gz"; NULL. Caller frees */
char *check_qemu_driver(const CheckFacts *facts);   /* libvirt's driver for QEMU, a path. NULL: not there. Caller frees */
char *check_read(const CheckFacts *facts, const char *path); /* a small file, stripped; NULL: none. Caller frees */
