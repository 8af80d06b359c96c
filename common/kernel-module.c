/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/kernel-module.h"

#include <string.h>

#include "common/drop-in.h"

#define TABLE_MAX (16 * 1024 * 1024) /* bytes: modules.dep of a large kernel has 1 MB */

static void use_underscores(char *name)
{
    g_strdelimit(name, "-", '_');
}

static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
            return false;
    return *a == *b;
}

/* /lib/modules/RELEASE/FILE of the running kernel; NULL: not there. Caller frees. */
static char *read_table(SysTree *tree, const char *file)
{
    g_autofree char *release = sys_read_line(tree, "/proc/sys/kernel/osrelease");
    if (!release || !*release || strchr(release, '/'))
        return NULL;
    g_autofree char *path = g_strdup_printf("/lib/modules/%s/%s", release, file);
    return sys_read(tree, path, TABLE_MAX);
}

/* Whether a line of modules.dep or modules.builtin begins with the path of NAME.ko. */
static bool table_has(const char *table, const char *name)
{
    for (const char *line = table; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        gsize length = strcspn(line, ":\n");
        g_autofree char *path = g_strndup(line, length);
        g_autofree char *base = g_path_get_basename(path);
        char *end = strstr(base, ".ko");
        if (end)
            *end = '\0';
        if (end && same_name(base, name))
            return true;
    }
    return false;
}

ModuleState module_state(SysTree *tree, const char *name)
{
    g_autofree char *loaded = sys_read(tree, "/proc/modules", TABLE_MAX);
    g_autofree char *start = g_strconcat("\n", name, " ", NULL);
    use_underscores(start);
    if (loaded && (g_str_has_prefix(loaded, start + 1) || strstr(loaded, start)))
        return MODULE_LOADED;
    g_autofree char *folder = g_strconcat("/sys/module/", name, NULL);
    use_underscores(folder + strlen("/sys/module/"));
    if (sys_exists(tree, folder))
        return MODULE_BUILT_IN;
    g_autofree char *builtin = read_table(tree, "modules.builtin");
    return table_has(builtin, name) ? MODULE_BUILT_IN : MODULE_ABSENT;
}

ModuleFile module_file(SysTree *tree, const char *name)
{
    if (!sys_exists(tree, "/proc/modules") && sys_exists(tree, "/proc/sys/kernel/osrelease"))
        return MODULE_NO_LOADER;
    g_autofree char *table = read_table(tree, "modules.dep");
    return !table ? MODULE_NOT_KNOWN : table_has(table, name) ? MODULE_CAN_LOAD : MODULE_NO_FILE;
}

typedef bool (*Wanted)(const GStrv words, void *data);

/* Between any blanks. Ends with NULL, caller frees. */
static GStrv words_of(const char *line)
{
    g_auto(GStrv) parts = g_strsplit_set(line, " \t\r", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **part = parts; *part; part++)
        if (**part)
            g_ptr_array_add(words, g_strdup(*part));
    g_ptr_array_add(words, NULL);
    return (GStrv)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

/* The last file below modprobe.d with a line that wanted() takes. NULL: none. A file that cannot be read tells nothing, and is no
 * fault: most are about other modules. Caller frees. */
static char *last_file(SysTree *tree, Wanted wanted, void *data)
{
    static const char *const folders[] = {"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d",
                                          "/lib/modprobe.d", NULL};
    char *found = NULL;
    g_auto(GStrv) paths = drop_in_paths(tree, folders, ".conf");
    guint faults = tree->faults->len;
    for (char **path = paths; *path; path++) {
        g_autofree char *text = drop_in_read(tree, *path);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (char **line = lines; *line; line++) {
            g_auto(GStrv) words = words_of(*line);
            if (!words[0] || !wanted(words, data))
                continue;
            g_free(found);
            found = g_strdup(*path);
        }
    }
    g_ptr_array_set_size(tree->faults, (int)faults);
    return found;
}

/* module_blacklist= is the kernel's own, modprobe.blacklist= that of modprobe. */
static bool forbidden_at_boot(SysTree *tree, const char *name)
{
    g_autofree char *line = sys_read_line(tree, "/proc/cmdline");
    g_auto(GStrv) words = words_of(line ? line : "");
    for (char **word = words; *word; word++) {
        const char *list = g_str_has_prefix(*word, "module_blacklist=") || g_str_has_prefix(*word, "modprobe.blacklist=") ? strchr(*word, '=') + 1 : "";
        g_auto(GStrv) names = g_strsplit(list, ",", -1);
        for (char **at = names; *at; at++)
            if (same_name(*at, name))
                return true;
    }
    return false;
}

static bool forbids(const GStrv words, void *name)
{
    if (!words[1] || !same_name(words[1], name))
        return false;
    bool nothing = words[2] && (g_str_has_suffix(words[2], "/false") || g_str_has_suffix(words[2], "/true"));
    return g_str_equal(words[0], "blacklist") || (g_str_equal(words[0], "install") && nothing);
}

char *module_forbidden(SysTree *tree, const char *name)
{
    if (forbidden_at_boot(tree, name))
        return g_strdup("/proc/cmdline");
    return last_file(tree, forbids, (void *)(guintptr)name);
}

static bool lists(const char *text, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (same_name(g_strstrip(*line), name))
            return true;
    return false;
}

char *module_at_boot(SysTree *tree, const char *name)
{
    static const char *const folders[] = {"/etc/modules-load.d", "/run/modules-load.d", "/usr/local/lib/modules-load.d", "/usr/lib/modules-load.d",
                                          "/lib/modules-load.d", NULL};
    guint faults = tree->faults->len;
    char *found = NULL;
    g_autofree char *debian = drop_in_read(tree, "/etc/modules");
    g_auto(GStrv) paths = drop_in_paths(tree, folders, ".conf");
    for (char **path = paths; *path && !found; path++) {
        g_autofree char *text = drop_in_read(tree, *path);
        if (lists(text, name))
            found = g_strdup(*path);
    }
    g_ptr_array_set_size(tree->faults, (int)faults); /* then the line is there twice, which does no harm */
    return found ? found : lists(debian, name) ? g_strdup("/etc/modules") : NULL;
}

typedef struct Search {
    const char *module, *option;
    char *value;
} Search;

static bool sets_option(const GStrv words, void *data)
{
    Search *search = data;
    if (!g_str_equal(words[0], "options") || !words[1] || !same_name(words[1], search->module))
        return false;
    bool found = false;
    gsize n = strlen(search->option);
    for (char **word = words + 2; *word; word++)
        if (g_str_has_prefix(*word, search->option) && (*word)[n] == '=') {
            g_free(search->value);
            search->value = g_strdup(*word + n + 1);
            found = true;
        }
    return found;
}

char *module_option(SysTree *tree, const char *name, const char *option, char **value)
{
    Search search = {.module = name, .option = option};
    char *path = last_file(tree, sets_option, &search);
    g_autofree char *line = sys_read_line(tree, "/proc/cmdline");
    g_auto(GStrv) words = words_of(line ? line : "");
    for (char **word = words; *word; word++) {
        g_autofree char *module = g_strndup(*word, strcspn(*word, "."));
        g_auto(GStrv) value_of = g_strsplit(*word + strlen(module), "=", 2);
        if (!value_of[0] || *value_of[0] != '.' || !value_of[1] || !same_name(module, name) || !same_name(value_of[0] + 1, option))
            continue;
        g_free(search.value);
        search.value = g_strdup(value_of[1]);
        g_free(path);
        path = g_strdup("/proc/cmdline");
    }
    *value = search.value;
    return path;
}

char *module_parameter(SysTree *tree, const char *name, const char *parameter)
{
    g_autofree char *path = g_strdup_printf("/sys/module/%s/parameters/%s", name, parameter);
    use_underscores(path + strlen("/sys/module/"));
    return sys_read_line(tree, path);
}
