/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "grub/loader-entry.h"
#include "grub/xen-efi.h"

/* An entry of systemd-boot that starts xen.efi, and what that makes of the entry's options (xen 4.17 common/efi/boot.c
 * efi_start): the first word is taken for the program's name whatever it is, -cfg=FILE names the configuration, the last
 * word without a dash the section, and all behind "--" follows the configuration's options in Xen's line. */
typedef struct XenEntry {
    XenEfi *efi;
    char *config;    /* that it names; NULL: none */
    char *section;   /* NULL: the configuration's default */
    char *behind;    /* "--"; "" when there is nothing */
    bool headless;   /* -cfg= is the first word, so that xen.efi does not see it; config is what was meant */
} XenEntry;

bool xen_entry_is(const LoaderEntry *entry);
XenEntry *xen_entry_new(const char *root, const LoaderEntry *entry, GError **error); /* NOT_FOUND: no such file */
void xen_entry_free(XenEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenEntry, xen_entry_free)

/* What it boots. GUESTCTL_ERROR_INVALID when it would not boot. When only its first word is missing, lenient shows what was
 * meant. */
XenBoot *xen_entry_read(const char *root, const LoaderEntry *from, const XenEntry *entry, bool lenient, GError **error);

/* The options of the section, then those behind "--". Caller frees. */
char *xen_entry_line(const XenEntry *entry, const XenBoot *boot);
