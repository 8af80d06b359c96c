/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/boot-target.h"

#include "common/error.h"
#include "grub/cmdline-merge.h"

/* In the order in which they are looked for. A machine with GRUB may have xen.efi's files too, since packages bring them;
 * systemd-boot starts xen.efi, so its machines have those for certain. */
static const BootTarget *const targets[] = {
    &boot_target_grub_d, &boot_target_extlinux, &boot_target_grub, &boot_target_systemd_boot, &boot_target_xen_cfg,
};

static const BootTarget *by_name(const char *name, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        if (g_str_equal(targets[i]->name, name))
            return targets[i];
        g_string_append_printf(names, "%s%s", i ? ", " : "", targets[i]->name);
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "--target: \"%s\" is not one of %s", name, names->str);
    return NULL;
}

const BootTarget *boot_target_pick(const char *name, const char *root, char **why, GError **error)
{
    if (name) {
        const BootTarget *target = by_name(name, error);
        if (target)
            *why = g_strdup("--target says so");
        return target;
    }
    g_autoptr(GString) reasons = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autofree char *reason = NULL;
        if (targets[i]->found(root, &reason)) {
            *why = g_steal_pointer(&reason);
            return targets[i];
        }
        g_string_append_printf(reasons, "%s%s: %s", i ? "; " : "", targets[i]->name, reason);
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                "no boot loader was found below %s/ that starts Xen (%s); name one with --target", root, reasons->str);
    return NULL;
}

BootConfig *boot_config_read(const BootTarget *target, const char *root, GError **error)
{
    g_autoptr(BootConfig) config = g_new0(BootConfig, 1);
    config->target = target;
    config->root = g_strdup(root);
    config->reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    config->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return target->read(root, config, error) ? g_steal_pointer(&config) : NULL;
}

void boot_config_free(BootConfig *config)
{
    if (!config)
        return;
    g_free(config->root);
    g_free(config->line);
    g_free(config->recovery_line);
    g_free(config->broken);
    g_ptr_array_unref(config->reasons);
    g_hash_table_unref(config->texts);
    g_free(config->path);
    g_free(config->section);
    g_clear_pointer(&config->others, g_hash_table_unref);
    if (config->own_free)
        config->own_free(config->own);
    g_free(config);
}

static bool set_in_line(const char *old, const Cmdline *options, char **line, GError **error)
{
    g_autoptr(Cmdline) cmdline = cmdline_parse(old);
    if (!cmdline_merge(cmdline, options, error))
        return false;
    *line = cmdline_print(cmdline);
    return true;
}

bool boot_config_preview(const BootConfig *config, const Cmdline *options, const GPtrArray *files, char **line,
                         char **recovery_line, GError **error)
{
    if (config->target->preview)
        return config->target->preview(config, files, line, recovery_line, error);
    g_autofree char *normal = NULL;
    if (!set_in_line(config->line ? config->line : "", options, &normal, error))
        return false;
    *recovery_line = NULL;
    if (config->recovery_line && !set_in_line(config->recovery_line, options, recovery_line, error))
        return false;
    *line = g_steal_pointer(&normal);
    return true;
}

char *boot_no_program(const char *root)
{
    return NULL;
}

const char *boot_no_file(const char *root)
{
    return NULL;
}

BootFile *boot_file_new(const char *path, const char *text)
{
    BootFile *file = g_new0(BootFile, 1);
    file->path = g_strdup(path);
    file->text = g_strdup(text);
    return file;
}

void boot_file_free(BootFile *file)
{
    if (!file)
        return;
    g_free(file->path);
    g_free(file->text);
    g_free(file);
}

GPtrArray *boot_files_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)boot_file_free);
}

BootFile *boot_files_find(const GPtrArray *files, const char *path)
{
    for (guint i = 0; i < files->len; i++) {
        BootFile *file = files->pdata[i];
        if (g_str_equal(file->path, path))
            return file;
    }
    return NULL;
}
