/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/sys-tree.h"

/* What is called differently on each distribution. */
typedef enum {
    PACKAGE_QEMU,
    PACKAGE_LIBVIRT_QEMU, /* libvirt's QEMU driver */
    PACKAGE_XEN,          /* hypervisor and tools */
    PACKAGE_KERNEL,       /* a kernel with all modules */
    PACKAGE_IMAGE,        /* a kernel in /boot */
    PACKAGE_UDEV,         /* has the rule for /dev/kvm */
    PACKAGE_LIBGUESTFS,
    PACKAGES
} Package;

typedef struct Distro Distro;

/* By ID, then each word of ID_LIKE in /etc/os-release; a distribution that is not known gets general words. */
const Distro *distro_of(SysTree *tree, char **pretty_name); /* *pretty_name may be NULL: not said. Caller frees */

/* "apt-get install qemu-system-x86"; QEMU's package is that of arch (libvirt's name; NULL: x86_64). Caller frees. */
char *distro_install(const Distro *distro, Package package, const char *arch);
char *distro_add_group(const Distro *distro, const char *group); /* "groupadd --system kvm". Caller frees */
char *distro_join_group(const Distro *distro, const char *user, const char *group); /* "usermod --append --groups kvm qemu". Caller frees */
char *distro_start_xen(const Distro *distro); /* xenstored and xenconsoled: "systemctl enable --now xen". Caller frees */
