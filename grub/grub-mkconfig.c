/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/grub-mkconfig.h"

#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/run.h"
#include "grub/cmdline.h"
#include "grub/menu.h"

#define XEN_ID "xen-gnulinux-" /* how the ids of 20_linux_xen begin */
#define CFG_MAX (4 * 1024 * 1024) /* bytes of a file of GRUB's */

static char *find_program(const char *root, const char *name)
{
    static const char *const folders[] = {"/usr/local/sbin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_strconcat(root, folders[i], "/", name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
            return g_steal_pointer(&path);
    }
    return NULL;
}

const char *grub_program(const char *root, const char *const *names)
{
    for (; *names; names++) {
        g_autofree char *path = find_program(root, *names);
        if (path)
            return *names;
    }
    return NULL;
}

char *grub_program_words(const char *root, const char *program, const char *arguments)
{
    g_autofree char *quoted = g_shell_quote(root);
    return g_strconcat(*root ? "chroot " : "", *root ? quoted : "", *root ? " " : "", program, *arguments ? " " : "", arguments, NULL);
}

char *grub_mkconfig_words(const char *root)
{
    static const char *const updaters[] = {"update-grub", NULL}, *const makers[] = {"grub2-mkconfig", "grub-mkconfig", NULL};
    const char *program = grub_program(root, updaters);
    if (program && g_str_equal(grub_folder(root), "/boot/grub"))
        return grub_program_words(root, program, "");
    program = grub_program(root, makers);
    g_autofree char *arguments = g_strdup_printf("-o %s", grub_cfg(root));
    return grub_program_words(root, program ? program : "grub-mkconfig", arguments);
}

bool grub_mkconfig_reads_folder(const char *root)
{
    static const char *const names[] = {"grub-mkconfig", "grub2-mkconfig"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = find_program(root, names[i]);
        g_autofree char *text = path ? file_read(path, CFG_MAX, NULL, NULL) : NULL;
        if (text)
            return strstr(text, "/default/grub.d") != NULL;
    }
    return false;
}

static bool has_grub2(const char *root)
{
    g_autofree char *folder = g_strconcat(root, "/boot/grub2", NULL);
    return g_file_test(folder, G_FILE_TEST_IS_DIR);
}

const char *grub_folder(const char *root)
{
    return has_grub2(root) ? "/boot/grub2" : "/boot/grub";
}

const char *grub_cfg(const char *root)
{
    return has_grub2(root) ? "/boot/grub2/grub.cfg" : "/boot/grub/grub.cfg";
}

const char *grub_env(const char *root)
{
    return has_grub2(root) ? "/boot/grub2/grubenv" : "/boot/grub/grubenv";
}

char *grub_read(const char *root, const char *path, GError **error)
{
    g_autofree char *real = g_strconcat(root, path, NULL);
    return file_read(real, CFG_MAX, NULL, error);
}

/* The scripts put blanks of their own between the words, and flask=enforcing behind the line of a second entry for the
 * security modules. */
static bool same_words(const char *line, const char *wanted)
{
    g_autofree char *tidy = g_strdelimit(g_strdup(wanted), "\t", ' ');
    g_autoptr(Cmdline) a = cmdline_parse(line), b = cmdline_parse(tidy);
    guint extra = a->words->len == b->words->len + 1 && g_str_equal(cmdline_word(a, a->words->len - 1), "flask=enforcing");
    if (a->words->len - extra != b->words->len)
        return false;
    for (guint i = 0; i < b->words->len; i++)
        if (!g_str_equal(cmdline_word(a, i), cmdline_word(b, i)))
            return false;
    return true;
}

static bool check_entry(const char *cfg, const MenuEntry *entry, const char *wanted, GError **error)
{
    g_autofree char *line = menu_xen_words(entry);
    if (!menu_check_words(cfg, line, error))
        return false;
    if (same_words(line, wanted))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR,
                "%s: the entry \"%s\" gives Xen \"%s\", and should give it \"%s\"", cfg, entry->title, line, wanted);
    return false;
}

/* Entries of 20_linux_xen, by their id; else, since a distribution may have others, the first that starts Xen of each kind. */
static bool counts(const Menu *menu, const MenuEntry *entry, bool has_ids)
{
    if (!entry->xen_line)
        return false;
    return has_ids ? g_str_has_prefix(entry->id, XEN_ID) : entry == menu_first_xen(menu, entry->recovery);
}

static bool has_xen_ids(const Menu *menu)
{
    for (guint i = 0; i < menu->entries->len; i++) {
        const MenuEntry *entry = menu->entries->pdata[i];
        if (entry->xen_line && g_str_has_prefix(entry->id, XEN_ID))
            return true;
    }
    return false;
}

static bool check_entries(const char *cfg, const Menu *menu, const char *line, const char *recovery_line, GError **error)
{
    guint found = 0;
    bool has_ids = has_xen_ids(menu);
    for (guint i = 0; i < menu->entries->len; i++) {
        const MenuEntry *entry = menu->entries->pdata[i];
        if (!counts(menu, entry, has_ids))
            continue;
        const char *wanted = entry->recovery ? recovery_line : line;
        if (wanted && !check_entry(cfg, entry, wanted, error))
            return false;
        found++;
    }
    if (found > 0)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                "%s has no entry that starts Xen; install the hypervisor and a kernel with CONFIG_XEN_DOM0=y below /boot", cfg);
    return false;
}

/* GRUB's own parser; the tree's, or else this machine's. */
static bool check_syntax(const char *root, const char *cfg, GError **error)
{
    static const char *const names[] = {"grub-script-check", "grub2-script-check", NULL};
    const char *program = grub_program(root, names);
    g_autofree char *whole = g_strconcat(root, cfg, NULL);
    g_autofree char *quoted = g_shell_quote(program ? cfg : whole);
    if (!program)
        program = grub_program("", names);
    if (!program) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                    "%s: grub-script-check is missing, so it cannot be checked; it comes with grub-mkconfig", whole);
        return false;
    }
    bool within = grub_program(root, names) != NULL;
    g_autofree char *words = grub_program_words(within ? root : "", program, quoted);
    return run_program(words, NULL, NULL, error);
}

bool grub_cfg_check(const char *root, const char *line, const char *recovery_line, GError **error)
{
    const char *cfg = grub_cfg(root);
    g_autofree char *text = grub_read(root, cfg, error);
    if (!text)
        return false;
    g_autoptr(Menu) menu = menu_parse(text);
    return check_entries(cfg, menu, line, recovery_line, error) && check_syntax(root, cfg, error);
}

char *grub_environment(const char *grubenv, const char *name)
{
    return menu_environment(grubenv, name);
}
