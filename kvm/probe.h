/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/host.h"

/* Inside kvm/ only: see backend.h. Opens neither libvirt nor QEMU. */
bool kvm_probe(Host *host, GError **error);

/* Fill host->kvm.ovmf_*: from QEMU's firmware descriptors below sysroot ("" or a fixture tree), else from the
 * places where distributions put OVMF. */
void probe_firmware(Host *host, const char *sysroot);

/* The version that a QEMU binary would print, read from the binary itself. NULL when it is not found there. */
char *probe_qemu_version(const char *path);
