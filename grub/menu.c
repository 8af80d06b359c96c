/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/menu.h"

#include <string.h>

#include "common/error.h"

#define ID_OPTION "$menuentry_id_option"

static void entry_free(gpointer data)
{
    MenuEntry *entry = data;
    g_free(entry->title);
    g_free(entry->id);
    g_free(entry->head);
    g_free(entry->text);
    g_free(entry->xen_line);
    g_free(entry);
}

void menu_free(Menu *menu)
{
    if (!menu)
        return;
    g_ptr_array_unref(menu->entries);
    g_free(menu->chosen);
    g_free(menu);
}

/* The next word as grub_quote writes it: 'it'\''s'. *at moves behind it. Caller frees. */
static char *next_word(const char **at)
{
    GString *word = g_string_new(NULL);
    const char *c = *at + strspn(*at, " \t");
    for (char quote = 0; *c && (quote || !strchr(" \t", *c)); c++) {
        if (quote && *c == quote)
            quote = 0;
        else if (!quote && (*c == '\'' || *c == '"'))
            quote = *c;
        else if (quote != '\'' && *c == '\\' && c[1])
            g_string_append_c(word, *++c);
        else
            g_string_append_c(word, *c);
    }
    *at = c;
    return g_string_free(word, FALSE);
}

static bool starts(const char *line, const char *word)
{
    gsize length = strlen(word);
    return strncmp(line, word, length) == 0 && (line[length] == ' ' || line[length] == '\t');
}

/* The value of an option, in the same word or in the next. Caller frees. */
static char *option_value(const char *word, const char **at)
{
    const char *equals = strchr(word, '=');
    return equals ? g_strdup(equals + 1) : next_word(at);
}

static bool has_value(const char *word)
{
    static const char *const options[] = {"--class", "--users", "--hotkey", "--source"}; /* grub commands/menuentry.c */
    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        if (g_str_equal(word, options[i]))
            return true;
    return false;
}

/* The words up to "{", title and id apart: start is where each is written. */
static void read_words(MenuEntry *entry, const char *at)
{
    g_autoptr(GString) head = g_string_new(NULL);
    for (at += strspn(at, " \t"); *at; at += strspn(at, " \t")) {
        const char *start = at;
        g_autofree char *word = next_word(&at);
        bool is_id = g_str_equal(word, ID_OPTION) || g_str_equal(word, "--id") || g_str_has_prefix(word, "--id=");
        if (g_str_equal(word, "{"))
            break;
        if (is_id) {
            g_free(entry->id);
            entry->id = option_value(word, &at);
            continue;
        }
        if (!entry->title && !g_str_has_prefix(word, "--")) {
            entry->title = g_steal_pointer(&word);
            continue;
        }
        entry->unrestricted |= g_str_equal(word, "--unrestricted");
        if (has_value(word))
            g_free(next_word(&at));
        g_string_append_printf(head, "%s%.*s", head->len ? " " : "", (int)(at - start), start);
    }
    entry->head = g_strdup(head->str);
}

/* "menuentry 'title' --class xen $menuentry_id_option 'id' {" */
static MenuEntry *read_head(const char *line, int parent)
{
    MenuEntry *entry = g_new0(MenuEntry, 1);
    entry->submenu = starts(line, "submenu");
    entry->parent = parent;
    read_words(entry, line + strcspn(line, " \t"));
    if (!entry->title)
        entry->title = g_strdup("");
    if (!entry->id)
        entry->id = g_strdup("");
    entry->recovery = strstr(entry->id, "-recovery-") != NULL;
    return entry;
}

/* "multiboot2 /boot/xen-4.17-amd64.gz placeholder ..." */
static void read_loader(MenuEntry *entry, const char *line)
{
    static const char *const loaders[] = {"multiboot2", "multiboot", "xen_hypervisor"};
    for (gsize i = 0; i < G_N_ELEMENTS(loaders) && !entry->xen_line; i++) {
        if (!starts(line, loaders[i]))
            continue;
        const char *at = line + strlen(loaders[i]);
        g_autofree char *path = next_word(&at), *name = g_path_get_basename(path);
        if (g_str_has_prefix(name, "xen"))
            entry->xen_line = g_strdup(at + strspn(at, " \t"));
    }
}

/* `set default="X"`, but that of an entry for one boot. */
static void read_setting(Menu *menu, const char *line)
{
    if (g_str_has_prefix(line, "set default=")) {
        const char *at = line + strlen("set default=");
        g_autofree char *value = next_word(&at);
        if (g_str_equal(value, "${next_entry}"))
            menu->next_entry = true;
        else {
            g_free(menu->chosen);
            menu->chosen = g_steal_pointer(&value);
        }
    }
    if ((starts(line, "source") || starts(line, ".")) && g_str_has_suffix(line, "/custom.cfg"))
        menu->custom = true;
}

/* Fedora's 01_users asks for user.cfg's password around it. */
static void read_superusers(Menu *menu, const char *line, bool *if_password)
{
    bool sets = *line != '#' && strstr(line, "superusers=");
    if (starts(line, "if"))
        *if_password = strstr(line, "GRUB2_PASSWORD") != NULL;
    else if (g_str_equal(line, "fi"))
        *if_password = false;
    menu->superusers_if_password |= sets && *if_password;
    menu->superusers |= sets && !*if_password;
}

Menu *menu_parse(const char *text)
{
    bool if_password = false;
    Menu *menu = g_new0(Menu, 1);
    menu->entries = g_ptr_array_new_with_free_func(entry_free);
    int parent = -1;
    MenuEntry *entry = NULL; /* whose lines these are */
    const char *start = NULL;
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        g_autofree char *bare = g_strstrip(g_strndup(line, strcspn(line, "\n")));
        bool head = starts(bare, "menuentry") || starts(bare, "submenu");
        if (!entry && head) {
            entry = read_head(bare, parent);
            g_ptr_array_add(menu->entries, entry);
            start = line;
            if (entry->submenu) {
                entry->text = g_strdup("");
                parent = (int)menu->entries->len - 1;
                entry = NULL;
            }
        } else if (entry && g_str_equal(bare, "}")) {
            entry->text = g_strndup(start, (gsize)(line - start) + strcspn(line, "\n") + 1);
            entry = NULL;
        } else if (entry)
            read_loader(entry, bare);
        else if (parent >= 0 && g_str_equal(bare, "}"))
            parent = ((const MenuEntry *)menu->entries->pdata[parent])->parent;
        else {
            read_setting(menu, bare);
            read_superusers(menu, bare, &if_password);
        }
    }
    if (entry && !entry->text)
        entry->text = g_strdup(start);
    return menu;
}

/* The entry of one level that a part of the choice means: by title, id, or number. -1: none */
static int child(const Menu *menu, int parent, const char *wanted)
{
    guint64 number = 0, place = 0;
    bool numbered = g_ascii_string_to_unsigned(wanted, 10, 0, G_MAXINT, &number, NULL);
    for (guint i = 0; i < menu->entries->len; i++) {
        const MenuEntry *entry = menu->entries->pdata[i];
        if (entry->parent != parent)
            continue;
        if (numbered ? place == number : g_str_equal(entry->title, wanted) || (*entry->id && g_str_equal(entry->id, wanted)))
            return (int)i;
        place++;
    }
    return -1;
}

/* "1>2", "submenu-id>entry-id"; ">>" is a ">" of a title. */
static GStrv path_of(const char *chosen)
{
    GPtrArray *parts = g_ptr_array_new();
    g_autoptr(GString) part = g_string_new(NULL);
    for (const char *c = chosen; *c; c++) {
        if (*c == '>' && c[1] != '>') {
            g_ptr_array_add(parts, g_strdup(part->str));
            g_string_truncate(part, 0);
        } else
            g_string_append_c(part, *c == '>' ? *c++ : *c);
    }
    g_ptr_array_add(parts, g_strdup(part->str));
    g_ptr_array_add(parts, NULL);
    return (GStrv)g_ptr_array_free(parts, FALSE);
}

const MenuEntry *menu_default(const Menu *menu, const char *saved)
{
    const char *chosen = menu->chosen && strstr(menu->chosen, "saved_entry") ? saved : menu->chosen;
    g_auto(GStrv) path = path_of(chosen && *chosen ? chosen : "0");
    int index = -1;
    for (char **part = path; *part; part++) {
        int next = child(menu, index, *part);
        if (next < 0 && index < 0 && part == path)
            next = child(menu, -1, "0"); /* GRUB boots the first one when there is none of this name */
        if (next < 0)
            break;
        index = next;
    }
    while (index >= 0 && ((const MenuEntry *)menu->entries->pdata[index])->submenu) {
        int first = child(menu, index, "0");
        if (first < 0)
            return NULL;
        index = first;
    }
    return index < 0 ? NULL : menu->entries->pdata[index];
}

const MenuEntry *menu_first_xen(const Menu *menu, bool recovery)
{
    for (guint i = 0; i < menu->entries->len; i++) {
        const MenuEntry *entry = menu->entries->pdata[i];
        if (entry->xen_line && entry->recovery == recovery)
            return entry;
    }
    return NULL;
}

char *menu_xen_words(const MenuEntry *entry)
{
    g_auto(GStrv) words = g_strsplit_set(entry->xen_line, " \t", -1);
    g_autoptr(GString) line = g_string_new(NULL);
    for (char **word = words; *word; word++) {
        bool added_by_grub = (word == words && g_str_equal(*word, "placeholder")) || g_str_equal(*word, "${xen_rm_opts}");
        if (**word && !added_by_grub)
            g_string_append_printf(line, "%s%s", line->len ? " " : "", *word);
    }
    return g_strdup(line->str);
}

bool menu_check_words(const char *where, const char *words, GError **error)
{
    for (const char *at = words; *at; at++) {
        bool comment = *at == '#' && (at == words || strchr(" \t", at[-1]));
        if (!comment && !strchr(";&|<>{}$'\"\\", *at))
            continue;
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "%s: GRUB takes the character %c in \"%s\" for its own script's, so Xen would not get the line as it is written; take it "
                    "away where it is set (GRUB_CMDLINE_XEN and GRUB_CMDLINE_XEN_DEFAULT in /etc/default/grub and /etc/default/grub.d)",
                    where, *at, words);
        return false;
    }
    return true;
}

char *menu_environment(const char *grubenv, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(grubenv, "\n", -1);
    for (char **line = lines; *line; line++) {
        gsize length = strlen(name);
        if (strncmp(*line, name, length) == 0 && (*line)[length] == '=' && (*line)[length + 1])
            return g_strdup(*line + length + 1);
    }
    return NULL;
}
