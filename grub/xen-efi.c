/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/xen-efi.h"

#include <fnmatch.h>
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/reason.h"
#include "grub/efi-config.h"
#include "grub/esp.h"
#include "grub/pe-section.h"

#define CHAIN_MAX 8 /* files; xen.efi itself would go round for ever */

void xen_efi_free(XenEfi *efi)
{
    if (!efi)
        return;
    g_free(efi->mount);
    g_free(efi->folder);
    g_free(efi->name);
    g_free(efi->config);
    g_free(efi);
}

void xen_boot_free(XenBoot *boot)
{
    if (!boot)
        return;
    g_free(boot->path);
    g_free(boot->text);
    g_free(boot->section);
    g_free(boot->line);
    g_free(boot->kernel);
    g_free(boot->ramdisk);
    g_free(boot);
}

bool xen_efi_is_name(const char *name)
{
    return fnmatch("xen*.efi", name, FNM_CASEFOLD) == 0;
}

/* xen-4.17-amd64.efi tries xen-4.17-amd64.cfg, xen-4.17.cfg, xen-4.cfg, xen.cfg (xen 4.17 common/efi/boot.c point_tail). */
static char *find_config(const char *root, const char *folder, const char *name)
{
    g_autofree char *stem = g_strdup(name);
    for (char *tail; (tail = strpbrk(stem, ".-_"));) {
        for (char *next; (next = strpbrk(tail + 1, ".-_"));)
            tail = next;
        *tail = '\0';
        g_autofree char *config = g_strconcat(stem, ".cfg", NULL);
        char *path = esp_find(root, folder, config);
        if (path)
            return path;
    }
    return NULL;
}

XenEfi *xen_efi_new(const char *root, const char *path)
{
    XenEfi *efi = g_new0(XenEfi, 1);
    const char *mount = esp_of(path);
    efi->mount = g_strdup(mount ? mount : "");
    efi->folder = g_path_get_dirname(path);
    efi->name = g_path_get_basename(path);
    efi->config = find_config(root, efi->folder, efi->name);
    return efi;
}

static void add_from(const char *root, const char *folder, GPtrArray *list)
{
    g_autoptr(GPtrArray) names = esp_list(root, folder, "xen*.efi");
    for (guint i = names->len; i-- > 0;) { /* the higher version first, as names go */
        g_autofree char *path = g_strconcat(folder, "/", names->pdata[i], NULL);
        g_autofree char *full = g_strconcat(root, path, NULL);
        if (g_file_test(full, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add(list, xen_efi_new(root, path));
    }
}

/* One with a configuration before one without, then xen.efi itself before versions; else they stay in order. */
static gint rank(gconstpointer a, gconstpointer b)
{
    const XenEfi *one = *(XenEfi *const *)a, *other = *(XenEfi *const *)b;
    if (!one->config != !other->config)
        return one->config ? -1 : 1;
    bool plain = g_ascii_strcasecmp(one->name, "xen.efi") == 0, other_plain = g_ascii_strcasecmp(other->name, "xen.efi") == 0;
    return (int)other_plain - (int)plain;
}

GPtrArray *xen_efi_list(const char *root)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)xen_efi_free);
    for (const char *const *mount = esp_mounts; *mount; mount++) {
        g_autofree char *vendors = esp_find(root, *mount, "EFI");
        g_autoptr(GPtrArray) names = vendors ? esp_list(root, vendors, "*") : g_ptr_array_new();
        for (guint i = 0; i < names->len; i++) {
            g_autofree char *folder = g_strconcat(vendors, "/", names->pdata[i], NULL);
            add_from(root, folder, list);
        }
    }
    g_ptr_array_sort(list, rank); /* it keeps the order of equals */
    return list;
}

char *xen_efi_find(const char *root, const XenEfi *efi, const char *name)
{
    return esp_find(root, *name == '\\' || *name == '/' ? efi->mount : efi->folder, name);
}

static char *read_text(const char *root, const char *path, GError **error)
{
    gsize length = 0;
    g_autofree char *full = g_strconcat(root, path, NULL);
    g_autofree char *text = file_read(full, EFI_CONFIG_MAX, &length, error);
    if (!text || strlen(text) == length)
        return g_steal_pointer(&text);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s holds a NUL byte: it is no text (UTF-16?); write it as ASCII", path);
    return NULL;
}

static bool no_kernel(const XenBoot *boot, GError **error)
{
    EfiValue value;
    if (efi_config_find(boot->text, boot->section, "kernel", &value)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "%s: kernel= is the last line and has no newline, so xen.efi reads on behind it and does not boot; end it with one", boot->path);
        return false;
    }
    g_autoptr(GPtrArray) sections = efi_config_sections(boot->text);
    g_ptr_array_add(sections, NULL);
    g_autofree char *names = g_strjoinv(", ", (GStrv)sections->pdata);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "%s: xen.efi finds no kernel= in section [%s]; the file has the sections: %s; correct default= or write the kernel= line", boot->path,
                boot->section ? boot->section : "", *names ? names : "none");
    return false;
}

/* To the file that has the kernel. */
static bool follow(const char *root, const XenEfi *efi, XenBoot *boot, GError **error)
{
    for (guint files = 1;; files++) {
        boot->kernel = efi_config_get(boot->text, boot->section, "kernel");
        g_autofree char *chain = boot->kernel ? NULL : efi_config_get(boot->text, "global", "chain");
        if (boot->kernel)
            return true;
        if (!chain)
            return no_kernel(boot, error);
        g_autofree char *path = files < CHAIN_MAX ? xen_efi_find(root, efi, chain) : NULL;
        if (!path) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: chain=%s %s; correct it", boot->path, chain,
                        files < CHAIN_MAX ? "is not there" : "leads on without an end");
            return false;
        }
        g_free(boot->path);
        boot->path = g_steal_pointer(&path);
        g_free(boot->text);
        boot->text = read_text(root, boot->path, error);
        if (!boot->text)
            return false;
    }
}

XenBoot *xen_boot_read(const char *root, const XenEfi *efi, const char *config, const char *section, GError **error)
{
    g_autoptr(XenBoot) boot = g_new0(XenBoot, 1);
    boot->path = g_strdup(config);
    boot->text = read_text(root, config, error);
    if (!boot->text)
        return NULL;
    boot->section = section ? g_strdup(section) : efi_config_get(boot->text, "global", "default");
    if (!follow(root, efi, boot, error))
        return NULL;
    EfiValue options;
    boot->line = efi_config_find(boot->text, boot->section, "options", &options) ? text_span(boot->text, options.value) : g_strdup("");
    boot->ramdisk = efi_config_get(boot->text, boot->section, "ramdisk");
    return g_steal_pointer(&boot);
}

/* A program with the file built in does not look for it (xen 4.17 common/efi/boot.c read_section). */
static bool is_missing(const char *root, const XenEfi *efi, const char *name, const char *section)
{
    g_autofree char *program = g_strconcat(root, efi->folder, "/", efi->name, NULL), *path = xen_efi_find(root, efi, name);
    return !path && !pe_section_exists(program, section);
}

char *xen_boot_missing(const char *root, const XenEfi *efi, const XenBoot *boot)
{
    g_autofree char *kernel = g_strndup(boot->kernel, strcspn(boot->kernel, " "));
    if (is_missing(root, efi, kernel, ".kernel"))
        return g_strdup_printf("%s: dom0's kernel is not there: %s; names are relative to %s", boot->path, kernel, efi->folder);
    g_autofree char *ramdisk = boot->ramdisk ? g_strchomp(g_strdup(boot->ramdisk)) : NULL;
    if (ramdisk && *ramdisk && is_missing(root, efi, ramdisk, ".ramdisk"))
        return g_strdup_printf("%s: dom0's RAM disk is not there: %s; names are relative to %s", boot->path, ramdisk, efi->folder);
    return NULL;
}

static void warn(GPtrArray *reasons, const XenBoot *boot, const char *value, char *because)
{
    g_ptr_array_add(reasons, reason_new(boot->path, value, SEVERITY_WARNING, because));
    g_free(because);
}

static guint count(const GPtrArray *names, const char *name)
{
    guint found = 0;
    for (guint i = 0; i < names->len; i++)
        found += g_str_equal(names->pdata[i], name);
    return found;
}

void xen_boot_explain(const char *root, const XenEfi *efi, const XenBoot *boot, GPtrArray *reasons)
{
    g_autofree char *heading = g_strdup_printf("[%s]", boot->section ? boot->section : "");
    g_autofree char *because = boot->section ? g_strdup_printf("options= of section %s, which %s boots", heading, efi->name)
                                             : g_strdup_printf("there is no default=: %s takes the first options= of the file", efi->name);
    g_ptr_array_add(reasons, reason_new(boot->path, boot->line, SEVERITY_INFO, because));
    g_autoptr(GPtrArray) sections = efi_config_sections(boot->text);
    if (boot->section && count(sections, boot->section) > 1)
        warn(reasons, boot, heading, g_strdup("the section stands here more than once; only the first is read"));
    if (boot->section && efi_config_count(boot->text, boot->section, "options") > 1)
        warn(reasons, boot, heading, g_strdup("options= stands here more than once; only the first is read"));
    if (*boot->text && !strchr("\r\n", boot->text[strlen(boot->text) - 1]))
        warn(reasons, boot, "the last line", g_strdup("it has no newline: xen.efi takes the memory behind the file for a part of it and may not boot; end it with one"));
    g_autofree char *program = g_strconcat(root, efi->folder, "/", efi->name, NULL);
    if (pe_section_exists(program, ".config"))
        warn(reasons, boot, efi->name, g_strdup("this program has a configuration built in, and reads no file; take another xen.efi"));
}
