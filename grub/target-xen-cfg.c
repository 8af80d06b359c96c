/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/reason.h"
#include "grub/boot-target.h"
#include "grub/cmdline-merge.h"
#include "grub/efi-config.h"
#include "grub/xen-efi.h"

/* xen.efi that the firmware starts, and the configuration beside it. */

static bool found(const char *root, char **why)
{
    g_autoptr(GPtrArray) list = xen_efi_list(root);
    const XenEfi *first = list->len ? list->pdata[0] : NULL;
    if (!first)
        *why = g_strdup("there is no EFI/*/xen*.efi in /boot/efi, /efi or /boot");
    else if (!first->config)
        *why = g_strdup_printf("%s/%s has no configuration beside it (xen.cfg)", first->folder, first->name);
    else
        *why = g_strdup_printf("%s/%s reads %s", first->folder, first->name, first->config);
    return first && first->config;
}

static XenBoot *boot_of(const char *root, GPtrArray *list, GError **error)
{
    const XenEfi *efi = list->len ? list->pdata[0] : NULL;
    if (efi && efi->config)
        return xen_boot_read(root, efi, efi->config, NULL, error);
    g_autofree char *why = NULL;
    found(root, &why);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "xen.cfg: %s; write it beside xen.efi, with a kernel= line", why);
    return NULL;
}

/* The files cannot tell which of them the firmware starts, nor whether it starts any. */
static void explain_others(const GPtrArray *list, GPtrArray *reasons)
{
    const XenEfi *first = list->pdata[0];
    g_ptr_array_add(reasons, reason_new("firmware", "not looked at", SEVERITY_INFO,
                                        "whether it starts xen.efi is in its own variables; efibootmgr shows them"));
    for (guint i = 1; i < list->len; i++) {
        const XenEfi *other = list->pdata[i];
        if (!other->config || g_str_equal(other->config, first->config))
            continue;
        g_autofree char *because = g_strdup_printf("%s/%s reads this one; if the firmware starts that, what is changed in %s has no effect",
                                                   other->folder, other->name, first->config);
        g_ptr_array_add(reasons, reason_new(other->config, "not used", SEVERITY_WARNING, because));
    }
}

static bool read_config(const char *root, BootConfig *config, GError **error)
{
    g_autoptr(GPtrArray) list = xen_efi_list(root);
    g_autoptr(XenBoot) boot = boot_of(root, list, error);
    if (!boot)
        return false;
    xen_boot_explain(root, list->pdata[0], boot, config->reasons);
    explain_others(list, config->reasons);
    config->broken = xen_boot_missing(root, list->pdata[0], boot);
    if (config->broken)
        g_ptr_array_add(config->reasons, reason_new(boot->path, boot->kernel, SEVERITY_WARNING, config->broken));
    config->line = g_steal_pointer(&boot->line);
    config->path = g_steal_pointer(&boot->path);
    config->section = g_steal_pointer(&boot->section);
    config->xen_is_default = true;
    g_hash_table_insert(config->texts, g_strdup(config->path), g_steal_pointer(&boot->text));
    return true;
}

/* Without default= values come from the whole file: naming a section keeps their meaning only if all are from that one. */
static char *section_for_default(const char *text, GError **error)
{
    static const char *const keys[] = {"kernel", "options", "ramdisk", "xsm", "ucode", "video"};
    g_autofree char *section = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        EfiValue value;
        if (!efi_config_find(text, NULL, keys[i], &value))
            continue;
        g_autofree char *other = efi_config_section_at(text, value.key.start);
        if (i == 0)
            section = g_steal_pointer(&other);
        else if (section && g_strcmp0(section, other) != 0)
            g_clear_pointer(&section, g_free);
    }
    if (section && *section)
        return g_steal_pointer(&section);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "there is no default=, and xen.efi takes its values from more than one place; write [global] and default= first");
    return NULL;
}

static char *with_default(const char *text, GError **error)
{
    g_autofree char *section = section_for_default(text, error);
    return section ? efi_config_set_default(text, section) : NULL;
}

/* The section that is read is the default one already, unless there is no default at all. */
static bool edit(const BootConfig *config, const Cmdline *options, bool set_default, GPtrArray *add, GError **error)
{
    const char *old = g_hash_table_lookup(config->texts, config->path);
    g_autofree char *text = efi_config_set_options(old, config->section, options, error);
    if (text && set_default && !config->section) {
        char *changed = with_default(text, error);
        g_free(text);
        text = changed;
    }
    if (!text) {
        g_prefix_error(error, "%s: ", config->path);
        return false;
    }
    g_ptr_array_add(add, boot_file_new(config->path, text));
    return true;
}

static bool check(const char *root, const char *line, const char *recovery_line, GError **error)
{
    g_autoptr(GPtrArray) list = xen_efi_list(root);
    g_autoptr(XenBoot) boot = boot_of(root, list, error);
    if (!boot || cmdline_same(boot->line, line))
        return boot != NULL;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s gives Xen \"%s\", not \"%s\"", boot->path, boot->line, line);
    return false;
}

const BootTarget boot_target_xen_cfg = {
    .name = "xen.cfg",
    .found = found,
    .read = read_config,
    .edit = edit,
    .regenerate = boot_no_program,
    .generated = boot_no_file,
    .check = check,
};
