/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/trial.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "common/error.h"
#include "grub/boot-block.h"
#include "grub/boot-target.h"
#include "grub/cmdline-merge.h"
#include "grub/defaults.h"
#include "grub/menu.h"

static bool unsupported(GError **error, const char *what)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "%s, so a trial cannot be booted once; use: guestctl grub apply", what);
    return false;
}

/* The line that starts Xen, with its words after the file's name changed: the first and the last are GRUB's. */
static char *change_line(const char *text, const MenuEntry *entry, const Cmdline *options, char **line, GError **error)
{
    g_autofree char *words = menu_xen_words(entry);
    if (!menu_check_words("grub.cfg", words, error))
        return NULL;
    g_autoptr(Cmdline) cmdline = cmdline_parse(words);
    if (!cmdline_merge(cmdline, options, error))
        return NULL;
    g_autofree char *new_words = cmdline_print(cmdline);
    bool placeholder = g_str_has_prefix(entry->xen_line, "placeholder");
    bool rm_opts = strstr(entry->xen_line, "${xen_rm_opts}") != NULL;
    const char *start = strstr(text, entry->xen_line);
    g_return_val_if_fail(start, NULL);
    char *changed = g_strdup_printf("%.*s%s%s%s%s", (int)(start - text), text, placeholder ? "placeholder " : "", new_words,
                                    rm_opts ? " ${xen_rm_opts}" : "", start + strlen(entry->xen_line));
    *line = g_steal_pointer(&new_words);
    return changed;
}

/* Without what a submenu indents, and without savedefault: the trial is not to become the saved entry. */
static char *tidy(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *tidied = g_string_new(NULL);
    for (char **line = lines; *line; line++) {
        g_autofree char *bare = g_strstrip(g_strdup(*line));
        if (*bare && !g_str_equal(bare, "savedefault"))
            g_string_append_printf(tidied, "%s%s\n", line == lines || g_str_equal(bare, "}") ? "" : "\t", bare);
    }
    return g_string_free(tidied, FALSE);
}

/* "'" as GRUB's scripts write it in a title. */
static char *quote(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "'", -1);
    g_autofree char *inner = g_strjoinv("'\\''", parts);
    return g_strdup_printf("'%s'", inner);
}

static char *with_head(const char *entry_text, const MenuEntry *entry)
{
    g_autofree char *title = g_strdup_printf("guestctl trial, for one boot: %s", entry->title);
    g_autofree char *quoted = quote(title);
    const char *body = strchr(entry_text, '\n');
    return g_strdup_printf("menuentry %s%s%s $menuentry_id_option '" TRIAL_ID "' {%s", quoted, *entry->head ? " " : "", entry->head,
                           body ? body : "\n}\n");
}

/* The one that boots by default when it is Xen's, else the first. */
static const MenuEntry *entry_to_copy(const Menu *menu, const char *environment)
{
    g_autofree char *saved = environment ? menu_environment(environment, "saved_entry") : NULL;
    const MenuEntry *chosen = menu_default(menu, saved);
    return chosen && chosen->xen_line ? chosen : menu_first_xen(menu, false);
}

/* GRUB asks for a password before a restricted entry, also when nobody is there. */
static bool check_password(const TrialFiles *files, const Menu *menu, const MenuEntry *entry, GError **error)
{
    g_autoptr(Menu) custom = menu_parse(files->custom ? files->custom : "");
    g_autoptr(Menu) user = menu_parse(files->user ? files->user : "");
    const char *where = menu->superusers ? "grub.cfg" : custom->superusers ? "custom.cfg" : user->superusers ? "user.cfg" : NULL;
    if (!where && menu->superusers_if_password && files->user && strstr(files->user, "GRUB2_PASSWORD="))
        where = "user.cfg";
    if (!where || entry->unrestricted)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                "%s sets a password (superusers), and the entry \"%s\" is not --unrestricted, so the boot of a trial would wait for the "
                "password; add --unrestricted to CLASS in /etc/grub.d/20_linux_xen and make grub.cfg anew, or use: guestctl grub apply",
                where, entry->title);
    return false;
}

char *trial_entry(const TrialFiles *files, const Cmdline *options, char **line, GError **error)
{
    g_autoptr(Menu) menu = menu_parse(files->cfg);
    const MenuEntry *entry = entry_to_copy(menu, files->environment);
    if (!defaults_check_words(options, error))
        return NULL;
    if (!entry || !*entry->xen_line)
        return unsupported(error, "grub.cfg has no entry that starts Xen"), NULL;
    if (!menu->next_entry)
        return unsupported(error, "grub.cfg does not honour next_entry"), NULL;
    if (!menu->custom)
        return unsupported(error, "grub.cfg does not read custom.cfg (41_custom in /etc/grub.d does that)"), NULL;
    if (!check_password(files, menu, entry, error))
        return NULL;
    g_autofree char *changed = change_line(entry->text, entry, options, line, error);
    g_autofree char *tidied = changed ? tidy(changed) : NULL;
    return tidied ? with_head(tidied, entry) : NULL;
}

bool trial_edit(const char *custom, const char *path, const char *entry, char **text, GError **error)
{
    g_autofree char *edited = boot_block_set(custom, path, entry, error);
    if (!edited)
        return false;
    *text = *edited ? g_steal_pointer(&edited) : NULL;
    return true;
}

/* What GRUB's own scripts call file systems without write support (00_header), and those that live on no disk. */
static const char *bad_file_system(guint32 magic)
{
    static const struct {
        guint32 magic;
        const char *name;
    } known[] = {
        {0x9123683E, "btrfs"},   {0x2FC12FC1, "zfs"},   {0x73717368, "squashfs"}, {0x7275, "romfs"},
        {0x28CD3D45, "cramfs"},  {0x01021994, "tmpfs"}, {0x794C7630, "overlay"},  {0x6969, "nfs"},
        {0x01021997, "9p"},      {0x65735546, "fuse"},  {0xE0F5E1E2, "erofs"},    {0xCA451A4E, "bcachefs"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (known[i].magic == magic)
            return known[i].name;
    return NULL;
}

/* Written through one of several disks, RAID would be inconsistent: GRUB refuses it (diskfilter has no write). */
static const char *bad_device(const char *device)
{
    static const struct {
        const char *file, *name;
    } known[] = {{"dm", "a device-mapper volume (LVM, encryption)"}, {"md", "software RAID"}, {"bcache", "bcache"}};
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autofree char *path = g_build_filename(device, known[i].file, NULL), *above = g_build_filename(device, "..", known[i].file, NULL);
        if (g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(above, G_FILE_TEST_EXISTS)) /* above: of a partition on it */
            return known[i].name;
    }
    return NULL;
}

bool trial_check_facts(const char *folder, guint32 magic, const char *device, GError **error)
{
    const char *what = bad_file_system(magic);
    if (!what && (!device || !g_file_test(device, G_FILE_TEST_IS_DIR)))
        what = "no block device of this machine";
    if (!what)
        what = bad_device(device);
    if (!what)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                "%s is on %s, where GRUB cannot write: it would boot the trial again and again; use guestctl grub apply, or put /boot on a "
                "plain partition",
                folder, what);
    return false;
}

bool trial_check_storage(const char *folder, GError **error)
{
    struct statfs file_system;
    struct stat stat_buffer;
    if (statfs(folder, &file_system) < 0 || stat(folder, &stat_buffer) < 0) {
        error_set_errno(error, errno, "%s", folder);
        return false;
    }
    g_autofree char *device = g_strdup_printf("/sys/dev/block/%u:%u", major(stat_buffer.st_dev), minor(stat_buffer.st_dev));
    return trial_check_facts(folder, (guint32)file_system.f_type, device, error);
}

/* The last word of this name: "x", "no-x" and "x=1" are different ones. */
static const char *last_of(const Cmdline *line, const char *name)
{
    for (guint i = line->xen_words; i-- > 0;) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(line, i), &option);
        if (g_str_equal(option.name, name))
            return cmdline_word(line, i);
    }
    return NULL;
}

bool trial_is_running(const char *running, const char *options)
{
    g_autoptr(Cmdline) line = cmdline_parse(running), wanted = cmdline_parse(options);
    for (guint i = 0; i < wanted->words->len; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(wanted, i), &option);
        if (g_strcmp0(last_of(line, option.name), last_of(wanted, option.name)) != 0)
            return false;
    }
    return true;
}
