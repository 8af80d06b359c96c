/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/reason.h"
#include "grub/boot-target.h"
#include "grub/cmdline-merge.h"
#include "grub/efi-config.h"
#include "grub/esp.h"
#include "grub/loader-entry.h"
#include "grub/new-entry.h"
#include "grub/xen-entry.h"

/* systemd-boot: an entry starts xen.efi, whose configuration has the line. */

#define MADE_HERE "# Made by guestctl." /* how our files begin */

/* What read keeps for edit. */
typedef struct Own {
    char *entry;    /* the path of the one that starts xen.efi, there or not */
    char *conf;     /* the path of loader.conf */
    char *behind;   /* the options that the entry itself gives Xen, behind "--"; NULL: there is no entry yet */
    NewEntry *made; /* the entry to be made; or, without efi, the kernel to be put in place of the old one; NULL: neither */
} Own;

static void own_free(gpointer data)
{
    Own *own = data;
    g_free(own->entry);
    g_free(own->conf);
    g_free(own->behind);
    new_entry_free(own->made);
    g_free(own);
}

typedef struct Files {
    GPtrArray *entries; /* LoaderEntry* */
    char *conf_path;
    char *conf;    /* NULL: there is none */
    char *pattern; /* its default; NULL: it has none */
} Files;

static void files_clear(Files *files)
{
    g_clear_pointer(&files->entries, g_ptr_array_unref);
    g_clear_pointer(&files->conf_path, g_free);
    g_clear_pointer(&files->conf, g_free);
    g_clear_pointer(&files->pattern, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Files, files_clear)

static void files_read(Files *files, const char *root)
{
    files->entries = loader_entries(root);
    files->conf_path = loader_conf_path(root);
    g_autofree char *full = g_strconcat(root, files->conf_path, NULL);
    files->conf = file_read(full, EFI_CONFIG_MAX, NULL, NULL);
    files->pattern = files->conf ? loader_get(files->conf, "default") : NULL;
}

/* The default one, else ours, else the first: of those whose file is there. */
static const LoaderEntry *pick(const char *root, const Files *files)
{
    const LoaderEntry *best = NULL;
    int best_rank = -1;
    for (guint i = 0; i < files->entries->len; i++) {
        const LoaderEntry *entry = files->entries->pdata[i];
        g_autofree char *file = xen_entry_is(entry) ? esp_find(root, entry->mount, entry->efi) : NULL;
        int rank = !file                                                        ? -1
                   : files->pattern && loader_matches(entry->id, files->pattern) ? 2
                                                                                 : g_ascii_strcasecmp(entry->id, NEW_ENTRY_ID) == 0;
        if (rank > best_rank) {
            best = entry;
            best_rank = rank;
        }
    }
    return best;
}

static bool has_loader(const char *root)
{
    for (const char *const *mount = esp_mounts; *mount; mount++) {
        g_autofree char *folder = esp_find(root, *mount, "EFI/systemd");
        g_autoptr(GPtrArray) names = folder ? esp_list(root, folder, "systemd-boot*.efi") : g_ptr_array_new();
        if (names->len)
            return true;
    }
    return false;
}

static bool found(const char *root, char **why)
{
    g_auto(Files) files = {0};
    files_read(&files, root);
    const LoaderEntry *entry = pick(root, &files);
    if (entry) {
        *why = g_strdup_printf("%s starts %s", entry->path, entry->efi);
        return true;
    }
    if (!has_loader(root)) { /* GRUB has files of this kind too, for Linux alone */
        *why = g_strdup("there is no EFI/systemd/systemd-boot*.efi in /boot/efi, /efi or /boot, and no entry that starts xen.efi");
        return false;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(NewEntry) made = new_entry_find(root, files.entries, files.pattern, &error);
    *why = made ? g_strdup_printf("systemd-boot is there; no entry starts xen.efi yet, and one can be made from %s", made->from)
                : g_strdup(error->message);
    return made != NULL;
}

/* Whether the files make Xen the default. A pattern takes the newest of what it matches: that may be Linux. */
static void explain_default(BootConfig *config, const Files *files, const LoaderEntry *xen)
{
    guint xens = 0, others = 0;
    for (guint i = 0; i < files->entries->len; i++) {
        const LoaderEntry *entry = files->entries->pdata[i];
        bool matches = !files->pattern || loader_matches(entry->id, files->pattern);
        xens += matches && xen_entry_is(entry);
        others += matches && !xen_entry_is(entry);
    }
    config->xen_is_default = xen && xens > 0 && others == 0;
    reason_add(config->reasons, "loader.conf", files->conf_path, SEVERITY_INFO, "%s%s; a choice in the loader's menu or by bootctl wins over it",
            !files->conf ? "there is none" : files->pattern ? "default " : "it has no default", files->pattern ? files->pattern : "");
    if (xen && files->pattern && xens > 0 && others > 0)
        reason_add(config->reasons, files->conf_path, files->pattern, SEVERITY_WARNING, "this default fits entries for Linux as well as %s; name one", xen->id);
    else if (xen && !config->xen_is_default)
        reason_add(config->reasons, files->conf_path, files->pattern ? files->pattern : "none", SEVERITY_WARNING, "the default entry is not %s", xen->id);
}

static void explain_entries(BootConfig *config, const Files *files, const LoaderEntry *chosen)
{
    for (guint i = 0; i < files->entries->len; i++) {
        const LoaderEntry *entry = files->entries->pdata[i];
        if (entry != chosen && xen_entry_is(entry))
            reason_add(config->reasons, entry->path, entry->efi, SEVERITY_WARNING, "it starts Xen too; %s is the one that is looked at", chosen->path);
    }
}

/* The configuration is one that was made here, and may be brought up to date. */
static bool is_ours(const XenBoot *boot)
{
    g_autofree char *name = g_path_get_basename(boot->path);
    return g_str_has_prefix(boot->text, MADE_HERE) && g_ascii_strcasecmp(name, "guestctl.cfg") == 0 && g_strcmp0(boot->section, "xen") == 0;
}

/* The same file, whatever follows its name. Case does not count on FAT. */
static bool same_file(const char *one, const char *other)
{
    gsize length = strcspn(one, " ");
    return length == strcspn(other, " ") && g_ascii_strncasecmp(one, other, length) == 0;
}

/* Our configuration names one version of the kernel, whose package takes it away. For edit: what is there now. */
static void renew(const char *root, BootConfig *config, const Files *files, const XenEfi *efi, const XenBoot *boot)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(NewEntry) now = new_entry_kernel(root, files->entries, files->pattern, efi->mount, &error);
    bool newer = now && (!same_file(now->kernel, boot->kernel) || !same_file(now->ramdisk ? now->ramdisk : "", boot->ramdisk ? boot->ramdisk : ""));
    if (newer) {
        Own *own = config->own;
        reason_add(config->reasons, "kernel", now->kernel, SEVERITY_INFO, "from %s; grub apply takes it in place of %s", now->from, boot->kernel);
        if (now->ramdisk)
            reason_add(config->reasons, "ramdisk", now->ramdisk, SEVERITY_INFO, "from %s", now->from);
        own->made = g_steal_pointer(&now);
    }
    config->mends = newer;
    if (!config->broken || newer)
        return;
    char *both = g_strdup_printf("%s, and %s", config->broken, error ? error->message : "the newest entry for Linux names the same");
    g_free(config->broken);
    config->broken = both;
}

/* Whether the default could boot, and what is to be done when not. */
static void explain_kernel(const char *root, BootConfig *config, const Files *files, const XenEfi *efi, const XenBoot *boot)
{
    bool ours = is_ours(boot);
    config->broken = xen_boot_missing(root, efi, boot);
    if (ours)
        renew(root, config, files, efi, boot);
    if (config->broken)
        reason_add(config->reasons, boot->path, boot->kernel, SEVERITY_WARNING, "%s; %s", config->broken,
                config->mends ? "run: guestctl grub apply after each kernel upgrade, with the same options" : "correct it, or it does not boot");
    else if (config->mends)
        reason_add(config->reasons, boot->path, boot->kernel, SEVERITY_WARNING,
                "there is another kernel now, see above; run: guestctl grub apply after each kernel upgrade, with the same options");
}

static bool read_entry(const char *root, BootConfig *config, const Files *files, const LoaderEntry *from, GError **error)
{
    g_autoptr(XenEntry) entry = xen_entry_new(root, from, error);
    g_autoptr(XenBoot) boot = entry ? xen_entry_read(root, from, entry, true, error) : NULL;
    if (!boot)
        return false;
    Own *own = config->own;
    own->entry = g_strdup(from->path);
    own->behind = g_strdup(entry->behind);
    reason_add(config->reasons, "entry", from->path, SEVERITY_INFO, "it starts %s/%s with %s", entry->efi->folder, entry->efi->name, boot->path);
    if (entry->headless)
        reason_add(config->reasons, from->path, from->options, SEVERITY_WARNING,
                "xen.efi takes the first word of options for its own name and %s; write: options xen.efi %s",
                entry->efi->config ? "reads its usual configuration" : "says \"No configuration file found\"", from->options);
    if (*entry->behind)
        reason_add(config->reasons, "behind --", entry->behind, SEVERITY_WARNING, "%s gives these to Xen after those of %s, so they win", from->path, boot->path);
    xen_boot_explain(root, entry->efi, boot, config->reasons);
    explain_kernel(root, config, files, entry->efi, boot);
    config->line = xen_entry_line(entry, boot);
    config->path = g_steal_pointer(&boot->path);
    config->section = g_steal_pointer(&boot->section);
    g_hash_table_insert(config->texts, g_strdup(config->path), g_steal_pointer(&boot->text));
    return true;
}

/* What lies in the place of a new file is replaced. */
static void keep_text(BootConfig *config, const char *path)
{
    g_autofree char *full = g_strconcat(config->root, path, NULL);
    char *text = file_read(full, EFI_CONFIG_MAX, NULL, NULL);
    if (text)
        g_hash_table_insert(config->texts, g_strdup(path), text);
}

static bool read_new(const char *root, BootConfig *config, const Files *files, GError **error)
{
    Own *own = config->own;
    NewEntry *made = own->made = new_entry_find(root, files->entries, files->pattern, error);
    if (!made)
        return false;
    own->entry = g_strdup(made->path);
    reason_add(config->reasons, "entry", made->path, SEVERITY_INFO, "no entry starts xen.efi yet; this one can be made");
    reason_add(config->reasons, "xen.efi", made->efi, SEVERITY_INFO, "on the volume of %s", made->from);
    reason_add(config->reasons, "kernel", made->kernel, SEVERITY_INFO, "from %s", made->from);
    if (made->ramdisk)
        reason_add(config->reasons, "ramdisk", made->ramdisk, SEVERITY_INFO, "from %s", made->from);
    if (made->pin)
        reason_add(config->reasons, "default", made->pin, SEVERITY_INFO, "without a default the new entry could become it");
    if (made->loose)
        reason_add(config->reasons, files->conf_path, "default", SEVERITY_WARNING,
                "it has none that lasts, so the new entry may become the default; no pattern is known that fits the entries for Linux alone: set "
                "default there by hand, or make Xen the default with --set-default");
    config->line = g_strdup("");
    config->path = g_strdup(made->config);
    config->section = g_strdup("xen");
    keep_text(config, made->path);
    keep_text(config, config->path);
    return true;
}

static bool read_config(const char *root, BootConfig *config, GError **error)
{
    g_auto(Files) files = {0};
    files_read(&files, root);
    Own *own = g_new0(Own, 1);
    own->conf = g_strdup(files.conf_path);
    config->own = own;
    config->own_free = own_free;
    const LoaderEntry *entry = pick(root, &files);
    if (!(entry ? read_entry(root, config, &files, entry, error) : read_new(root, config, &files, error))) {
        g_prefix_error(error, "systemd-boot: ");
        return false;
    }
    explain_default(config, &files, entry);
    if (entry)
        explain_entries(config, &files, entry);
    if (files.conf)
        g_hash_table_insert(config->texts, g_strdup(files.conf_path), g_steal_pointer(&files.conf));
    return true;
}

static void add_default(const BootConfig *config, const char *value, GPtrArray *add)
{
    const Own *own = config->own;
    const char *old = g_hash_table_lookup(config->texts, own->conf);
    g_autofree char *now = old ? loader_get(old, "default") : NULL;
    if (g_strcmp0(now, value) == 0)
        return;
    g_autofree char *text = loader_set(old ? old : "", "default", value);
    g_ptr_array_add(add, boot_file_new(own->conf, text));
}

static char *new_config(const NewEntry *made, const Cmdline *options, GError **error)
{
    const char *ramdisk = made->ramdisk;
    g_autofree char *text = g_strdup_printf(MADE_HERE "\n[global]\ndefault=xen\n\n[xen]\nkernel=%s\n%s%s%s", made->kernel,
                                            ramdisk ? "ramdisk=" : "", ramdisk ? ramdisk : "", ramdisk ? "\n" : "");
    return efi_config_set_options(text, "xen", options, error);
}

/* Our configuration with the options, and with the kernel of now. */
static char *old_config(const BootConfig *config, const Cmdline *options, GError **error)
{
    const Own *own = config->own;
    const char *old = g_hash_table_lookup(config->texts, config->path);
    g_autofree char *text = efi_config_set_options(old, config->section, options, error);
    if (!text || !own->made)
        return g_steal_pointer(&text);
    g_autofree char *with_kernel = efi_config_set(text, config->section, "kernel", own->made->kernel);
    return efi_config_set(with_kernel, config->section, "ramdisk", own->made->ramdisk);
}

static char *new_entry(const BootConfig *config)
{
    const Own *own = config->own;
    g_autofree char *name = g_path_get_basename(config->path);
    return g_strdup_printf(MADE_HERE "\ntitle Xen\nefi %s\noptions xen.efi -cfg=%s %s\n", own->made->efi, name, config->section);
}

/* What the entry itself says comes last and would win. */
static bool check_behind(const BootConfig *config, const Cmdline *options, GError **error)
{
    const Own *own = config->own;
    g_autoptr(Cmdline) behind = cmdline_parse(own->behind ? own->behind : "");
    for (guint i = 0; i < options->xen_words; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(options, i), &option);
        g_autofree char *there = cmdline_get(behind, option.name);
        if (there) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: its options give Xen %s behind \"--\", which wins over %s; take it out there",
                        own->entry, option.name, config->path);
            return false;
        }
    }
    return true;
}

static bool edit(const BootConfig *config, const Cmdline *options, bool set_default, GPtrArray *add, GError **error)
{
    if (!check_behind(config, options, error))
        return false;
    const Own *own = config->own;
    bool is_new = own->made && own->made->efi;
    g_autofree char *text = is_new ? new_config(own->made, options, error) : old_config(config, options, error);
    if (!text) {
        g_prefix_error(error, "%s: ", config->path);
        return false;
    }
    g_ptr_array_add(add, boot_file_new(config->path, text));
    /* A loader that finds an entry must find its configuration, so that is first. */
    if (is_new && own->made->pin && !set_default)
        add_default(config, own->made->pin, add);
    if (is_new) {
        g_autofree char *entry = new_entry(config);
        g_ptr_array_add(add, boot_file_new(own->entry, entry));
    }
    g_autofree char *id = loader_id(own->entry);
    if (set_default && !config->xen_is_default)
        add_default(config, id, add);
    return true;
}

static bool check(const char *root, const char *line, const char *recovery_line, GError **error)
{
    g_auto(Files) files = {0};
    files_read(&files, root);
    const LoaderEntry *from = pick(root, &files);
    if (!from) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "systemd-boot: no entry starts xen.efi");
        return false;
    }
    g_autoptr(XenEntry) entry = xen_entry_new(root, from, error);
    g_autoptr(XenBoot) boot = entry ? xen_entry_read(root, from, entry, false, error) : NULL;
    g_autofree char *given = boot ? xen_entry_line(entry, boot) : NULL;
    if (!given || cmdline_same(given, line))
        return given != NULL;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s gives Xen \"%s\", not \"%s\"", from->path, given, line);
    return false;
}

const BootTarget boot_target_systemd_boot = {
    .name = "systemd-boot",
    .found = found,
    .read = read_config,
    .edit = edit,
    .regenerate = boot_no_program,
    .generated = boot_no_file,
    .check = check,
};
