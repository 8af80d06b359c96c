/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/reason.h"
#include "grub/boot-target.h"
#include "grub/cmdline-merge.h"
#include "grub/extlinux.h"
#include "grub/grub-mkconfig.h"
#include "grub/shell-value.h"

/* Alpine's extlinux: update-extlinux takes xen_opts= out of its configuration and writes an entry for each kernel
 * (alpine aports main/syslinux/update-extlinux). */
#define CONF "/etc/update-extlinux.conf"
#define MADE "/boot/extlinux.conf"
#define FILE_MAX (256 * 1024) /* bytes */

static char *below(const char *root, const char *path)
{
    return g_strconcat(root, path, NULL);
}

static bool exists(const char *root, const char *path)
{
    g_autofree char *full = below(root, path);
    return g_file_test(full, G_FILE_TEST_EXISTS);
}

/* The text, with errors that name the path as people know it. */
static char *load(const char *root, const char *path, GError **error)
{
    g_autofree char *full = below(root, path);
    return file_read(full, FILE_MAX, NULL, error);
}

static bool is_alpine(const char *root)
{
    g_autofree char *text = load(root, "/etc/os-release", NULL);
    g_autofree char *id = text ? shell_value_get(text, "ID", NULL) : NULL;
    return g_strcmp0(id, "alpine") == 0;
}

static bool found(const char *root, char **why)
{
    bool has_grub = exists(root, "/boot/grub/grub.cfg");
    const char *also = has_grub ? "; /boot/grub/grub.cfg is there too: if GRUB is what boots this machine, name the target grub" : "";
    if (!exists(root, CONF)) {
        *why = g_strdup_printf("there is no " CONF "%s", is_alpine(root) ? ", though this is Alpine: it boots by GRUB, or without a loader that is known" : "");
        return false;
    }
    if (has_grub && !exists(root, MADE)) {
        *why = g_strdup("there is " CONF ", but no " MADE " was made from it, and /boot/grub/grub.cfg is there: GRUB boots this machine");
        return false;
    }
    *why = g_strdup_printf("there is " CONF "%s", also);
    return true;
}

static void explain(BootConfig *config, const char *value, Severity severity, const char *because)
{
    g_ptr_array_add(config->reasons, reason_new(CONF, value, severity, because));
}

static bool has_value(const char *text, const char *name, const char *wanted)
{
    g_autofree char *value = shell_value_get(text, name, NULL);
    return g_strcmp0(value, wanted) == 0;
}

static void explain_text(BootConfig *config, const char *text)
{
    explain(config, config->line, SEVERITY_INFO, shell_value_count(text, "xen_opts") ? "xen_opts=" : "xen_opts= is not set");
    g_autoptr(GError) error = NULL;
    if (!shell_value_check_alone(text, "xen_opts", &error))
        explain(config, "xen_opts=", SEVERITY_WARNING, error->message);
    if (!has_value(text, "overwrite", "1"))
        explain(config, "overwrite=", SEVERITY_WARNING, "it is not 1, so update-extlinux writes " MADE ".new and the machine boots by the old file");
}

/* "lts" is Linux; the entry with Xen of the same kernel is "xen-lts". */
static char *label_for_xen(const char *text)
{
    g_autofree char *label = shell_value_get(text, "default", NULL);
    return !label || !*label ? NULL : g_str_has_prefix(label, "xen-") ? g_steal_pointer(&label) : g_strconcat("xen-", label, NULL);
}

static void explain_default(BootConfig *config, const char *root, const char *text)
{
    g_autofree char *made = load(root, MADE, NULL), *label = shell_value_get(text, "default", NULL);
    g_autofree char *booted = made ? extlinux_default(made) : NULL;
    const char *name = booted ? booted : label;
    config->xen_is_default = name && g_str_has_prefix(name, "xen-");
    if (!config->xen_is_default)
        explain(config, name ? name : "default=", SEVERITY_WARNING, "the default entry is not one with Xen: their names begin with xen-");
    if (!exists(root, "/boot/xen.gz"))
        explain(config, "/boot/xen.gz", SEVERITY_WARNING, "it is not there, and update-extlinux looks for Xen there alone; install xen-hypervisor");
}

static bool read_config(const char *root, BootConfig *config, GError **error)
{
    g_autofree char *text = load(root, CONF, error);
    g_autoptr(GError) broken = NULL;
    g_autofree char *line = text ? shell_value_get(text, "xen_opts", &broken) : NULL;
    if (broken) {
        g_propagate_prefixed_error(error, g_steal_pointer(&broken), CONF ": ");
        return false;
    }
    if (!text)
        return false;
    config->line = line ? g_steal_pointer(&line) : g_strdup("");
    config->path = g_strdup(CONF);
    config->section = label_for_xen(text);
    explain_text(config, text);
    explain_default(config, root, text);
    g_hash_table_insert(config->texts, g_strdup(CONF), g_steal_pointer(&text));
    return true;
}

/* mboot.c32 separates its modules by "---" (syslinux doc/mboot.txt). */
static bool check_words(const Cmdline *options, GError **error)
{
    for (guint i = 0; i < options->words->len; i++)
        if (g_str_equal(cmdline_word(options, i), "---")) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"---\" ends Xen's line for mboot.c32; leave it out");
            return false;
        }
    return true;
}

static char *edited(const BootConfig *config, const Cmdline *options, bool set_default, GError **error)
{
    const char *old = g_hash_table_lookup(config->texts, CONF);
    g_autoptr(Cmdline) line = cmdline_parse(config->line);
    if (!shell_value_check_alone(old, "xen_opts", error) || (set_default && !shell_value_check_alone(old, "default", error)) ||
        !check_words(options, error) || !cmdline_merge(line, options, error))
        return NULL;
    g_autofree char *value = cmdline_print(line), *text = shell_value_set(old, "xen_opts", value, error);
    if (!text || !set_default || config->xen_is_default)
        return g_steal_pointer(&text);
    if (config->section)
        return shell_value_set(text, "default", config->section, error);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "default= names no kernel, so the entry with Xen is not known; set it, to xen-lts for instance");
    return NULL;
}

static bool edit(const BootConfig *config, const Cmdline *options, bool set_default, GPtrArray *add, GError **error)
{
    g_autofree char *text = edited(config, options, set_default, error);
    if (!text) {
        g_prefix_error(error, CONF ": ");
        return false;
    }
    g_ptr_array_add(add, boot_file_new(CONF, text));
    return true;
}

static char *regenerate(const char *root)
{
    return grub_program_words(root, "update-extlinux", "");
}

static const char *generated(const char *root)
{
    return MADE;
}

static bool check(const char *root, const char *line, const char *recovery_line, GError **error)
{
    g_autofree char *text = load(root, MADE, error);
    if (!text)
        return false;
    g_autofree char *given = extlinux_xen_line(text);
    if (given && cmdline_same(given, line))
        return true;
    if (given)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, MADE " gives Xen \"%s\", not \"%s\"; is overwrite=1 in " CONF "?", given, line);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, MADE " has no entry with Xen (COM32 mboot.c32); is /boot/xen.gz there?");
    return false;
}

const BootTarget boot_target_extlinux = {
    .name = "extlinux",
    .found = found,
    .read = read_config,
    .edit = edit,
    .regenerate = regenerate,
    .generated = generated,
    .check = check,
};
