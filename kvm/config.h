/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/guest.h"
#include "common/host.h"
#include "kvm/xml.h"

/* Inside kvm/ only: the parts of the translation Guest → domain XML. Each writes its elements, and returns
 * false with GUESTCTL_ERROR_UNSUPPORTED when a field cannot mean anything to QEMU: nothing is dropped silently. */

/* The namespace of the element that holds our note, and how libvirt gives it back. */
#define KVM_NOTE_URI "urn:guestctl:note:1"
#define KVM_NOTE_PREFIX "guestctl"

bool config_cpu(Xml *xml, const Guest *guest, const Host *host, GError **error);
bool config_disks(Xml *xml, const Guest *guest, GError **error);
bool config_nics(Xml *xml, const Guest *guest, GError **error);
bool config_devices(Xml *xml, const Guest *guest, GError **error);

/* What QEMU calls by this name: the first format of that name, raw of the several that are raw. False: QEMU has no such name. */
bool config_parse_qemu_format(const char *name, DiskFormat *format);

bool config_is_kvm(const Guest *guest);
bool config_is_x86(const Guest *guest);
const char *config_on_off(bool on);

/* Set *error to `guest "web": FIELD VALUE: WHY` and return false. */
bool config_refuse(const Guest *guest, const char *field, const char *value, const char *why, GError **error);

/* Refuse a value that is not among words; NULL value is right. */
bool config_check_word(const Guest *guest, const char *field, const char *value, const char *const *words, GError **error);
