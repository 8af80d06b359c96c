/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/new-entry.h"

#include <string.h>

#include "common/error.h"
#include "grub/efi-config.h"
#include "grub/esp.h"
#include "grub/loader-entry.h"
#include "grub/xen-efi.h"

void new_entry_free(NewEntry *entry)
{
    if (!entry)
        return;
    g_free(entry->path);
    g_free(entry->config);
    g_free(entry->efi);
    g_free(entry->kernel);
    g_free(entry->ramdisk);
    g_free(entry->from);
    g_free(entry->pin);
    g_free(entry);
}

static const XenEfi *efi_on(const GPtrArray *list, const char *mount)
{
    for (guint i = 0; i < list->len; i++) {
        const XenEfi *efi = list->pdata[i];
        if (g_str_equal(efi->mount, mount))
            return efi;
    }
    return NULL;
}

/* Newer by the version that it says, else by name. */
static bool is_newer(const LoaderEntry *entry, const LoaderEntry *other)
{
    if (entry->version && other->version)
        return strverscmp(entry->version, other->version) > 0;
    return strverscmp(entry->id, other->id) > 0;
}

/* One whose kernel is there before one whose kernel is gone, then the default one before others. */
static int rank(const char *root, const LoaderEntry *entry, const char *pattern)
{
    g_autofree char *kernel = esp_find(root, entry->mount, entry->kernel);
    return (kernel ? 2 : 0) + (pattern && loader_matches(entry->id, pattern));
}

/* The default one if it is for Linux, else the newest, of those on this volume (NULL: on any with a xen.efi). */
static const LoaderEntry *pick_linux(const char *root, const GPtrArray *entries, const GPtrArray *efis, const char *pattern, const char *mount)
{
    const LoaderEntry *best = NULL;
    int best_rank = -1;
    for (guint i = 0; i < entries->len; i++) {
        const LoaderEntry *entry = entries->pdata[i];
        if (!entry->kernel || !(mount ? g_str_equal(entry->mount, mount) : efi_on(efis, entry->mount) != NULL))
            continue;
        int its_rank = rank(root, entry, pattern);
        if (its_rank > best_rank || (its_rank == best_rank && is_newer(entry, best))) {
            best = entry;
            best_rank = its_rank;
        }
    }
    return best;
}

static bool refuse(const LoaderEntry *from, GError **error, const char *what, const char *value)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s: %s; write an entry for xen.efi by hand", from->path, value, what);
    return false;
}

/* A path from the volume's root, in the firmware's way of writing. */
static char *efi_path(const char *path)
{
    g_autofree char *absolute = g_strconcat(strchr("/\\", *path) ? "" : "/", path, NULL);
    return g_strdelimit(g_steal_pointer(&absolute), "/", '\\');
}

static bool carry_kernel(NewEntry *made, const char *root, const LoaderEntry *from, GError **error)
{
    g_autofree char *path = efi_path(from->kernel), *there = esp_find(root, from->mount, from->kernel);
    if (!there)
        return refuse(from, error, "its kernel is not there", from->kernel);
    if (strchr(path, ' '))
        return refuse(from, error, "xen.efi ends the kernel's name at a blank", from->kernel);
    made->kernel = *from->options ? g_strconcat(path, " ", from->options, NULL) : g_steal_pointer(&path);
    return efi_config_check(made->kernel, NULL) || refuse(from, error, "xen.efi would end it at # or a control character", from->options);
}

/* xen.efi takes one; a microcode image before it is not needed to boot. */
static bool carry_ramdisk(NewEntry *made, const LoaderEntry *from, GError **error)
{
    for (guint i = 0; i < from->ramdisks->len; i++) {
        const char *ramdisk = from->ramdisks->pdata[i];
        if (strstr(ramdisk, "ucode") && from->ramdisks->len > 1)
            continue;
        if (made->ramdisk)
            return refuse(from, error, "it has more than one initrd, and xen.efi takes one", ramdisk);
        made->ramdisk = efi_path(ramdisk);
        if (strchr(made->ramdisk, ' ') || !efi_config_check(made->ramdisk, NULL))
            return refuse(from, error, "xen.efi cannot read this name", ramdisk);
    }
    return true;
}

/* Whether what the pattern matches is all for Linux, the new entry and those that are still to come aside. */
static bool matches_linux_alone(const GPtrArray *entries, const char *pattern)
{
    for (guint i = 0; i < entries->len; i++) {
        const LoaderEntry *entry = entries->pdata[i];
        if (!entry->kernel && loader_matches(entry->id, pattern))
            return false;
    }
    return !loader_matches(NEW_ENTRY_ID, pattern);
}

/* A pattern that goes on to take the newest kernel: the names of kernel-install begin with the machine id; of others the version
 * is cut ("debian-6.1.conf"), and one without a digit has none. NULL: there is no such pattern. */
static char *pin_for(const GPtrArray *entries, const LoaderEntry *from)
{
    gsize length = strspn(from->id, "0123456789abcdef"), start = 0;
    if (length == 32 && from->id[length] == '-')
        return g_strdup_printf("%.32s-*", from->id);
    if (strpbrk(from->id, "*?[\\"))
        return NULL;
    if (!strpbrk(from->id, "0123456789"))
        return g_strdup(from->id);
    while (from->id[start] != '.' && !(strchr("-_", from->id[start]) && g_ascii_isdigit(from->id[start + 1])))
        start++; /* each id ends with .conf */
    g_autofree char *pattern = g_strdup_printf("%.*s*.conf", (int)start + 1, from->id);
    return from->id[start] != '.' && matches_linux_alone(entries, pattern) ? g_steal_pointer(&pattern) : NULL;
}

/* A pattern that would take the new entry too is none. */
static bool has_default(const GPtrArray *entries, const char *pattern)
{
    if (!pattern || loader_matches(NEW_ENTRY_ID, pattern))
        return false;
    for (guint i = 0; i < entries->len; i++)
        if (loader_matches(((const LoaderEntry *)entries->pdata[i])->id, pattern))
            return true;
    return *pattern == '@'; /* @saved: the loader's own variable has it */
}

NewEntry *new_entry_kernel(const char *root, const GPtrArray *entries, const char *pattern, const char *mount, GError **error)
{
    const LoaderEntry *from = pick_linux(root, entries, NULL, pattern, mount);
    if (!from) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "no entry for Linux is on %s to take another from", mount);
        return NULL;
    }
    g_autoptr(NewEntry) made = g_new0(NewEntry, 1);
    made->from = g_strdup(from->path);
    return carry_kernel(made, root, from, error) && carry_ramdisk(made, from, error) ? g_steal_pointer(&made) : NULL;
}

NewEntry *new_entry_find(const char *root, const GPtrArray *entries, const char *pattern, GError **error)
{
    g_autoptr(GPtrArray) efis = xen_efi_list(root);
    const LoaderEntry *from = pick_linux(root, entries, efis, pattern, NULL);
    if (!from) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "%s",
                    efis->len ? "no entry starts xen.efi, and none for Linux is on its volume to make one from"
                              : "no entry starts xen.efi, and there is no EFI/*/xen*.efi");
        return NULL;
    }
    const XenEfi *efi = efi_on(efis, from->mount);
    g_autoptr(NewEntry) made = g_new0(NewEntry, 1);
    g_autofree char *folder = g_path_get_dirname(from->path);
    made->path = g_strconcat(folder, "/" NEW_ENTRY_ID, NULL);
    made->config = g_strconcat(efi->folder, "/guestctl.cfg", NULL);
    made->efi = g_strconcat(efi->folder + strlen(efi->mount), "/", efi->name, NULL);
    made->from = g_strdup(from->path);
    made->pin = has_default(entries, pattern) ? NULL : pin_for(entries, from);
    made->loose = !made->pin && !has_default(entries, pattern);
    if (!carry_kernel(made, root, from, error) || !carry_ramdisk(made, from, error))
        return NULL;
    return g_steal_pointer(&made);
}
