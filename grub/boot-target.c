/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/boot-target.h"

#include <string.h>

#include "common/error.h"

/* In the order in which they are looked for. */
static const BootTarget *const targets[] = {
    &boot_target_grub_d,
    &boot_target_grub,
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
    if (!boot_options_set(cmdline, options, error))
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

/* "no-NAME": cmdline_set knows none of them. */
static void set_negated(Cmdline *line, const char *name, const char *word)
{
    cmdline_remove(line, name);
    CmdlineWord *added = g_new0(CmdlineWord, 1);
    added->before = g_strdup(line->xen_words > 0 ? " " : "");
    added->text = g_strdup(word);
    g_ptr_array_insert(line->words, (int)line->xen_words, added);
    line->xen_words++;
}

static bool is_unique(const Cmdline *options, guint index, const char *name, GError **error)
{
    for (guint i = 0; i < index; i++) {
        g_auto(CmdlineOption) other = {0};
        cmdline_option_read(cmdline_word(options, i), &other);
        if (!g_str_equal(other.name, name))
            continue;
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s is given twice (%s and %s); give it once", name,
                    cmdline_word(options, i), cmdline_word(options, index));
        return false;
    }
    return true;
}

static bool check_options(const Cmdline *options, GError **error)
{
    if (options->words->len == 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "the line is empty; name the options to set, such as dom0_mem=2G,max:2G, or leave it away for those of: guestctl dom0 plan");
        return false;
    }
    for (guint i = 0; i < options->words->len; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(options, i), &option);
        if (g_str_equal(cmdline_word(options, i), "--")) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                        "\"--\" begins what is for dom0's kernel, whose options are kept elsewhere; give Xen's options only");
            return false;
        }
        if (!is_unique(options, i, option.name, error))
            return false;
    }
    return true;
}

bool boot_options_set(Cmdline *line, const Cmdline *options, GError **error)
{
    if (!check_options(options, error))
        return false;
    for (guint i = 0; i < options->words->len; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(options, i), &option);
        if (option.negated)
            set_negated(line, option.name, cmdline_word(options, i));
        else if (option.cut || !cmdline_set(line, option.name, option.has_value ? option.value : NULL, error)) {
            if (option.cut)
                g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: Xen reads at most %d bytes of a word; make it shorter",
                            cmdline_word(options, i), CMDLINE_WORD_MAX);
            return false;
        }
    }
    return true;
}
