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

/* The default one if it is for Linux, else the newest, of those on a volume with a xen.efi. */
static const LoaderEntry *pick_linux(const GPtrArray *entries, const GPtrArray *efis, const char *pattern)
{
    const LoaderEntry *best = NULL;
    bool best_default = false;
    for (guint i = 0; i < entries->len; i++) {
        const LoaderEntry *entry = entries->pdata[i];
        if (!entry->kernel || !efi_on(efis, entry->mount))
            continue;
        bool is_default = pattern && loader_matches(entry->id, pattern);
        if (!best || (is_default && !best_default) || (is_default == best_default && is_newer(entry, best))) {
            best = entry;
            best_default = is_default;
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

/* The names of kernel-install begin with the machine id: a pattern that goes on to take the newest kernel. */
static char *pin_for(const LoaderEntry *from)
{
    gsize length = strspn(from->id, "0123456789abcdef");
    return length == 32 && from->id[length] == '-' ? g_strdup_printf("%.32s-*", from->id) : g_strdup(from->id);
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

NewEntry *new_entry_find(const char *root, const GPtrArray *entries, const char *pattern, GError **error)
{
    g_autoptr(GPtrArray) efis = xen_efi_list(root);
    const LoaderEntry *from = pick_linux(entries, efis, pattern);
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
    made->pin = has_default(entries, pattern) ? NULL : pin_for(from);
    if (!carry_kernel(made, root, from, error) || !carry_ramdisk(made, from, error))
        return NULL;
    return g_steal_pointer(&made);
}
