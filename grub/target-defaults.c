/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/target-defaults.h"

#include <string.h>

#include "common/error.h"
#include "grub/boot-block.h"
#include "grub/cmdline-merge.h"
#include "grub/defaults.h"
#include "grub/grub-mkconfig.h"
#include "grub/grub-warnings.h"
#include "grub/menu.h"
#include "grub/shell-value.h"

/* What read keeps for edit and preview. */
typedef struct Own {
    GPtrArray *files;     /* BootFile*: all that grub-mkconfig reads, in order */
    char *override_path;  /* NULL: there is none */
    char *others_default; /* GRUB_CMDLINE_XEN_DEFAULT without us */
    char *xen_id;         /* of an entry that GRUB_DEFAULT can name; NULL: none in grub.cfg */
    bool has_xen;         /* it has an entry that starts Xen */
} Own;

static void own_free(gpointer data)
{
    Own *own = data;
    if (own->files)
        g_ptr_array_unref(own->files);
    g_free(own->override_path);
    g_free(own->others_default);
    g_free(own->xen_id);
    g_free(own);
}

/* The same files without our part. */
static GPtrArray *without_us(const GPtrArray *files, const char *path, GError **error)
{
    g_autoptr(GPtrArray) others = boot_files_new();
    for (guint i = 0; i < files->len; i++) {
        const BootFile *file = files->pdata[i];
        g_autofree char *text = g_str_equal(file->path, path) ? boot_block_set(file->text, path, NULL, error) : g_strdup(file->text);
        if (!text)
            return NULL;
        g_ptr_array_add(others, boot_file_new(file->path, text));
    }
    return g_steal_pointer(&others);
}

static const char empty[] = "";

static const char *value_after(const GPtrArray *all, guint count, DefaultsKey key)
{
    return count == 0 ? empty : ((const DefaultsValues *)all->pdata[count - 1])->value[key];
}

static void add_other(GHashTable *others, const char *name, const char *path)
{
    const char *known = g_hash_table_lookup(others, name);
    if (!known)
        g_hash_table_insert(others, g_strdup(name), g_strdup(path));
    else if (!strstr(known, path))
        g_hash_table_insert(others, g_strdup(name), g_strdup_printf("%s, %s", known, path));
}

/* The words that a file has brought into a variable are its own. */
static void add_words(GHashTable *others, const char *before, const char *after, const char *path)
{
    g_autoptr(Cmdline) old = cmdline_parse(before), new = cmdline_parse(after);
    for (guint i = 0; i < new->words->len; i++) {
        bool there = false;
        for (guint k = 0; k < old->words->len && !there; k++)
            there = g_str_equal(cmdline_word(old, k), cmdline_word(new, i));
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(new, i), &option);
        if (!there && *option.name)
            add_other(others, option.name, path);
    }
}

static bool read_others(BootConfig *config, Own *own, const char *path, GError **error)
{
    g_autoptr(GPtrArray) files = without_us(own->files, path, error);
    g_autoptr(GPtrArray) all = files ? defaults_evaluate(files, error) : NULL;
    if (!all)
        return false;
    config->others = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < files->len; i++)
        for (DefaultsKey key = DEFAULTS_XEN; key <= DEFAULTS_XEN_DEFAULT; key++)
            add_words(config->others, value_after(all, i, key), value_after(all, i + 1, key),
                      ((const BootFile *)files->pdata[i])->path);
    own->others_default = g_strdup(value_after(all, files->len, DEFAULTS_XEN_DEFAULT));
    return true;
}

static bool read_lines(const GPtrArray *files, char **line, char **recovery_line, GError **error)
{
    static const DefaultsValues nothing = {{(char *)empty, (char *)empty, (char *)empty, (char *)empty}};
    g_autoptr(GPtrArray) all = defaults_evaluate(files, error);
    if (!all)
        return false;
    const DefaultsValues *last = all->len ? all->pdata[all->len - 1] : &nothing;
    *line = defaults_line(last);
    *recovery_line = defaults_recovery_line(last);
    return true;
}

static bool is_plain(const char *id)
{
    return *id && id[strspn(id, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-._+~")] == '\0';
}

static guint count_id(const Menu *menu, const char *id)
{
    guint count = 0;
    for (guint i = 0; i < menu->entries->len; i++)
        count += g_str_equal(((const MenuEntry *)menu->entries->pdata[i])->id, id);
    return count;
}

/* "Xen (from the newest)": its id stays the same, whatever is installed. Without submenus (GRUB_DISABLE_SUBMENU) it is not there:
 * then the first one's, of its versions, if it is that of no other. */
static const char *find_id(const Menu *menu)
{
    const char *first = NULL;
    for (guint i = 0; i < menu->entries->len; i++) {
        const MenuEntry *entry = menu->entries->pdata[i];
        if (g_str_has_prefix(entry->id, "xen-gnulinux-simple-"))
            return entry->id;
        if (!first && entry->xen_line && !entry->recovery && entry->parent < 0)
            first = entry->id;
    }
    return first && is_plain(first) && count_id(menu, first) == 1 ? first : NULL;
}

static void read_menu(BootConfig *config, Own *own)
{
    const char *cfg = grub_cfg(config->root);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = grub_read(config->root, cfg, &error);
    g_autoptr(Menu) menu = text ? menu_parse(text) : NULL;
    if (!menu) {
        g_ptr_array_add(config->reasons, reason_new("menu", cfg, SEVERITY_WARNING, error->message));
        return;
    }
    g_autofree char *environment = grub_read(config->root, grub_env(config->root), NULL);
    own->xen_id = g_strdup(find_id(menu));
    own->has_xen = menu_first_xen(menu, false) != NULL;
    config->xen_is_default = grub_warn_of_menu(config->reasons, cfg, menu, environment);
}

static void keep_text(BootConfig *config, const GPtrArray *files, const char *path)
{
    const BootFile *file = path ? boot_files_find(files, path) : NULL;
    if (file)
        g_hash_table_insert(config->texts, g_strdup(path), g_strdup(file->text));
}

bool target_defaults_read(const char *root, const char *path, const char *override_path, BootConfig *config, GError **error)
{
    Own *own = g_new0(Own, 1);
    config->own = own;
    config->own_free = own_free;
    config->path = g_strdup(path);
    own->override_path = g_strdup(override_path);
    own->files = defaults_files(root, grub_mkconfig_reads_folder(root) || override_path, error);
    if (!own->files)
        return false;
    keep_text(config, own->files, path);
    keep_text(config, own->files, override_path);
    if (!read_others(config, own, path, error) || !read_lines(own->files, &config->line, &config->recovery_line, error))
        return false;
    grub_warn_of_files(config->reasons, own->files, path, config->others);
    read_menu(config, own);
    grub_warn_of_kernels(config->reasons, root);
    return true;
}

#define LINE_START(name) name "=\"$" name " "

/* The options that our part sets now. */
static Cmdline *options_of(const char *inside)
{
    const char *start = strstr(inside, LINE_START("GRUB_CMDLINE_XEN"));
    if (!start)
        return cmdline_parse("");
    start += strlen(LINE_START("GRUB_CMDLINE_XEN"));
    g_autofree char *text = g_strndup(start, strcspn(start, "\"\n"));
    return cmdline_parse(text);
}

/* The GRUB_DEFAULT that our part has now; NULL: none. */
static char *entry_line_of(const char *inside)
{
    g_auto(GStrv) lines = g_strsplit(inside, "\n", -1);
    for (char **line = lines; *line; line++)
        if (g_str_has_prefix(*line, "GRUB_DEFAULT="))
            return g_strdup(*line);
    return NULL;
}

static bool shares_option(const Cmdline *options, const char *line)
{
    g_autoptr(Cmdline) other = cmdline_parse(line);
    for (guint i = 0; i < options->words->len; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(options, i), &option);
        g_autofree char *value = cmdline_get(other, option.name);
        if (value)
            return true;
    }
    return false;
}

/* The lines of our part. In the second variable too when somebody else sets one of the options there: it comes later. */
static char *part(const BootConfig *config, const Cmdline *options, const char *entry_line)
{
    const Own *own = config->own;
    g_autofree char *words = cmdline_print(options);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, LINE_START("GRUB_CMDLINE_XEN") "%s\"\n", words);
    if (shares_option(options, own->others_default))
        g_string_append_printf(text, LINE_START("GRUB_CMDLINE_XEN_DEFAULT") "%s\"\n", words);
    if (entry_line)
        g_string_append_printf(text, "%s\n", entry_line);
    return g_string_free(text, FALSE);
}

static const char *text_of(const BootConfig *config, const char *path)
{
    const char *text = g_hash_table_lookup(config->texts, path);
    return text ? text : "";
}

static bool add_part(const BootConfig *config, const char *path, const char *inside, GPtrArray *add, GError **error)
{
    g_autofree char *text = boot_block_set(text_of(config, path), path, inside, error);
    if (!text)
        return false;
    g_ptr_array_add(add, boot_file_new(path, text));
    return true;
}

/* "; GRUB_DISABLE_SUBMENU in FILE ..."; "" when no file has it. */
static char *without_submenu(const Own *own)
{
    for (guint i = own->files->len; i > 0; i--) {
        const BootFile *file = own->files->pdata[i - 1];
        if (shell_value_count(file->text, "GRUB_DISABLE_SUBMENU") > 0)
            return g_strdup_printf("; GRUB_DISABLE_SUBMENU in %s may be why: take it out and make the file anew", file->path);
    }
    return g_strdup("");
}

static char *chosen_entry(const BootConfig *config, GError **error)
{
    const Own *own = config->own;
    if (own->xen_id)
        return g_strdup_printf("GRUB_DEFAULT=%s", own->xen_id);
    g_autofree char *setting = without_submenu(own);
    if (own->has_xen) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "%s: there are entries that start Xen, but none with an id xen-gnulinux-simple-..., and the first has none that is its own alone, so "
                    "none can be made the default%s",
                    grub_cfg(config->root), setting);
        return NULL;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                "%s: no entry there has an id xen-gnulinux-simple-..., so none can be made the default; install Xen and a kernel with "
                "CONFIG_XEN_DOM0=y, and make the file anew",
                grub_cfg(config->root));
    return NULL;
}

bool target_defaults_edit(const BootConfig *config, const Cmdline *options, bool set_default, GPtrArray *add, GError **error)
{
    const Own *own = config->own;
    g_autofree char *inside = NULL;
    if (!defaults_check_words(options, error) || !boot_block_get(text_of(config, config->path), config->path, &inside, error))
        return false;
    g_autoptr(Cmdline) all = options_of(inside ? inside : "");
    if (!cmdline_merge(all, options, error))
        return false;
    g_autofree char *entry_line = set_default ? chosen_entry(config, error) : entry_line_of(inside ? inside : "");
    if (set_default && !entry_line)
        return false;
    if (set_default && own->override_path && !add_part(config, own->override_path, "XEN_OVERRIDE_GRUB_DEFAULT=1\n", add, error))
        return false;
    g_autofree char *text = part(config, all, entry_line);
    return add_part(config, config->path, text, add, error);
}

static int by_path(gconstpointer a, gconstpointer b)
{
    const BootFile *first = *(const BootFile *const *)a, *second = *(const BootFile *const *)b;
    return strcmp(first->path, second->path);
}

/* All files as they will be. /etc/default/grub sorts before /etc/default/grub.d/ anything, as it is read. */
static GPtrArray *with_edited(const Own *own, const GPtrArray *files)
{
    GPtrArray *all = boot_files_new();
    for (guint i = 0; i < own->files->len; i++) {
        const BootFile *file = own->files->pdata[i];
        if (!boot_files_find(files, file->path))
            g_ptr_array_add(all, boot_file_new(file->path, file->text));
    }
    for (guint i = 0; i < files->len; i++) {
        const BootFile *file = files->pdata[i];
        if (file->text)
            g_ptr_array_add(all, boot_file_new(file->path, file->text));
    }
    g_ptr_array_sort(all, by_path);
    return all;
}

bool target_defaults_preview(const BootConfig *config, const GPtrArray *files, char **line, char **recovery_line, GError **error)
{
    g_autoptr(GPtrArray) all = with_edited(config->own, files);
    return read_lines(all, line, recovery_line, error);
}

/* Whether this word is the last of its name, in a line or in that of recovery entries, after one of the files. */
static bool counts(const DefaultsValues *values, const char *word, bool recovery)
{
    g_autofree char *text = recovery ? g_strdup(values->value[DEFAULTS_XEN]) : defaults_line(values);
    g_autoptr(Cmdline) line = cmdline_parse(text);
    g_auto(CmdlineOption) option = {0}, other = {0};
    cmdline_option_read(word, &option);
    for (guint i = line->xen_words; i > 0; i--) {
        cmdline_option_clear(&other);
        cmdline_option_read(cmdline_word(line, i - 1), &other);
        if (g_str_equal(other.name, option.name))
            return g_str_equal(cmdline_word(line, i - 1), word);
    }
    return false;
}

char *target_defaults_lost(const BootConfig *config, const GPtrArray *files, const char *word, bool recovery)
{
    g_autoptr(GPtrArray) all = with_edited(config->own, files);
    g_autoptr(GPtrArray) values = defaults_evaluate(all, NULL);
    guint ours = 0;
    while (ours < all->len && !g_str_equal(((const BootFile *)all->pdata[ours])->path, config->path))
        ours++;
    if (!values || ours == all->len)
        return NULL;
    if (!counts(values->pdata[ours], word, recovery))
        return g_strdup_printf("our own part at the end of %s does not take effect: the shell does not come to it (a return before it, or a "
                               "here-document without its end); put that right",
                               config->path);
    for (guint i = ours + 1; i < all->len; i++)
        if (!counts(values->pdata[i], word, recovery))
            return g_strdup_printf("%s, which is read after ours, has the last word; take it away there", ((const BootFile *)all->pdata[i])->path);
    return NULL;
}
