/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/udev-rule.h"

#include <stdlib.h>
#include <string.h>

#include "common/drop-in.h"

/* Read over all lines of all files. */
typedef struct Reading {
    const char *kernel, *subsystem;
    char *group, *mode, *where;
    bool group_final, mode_final;
} Reading;

/* One part of a line: KEY, operator and value without quotes. Callers free key and value. False: it is none. */
static bool read_part(const char *part, char **key, char operator[3], char **value)
{
    const char *quote = strchr(part, '"'), *end = quote ? strchr(quote + 1, '"') : NULL;
    gsize n = strcspn(part, "=!+-:\" \t");
    if (!end || n == 0)
        return false;
    g_autofree char *between = g_strndup(part + n, (gsize)(quote - part) - n);
    g_strlcpy(operator, g_strstrip(between), 3);
    *key = g_strndup(part, n);
    *value = g_strndup(quote + 1, (gsize)(end - quote - 1));
    return true;
}

/* "kvm|vhost-*" */
static bool matches(const char *patterns, const char *name)
{
    g_auto(GStrv) list = g_strsplit(patterns, "|", -1);
    for (char **at = list; *at; at++)
        if (g_pattern_match_simple(*at, name))
            return true;
    return false;
}

/* Commas within quotes do not separate. Ends with NULL, caller frees. */
static GStrv parts_of(const char *line)
{
    GPtrArray *parts = g_ptr_array_new();
    bool quoted = false;
    const char *start = line;
    for (const char *at = line;; at++) {
        quoted ^= *at == '"';
        if (*at != '\0' && (*at != ',' || quoted))
            continue;
        g_ptr_array_add(parts, g_strstrip(g_strndup(start, (gsize)(at - start))));
        if (*at == '\0')
            break;
        start = at + 1;
    }
    g_ptr_array_add(parts, NULL);
    return (GStrv)g_ptr_array_free(parts, FALSE);
}

static void assign(char **to, bool *final, const char *operator, char **value)
{
    if (*final)
        return;
    g_free(*to);
    *to = g_steal_pointer(value);
    *final = *operator == ':';
}

static void read_line(Reading *reading, const char *path, const char *line)
{
    bool about = false, other = false;
    char *group = NULL, *mode = NULL, group_operator = 0, mode_operator = 0;
    g_auto(GStrv) parts = parts_of(line);
    for (char **part = parts; *part; part++) {
        char *key = NULL, *value = NULL, operator[3] = "";
        if (!read_part(*part, &key, operator, &value))
            continue;
        bool equal = g_str_equal(operator, "=="), unequal = g_str_equal(operator, "!=");
        const char *ours = g_str_equal(key, "KERNEL") ? reading->kernel : g_str_equal(key, "SUBSYSTEM") ? reading->subsystem
                           : g_str_equal(key, "ACTION") ? "add" : NULL;
        if (ours && (equal || unequal)) {
            other |= matches(value, ours) != equal;
            about |= ours == reading->kernel && equal;
        } else if (!equal && !unequal && (g_str_equal(key, "GROUP") || g_str_equal(key, "MODE"))) {
            char **to = *key == 'G' ? &group : &mode;
            *(*key == 'G' ? &group_operator : &mode_operator) = *operator;
            g_free(*to);
            *to = g_steal_pointer(&value);
        }
        g_free(key);
        g_free(value);
    }
    if (about && !other && (group || mode)) {
        g_free(reading->where);
        reading->where = g_strdup(path);
        if (group)
            assign(&reading->group, &reading->group_final, &group_operator, &group);
        if (mode)
            assign(&reading->mode, &reading->mode_final, &mode_operator, &mode);
    }
    g_free(group);
    g_free(mode);
}

static void read_rules(SysTree *tree, Reading *reading)
{
    static const char *const folders[] = {"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
                                          "/lib/udev/rules.d", NULL};
    g_auto(GStrv) paths = drop_in_paths(tree, folders, ".rules");
    for (char **path = paths; *path; path++) {
        g_autofree char *text = drop_in_read(tree, *path);
        g_auto(GStrv) pieces = g_strsplit(text, "\\\n", -1); /* a line may go on in the next */
        g_autofree char *joined = g_strjoinv(" ", pieces);
        g_auto(GStrv) lines = g_strsplit(joined, "\n", -1);
        for (char **line = lines; *line; line++)
            if (*g_strstrip(*line) != '#')
                read_line(reading, *path, *line);
    }
}

/* "kvm root:kvm 660": the first line about it counts. */
static void read_mdev(SysTree *tree, DeviceRule *rule, const char *kernel)
{
    g_autofree char *text = drop_in_read(tree, "/etc/mdev.conf");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line && !rule->where; line++) {
        g_auto(GStrv) words = g_strsplit_set(*line, " \t", -1);
        GPtrArray *of = g_ptr_array_new();
        for (char **word = words; *word; word++)
            if (**word)
                g_ptr_array_add(of, *word);
        if (of->len >= 3 && g_str_equal(of->pdata[0], kernel) && strchr(of->pdata[1], ':')) {
            rule->where = g_strdup("/etc/mdev.conf");
            rule->group = g_strdup(strchr(of->pdata[1], ':') + 1);
            rule->mode = (unsigned)strtoul(of->pdata[2], NULL, 8);
            rule->mdev = true;
        }
        g_ptr_array_unref(of);
    }
}

DeviceRule device_rule(SysTree *tree, const char *kernel, const char *subsystem)
{
    Reading reading = {.kernel = kernel, .subsystem = subsystem};
    DeviceRule rule = {0};
    read_rules(tree, &reading);
    rule.where = reading.where;
    rule.group = reading.group;
    if (!rule.where)
        read_mdev(tree, &rule, kernel);
    else
        rule.mode = reading.mode ? (unsigned)strtoul(reading.mode, NULL, 8) : rule.group && !g_str_equal(rule.group, "root") ? 0660 : 0600;
    if (!rule.group)
        rule.group = g_strdup("root");
    g_free(reading.mode);
    return rule;
}

bool device_rule_lets(const DeviceRule *rule, const char *group)
{
    return rule->where && ((rule->mode & 06) == 06 || (g_str_equal(rule->group, group) && (rule->mode & 060) == 060));
}

void device_rule_clear(DeviceRule *rule)
{
    g_free(rule->where);
    g_free(rule->group);
    *rule = (DeviceRule){0};
}
