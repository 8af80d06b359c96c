/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The entry for Xen that systemd-boot does not have yet: made from an entry for Linux on the volume of a xen.efi, the only
 * one that xen.efi can read. */
#define NEW_ENTRY_ID "guestctl-xen.conf"

typedef struct NewEntry {
    char *path;    /* of the entry */
    char *config;  /* of the configuration that it names, beside xen.efi */
    char *efi;     /* xen.efi, on its volume */
    char *kernel;  /* with its command line, as xen.efi wants it */
    char *ramdisk; /* NULL: none */
    char *from;    /* the path of the entry for Linux */
    char *pin;     /* what the default must be set to, or the new entry could become it; NULL: see loose */
    bool loose;    /* the default is not set, and nothing is known to which it could be */
} NewEntry;

/* entries: LoaderEntry*; pattern: the default, or NULL. NOT_FOUND says what is missing, INVALID what cannot be carried over. */
NewEntry *new_entry_find(const char *root, const GPtrArray *entries, const char *pattern, GError **error);
/* kernel, ramdisk and from alone, for a configuration on this volume. */
NewEntry *new_entry_kernel(const char *root, const GPtrArray *entries, const char *pattern, const char *mount, GError **error);
void new_entry_free(NewEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NewEntry, new_entry_free)
