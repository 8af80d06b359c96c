/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dom0-conf.h"

#include <string.h>

#include "common/cpu-set.h"
#include "common/error.h"
#include "common/file.h"
#include "common/guest-file.h"
#include "common/keyfile.h"
#include "common/suggest.h"

#define VCPUS_MOST 4096
#define WEIGHT_MOST 65535 /* of credit and credit2 (libxl_sched.c of xen 4.17) */
#define CAP_MOST (100 * VCPUS_MOST)

const char *const dom0_wish_keys[] = {"memory", "vcpus", "pin", "weight", "cap", NULL};

Dom0Wish *dom0_wish_new(void)
{
    Dom0Wish *wish = g_new0(Dom0Wish, 1);
    wish->weight = wish->cap = -1;
    return wish;
}

void dom0_wish_free(Dom0Wish *wish)
{
    if (!wish)
        return;
    g_free(wish->pin);
    g_free(wish);
}

char *dom0_memory_text(guint64 kib)
{
    return kib % 1024 ? g_strdup_printf("%" G_GUINT64_FORMAT "K", kib) : g_strdup_printf("%" G_GUINT64_FORMAT "M", kib / 1024);
}

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool refuse(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, message);
    return false;
}

static bool set_memory(Dom0Wish *wish, const char *value, GError **error)
{
    guint64 kib;
    if (!size_parse_kib(value, &kib, error))
        return false;
    if (kib % 1024)
        return refuse(error, "\"%.40s\" is no whole number of MiB", value);
    wish->memory_kib = kib;
    return true;
}

static bool set_number(const char *value, unsigned least, unsigned most, unsigned *number, GError **error)
{
    guint64 parsed;
    if (!g_ascii_string_to_unsigned(value, 10, least, most, &parsed, NULL))
        return refuse(error, "\"%.40s\" is not a whole number from %u to %u", value, least, most);
    *number = (unsigned)parsed;
    return true;
}

/* Kept as a list is printed, so that equal lists are equal texts. */
static bool set_pin(Dom0Wish *wish, const char *value, GError **error)
{
    CpuSet set;
    bool word = g_str_equal(value, "yes") || g_str_equal(value, "no");
    if (!word && !g_ascii_isdigit(*value) && *value != '^')
        return refuse(error, "\"%.40s\" is none of yes, no and a CPU list such as 0-3,^2", value);
    if (!word && !cpu_set_parse(value, &set, error))
        return false;
    wish->pin = word ? g_strdup(value) : cpu_set_text(&set);
    return true;
}

static bool set_value(Dom0Wish *wish, const char *key, const char *value, GError **error)
{
    unsigned number;
    if (g_str_equal(key, "memory"))
        return set_memory(wish, value, error);
    if (g_str_equal(key, "vcpus"))
        return set_number(value, 1, VCPUS_MOST, &wish->vcpus, error);
    if (g_str_equal(key, "pin"))
        return set_pin(wish, value, error);
    bool weight = g_str_equal(key, "weight");
    if (!set_number(value, weight ? 1 : 0, weight ? WEIGHT_MOST : CAP_MOST, &number, error))
        return false;
    *(weight ? &wish->weight : &wish->cap) = (int)number;
    return true;
}

char *dom0_wish_value(const Dom0Wish *wish, const char *key)
{
    if (g_str_equal(key, "memory"))
        return wish->memory_kib ? dom0_memory_text(wish->memory_kib) : NULL;
    if (g_str_equal(key, "vcpus"))
        return wish->vcpus ? g_strdup_printf("%u", wish->vcpus) : NULL;
    if (g_str_equal(key, "pin"))
        return g_strdup(wish->pin);
    int number = g_str_equal(key, "weight") ? wish->weight : wish->cap;
    return number >= 0 ? g_strdup_printf("%d", number) : NULL;
}

bool dom0_wish_is_empty(const Dom0Wish *wish)
{
    return !wish->memory_kib && !wish->vcpus && !wish->pin && wish->weight < 0 && wish->cap < 0;
}

void dom0_wish_overlay(Dom0Wish *wish, const Dom0Wish *other)
{
    if (other->memory_kib)
        wish->memory_kib = other->memory_kib;
    if (other->vcpus)
        wish->vcpus = other->vcpus;
    if (other->pin) {
        g_free(wish->pin);
        wish->pin = g_strdup(other->pin);
    }
    if (other->weight >= 0)
        wish->weight = other->weight;
    if (other->cap >= 0)
        wish->cap = other->cap;
}

static bool check_key(const char *key, GError **error)
{
    if (g_strv_contains(dom0_wish_keys, key))
        return true;
    const char *nearest = suggest_nearest(key, dom0_wish_keys);
    g_autofree char *all = g_strjoinv(", ", (char **)dom0_wish_keys);
    return nearest ? refuse(error, "key \"%.40s\" is not known; did you mean \"%s\"?", key, nearest)
                   : refuse(error, "key \"%.40s\" is not known (use %s)", key, all);
}

bool dom0_wish_set(Dom0Wish *wish, const char *key, const char *value, GError **error)
{
    if (!check_key(key, error))
        return false;
    g_autofree char *there = dom0_wish_value(wish, key);
    if (there)
        return refuse(error, "%s is given twice", key);
    if (set_value(wish, key, value, error))
        return true;
    g_prefix_error(error, "%s: ", key);
    return false;
}

bool dom0_wish_add_word(Dom0Wish *wish, const char *word, GError **error)
{
    const char *equals = strchr(word, '=');
    g_autofree char *key = g_strndup(word, equals ? (gsize)(equals - word) : strlen(word));
    if (!check_key(key, error))
        return false;
    if (!equals)
        return refuse(error, "%s has no value; write %s=VALUE", key, key);
    return dom0_wish_set(wish, key, equals + 1, error);
}

Dom0Wish *dom0_conf_parse(const char *text, const char *source, GError **error)
{
    g_autoptr(GPtrArray) groups = keyfile_parse(text, strlen(text), source, error);
    if (!groups)
        return NULL;
    g_autoptr(Dom0Wish) wish = dom0_wish_new();
    for (guint i = 0; i < groups->len; i++) {
        const KeyGroup *group = groups->pdata[i];
        if (!g_str_equal(group->kind, "dom0") || group->name) {
            refuse(error, "%s:%u: group [%s] is not known (use [dom0])", source, group->line, group->kind);
            return NULL;
        }
        for (guint k = 0; k < group->entries->len; k++) {
            const KeyEntry *entry = group->entries->pdata[k];
            if (!dom0_wish_set(wish, entry->key, entry->value, error)) {
                g_prefix_error(error, "%s:%u: ", source, entry->line);
                return NULL;
            }
        }
    }
    return g_steal_pointer(&wish);
}

Dom0Wish *dom0_conf_load(const char *path, GError **error)
{
    g_autoptr(GError) read_error = NULL;
    g_autofree char *text = file_read(path, KEYFILE_MAX, NULL, &read_error);
    if (text)
        return dom0_conf_parse(text, path, error);
    if (g_error_matches(read_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        return dom0_wish_new();
    g_propagate_error(error, g_steal_pointer(&read_error));
    return NULL;
}

/* The key of a "key = value" line that the wish speaks of; NULL for every other line. */
static const char *key_of(const char *line, const Dom0Wish *wish)
{
    g_autofree char *key = g_strstrip(g_strndup(line, strcspn(line, "=")));
    for (const char *const *known = dom0_wish_keys; strchr(line, '=') && *known; known++) {
        g_autofree char *value = g_str_equal(key, *known) ? dom0_wish_value(wish, *known) : NULL;
        if (value)
            return *known;
    }
    return NULL;
}

/* From its '=' on: the new value, and a comment that stood behind the old one. A value of ours never has a '#' in it. */
static void add_line(GString *out, const char *line, const char *value)
{
    const char *at = strchr(line, '=') + 1, *comment = strchr(at, '#');
    at += strspn(at, " \t");
    g_string_append_len(out, line, at - line);
    g_string_append(out, value);
    if (comment)
        g_string_append_printf(out, "  %s", comment);
    g_string_append_c(out, '\n');
}

char *dom0_conf_edit(const char *text, const Dom0Wish *wish)
{
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    g_autoptr(GString) out = g_string_new(NULL);
    bool group = false;
    g_autoptr(GHashTable) written = g_hash_table_new(g_str_hash, g_str_equal);
    for (char **line = lines; *line; line++) {
        const char *key = key_of(*line, wish);
        g_autofree char *value = key ? dom0_wish_value(wish, key) : NULL;
        group = group || (*line)[strspn(*line, " \t")] == '['; /* there is no other group */
        if (key) {
            add_line(out, *line, value);
            g_hash_table_add(written, (gpointer)(guintptr)key);
        } else if (line[1] || **line) {
            g_string_append_printf(out, "%s\n", *line);
        }
    }
    if (!group)
        g_string_append(out, "[dom0]\n");
    for (const char *const *key = dom0_wish_keys; *key; key++) {
        g_autofree char *value = g_hash_table_contains(written, *key) ? NULL : dom0_wish_value(wish, *key);
        if (value)
            g_string_append_printf(out, "%s = %s\n", *key, value);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}
