/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/backend.h"

/* The one door to libvirt. The two share every function: a guest's own backend word says which of the two domain types
 * it is. */
extern const Backend kvm_backend, qemu_backend;

/* What libvirt receives for a decided guest: domain XML. Pure. GUESTCTL_ERROR_UNSUPPORTED names the field that
 * cannot mean anything here. Caller frees. */
char *kvm_config_xml(const Guest *guest, const Host *host, GError **error);

/* Run a few 64-bit instructions in /dev/kvm (NULL: that path). False with a text that says what happened, owned
 * by the caller; *reason is set in both cases. Takes milliseconds, never more than two seconds. */
bool kvm_probe_cpu(const char *device, char **reason);
