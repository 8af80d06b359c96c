/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A xen.efi on a boot volume. Paths have no root in front. */
typedef struct XenEfi {
    char *mount;  /* its volume: one of esp_mounts */
    char *folder; /* where it lies: its configuration's names are relative to this */
    char *name;   /* of the file */
    char *config; /* what it reads when nobody names another; NULL: there is none */
} XenEfi;

/* XenEfi*: every EFI/FOLDER/xen*.efi, those with a configuration first. Caller unrefs. */
GPtrArray *xen_efi_list(const char *root);
void xen_efi_free(XenEfi *efi);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenEfi, xen_efi_free)

XenEfi *xen_efi_new(const char *root, const char *path); /* of this file */
bool xen_efi_is_name(const char *name);                  /* whether a file of this name is taken for Xen */

/* A name in its configuration: relative to its folder, or to the volume when it begins with a separator. NULL: not there. */
char *xen_efi_find(const char *root, const XenEfi *efi, const char *name);

/* What xen.efi boots by a configuration. */
typedef struct XenBoot {
    char *path;    /* of the file that has it: the configuration, or one that it names by chain= */
    char *text;
    char *section; /* NULL: values are taken from the whole file */
    char *line;    /* options=, "" when there is none */
    char *kernel;  /* with its command line */
    char *ramdisk; /* NULL: none */
} XenBoot;

/* Follow a configuration as xen.efi does: default=, then chain= while there is no kernel=. section NULL: its default.
 * GUESTCTL_ERROR_INVALID when it would not boot. */
XenBoot *xen_boot_read(const char *root, const XenEfi *efi, const char *config, const char *section, GError **error);
void xen_boot_free(XenBoot *boot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenBoot, xen_boot_free)

/* What of dom0's files is not on the volume, so that xen.efi stops: a sentence. NULL: all are there. Caller frees. */
char *xen_boot_missing(const char *root, const XenEfi *efi, const XenBoot *boot);

/* Add what one should know of the text: Reason*. */
void xen_boot_explain(const char *root, const XenEfi *efi, const XenBoot *boot, GPtrArray *reasons);
