/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/property.h"

#include "common/image/value.h"
#include "common/json-strict.h"
#include "common/suggest.h"

#include <string.h>

static bool is_family(const ImagePropertyRule *rule)
{
    return g_str_has_suffix(rule->name, ":") || g_str_has_suffix(rule->name, ".");
}

/* hw_numa_mem.0 to hw_numa_mem.127 are properties; hw_numa_mem.07, .x and .128 are not. */
static bool is_node_number(const char *text)
{
    guint64 number;
    return g_ascii_string_to_unsigned(text, 10, 0, 127, &number, NULL) && (text[0] != '0' || text[1] == '\0') && text[0] != '+';
}

/* Current and legacy names to rules, but for the families. Made once and never freed. */
static GHashTable *by_name(void)
{
    static GHashTable *table;
    if (g_once_init_enter(&table)) {
        GHashTable *made = g_hash_table_new(g_str_hash, g_str_equal);
        for (gsize i = 0; i < image_property_rules_count; i++) {
            gpointer rule = (gpointer)(guintptr)&image_property_rules[i];
            if (!is_family(rule))
                g_hash_table_insert(made, (gpointer)(guintptr)image_property_rules[i].name, rule);
            if (image_property_rules[i].legacy)
                g_hash_table_insert(made, (gpointer)(guintptr)image_property_rules[i].legacy, rule);
        }
        g_once_init_leave(&table, made);
    }
    return table;
}

static bool is_member(const ImagePropertyRule *rule, const char *name)
{
    if (!is_family(rule) || !g_str_has_prefix(name, rule->name))
        return false;
    const char *rest = name + strlen(rule->name);
    return *rest && (!g_str_has_prefix(rule->name, "hw_numa_") || is_node_number(rest));
}

const ImagePropertyRule *image_property_find(const char *name, bool *is_legacy)
{
    const ImagePropertyRule *rule = g_hash_table_lookup(by_name(), name);
    if (is_legacy)
        *is_legacy = rule && !g_str_equal(rule->name, name);
    /* Only names with one of the two marks can belong to a family. */
    for (gsize i = 0; !rule && strpbrk(name, ".:") && i < image_property_rules_count; i++)
        if (is_member(&image_property_rules[i], name))
            rule = &image_property_rules[i];
    return rule;
}

const char *const *image_property_names(void)
{
    static const char **names;
    if (g_once_init_enter(&names)) {
        GPtrArray *list = g_ptr_array_new();
        for (gsize i = 0; i < image_property_rules_count; i++) {
            g_ptr_array_add(list, (gpointer)(guintptr)image_property_rules[i].name);
            if (image_property_rules[i].legacy)
                g_ptr_array_add(list, (gpointer)(guintptr)image_property_rules[i].legacy);
        }
        g_ptr_array_add(list, (gpointer)(guintptr) "vmware_adaptertype");
        g_ptr_array_add(list, NULL);
        g_once_init_leave(&names, (const char **)g_ptr_array_free(list, FALSE));
    }
    return names;
}

/* nova's own words about the value, in brackets, or nothing. */
static char *complaint(const ImagePropertyRule *rule, const char *value, const char *shown)
{
    const char *hole = rule->complaint ? strstr(rule->complaint, "%s") : NULL;
    if (!hole)
        return g_strdup("");
    if (rule->type == IMAGE_PROPERTY_INTEGER) {
        g_autofree char *number = image_value_integer(value, G_MININT64, G_MAXINT64);
        if (number) /* a number, but beyond our limits: nova's parser says nothing */
            return g_strdup("");
    }
    /* The plain enum's text comes after the folding, those of the special ones before. */
    bool folded = rule->folds_case && g_str_has_prefix(rule->complaint, "Field value");
    g_autofree char *word = folded ? g_utf8_strdown(shown, -1) : g_strdup(shown);
    return g_strdup_printf(" (nova: %.*s%s%s)", (int)(hole - rule->complaint), rule->complaint, word, hole + 2);
}

/* "one, two or three" of a NULL-terminated list. */
static char *choices(const char *const *words)
{
    GString *text = g_string_new(NULL);
    for (gsize i = 0; words[i]; i++)
        g_string_append_printf(text, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
    return g_string_free(text, FALSE);
}

static char *legal_words(const ImagePropertyRule *rule, const char *value)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (gsize i = 0; rule->values[i]; i++)
        g_ptr_array_add(words, (gpointer)(guintptr)rule->values[i]);
    for (const ImagePropertyAlias *alias = rule->aliases; alias && alias->given; alias++)
        g_ptr_array_add(words, (gpointer)(guintptr)alias->given);
    g_ptr_array_add(words, NULL);

    const char *const *list = (const char *const *)words->pdata;
    g_autofree char *all = choices(list);
    const char *near = suggest_nearest(value, list);
    return near ? g_strdup_printf("%s; did you mean \"%s\"?", all, near) : g_steal_pointer(&all);
}

static char *legal_set(const ImagePropertyRule *rule, const char *value)
{
    switch (rule->type) {
    case IMAGE_PROPERTY_ENUM:
        return legal_words(rule, value);
    case IMAGE_PROPERTY_INTEGER:
        return g_strdup_printf("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, rule->min, rule->max);
    case IMAGE_PROPERTY_PAGE_SIZE:
        return g_strdup("small, large, any, a size in KiB, or one with a unit such as 2MB");
    case IMAGE_PROPERTY_CPU_SET:
        return g_strdup("a list of processors such as 0-3,^2, each below 65536");
    case IMAGE_PROPERTY_VERSION:
        return g_strdup("comparisons (<, <=, ==, !=, >=, >) with a version of two or three numbers, such as >=4.17,<5.0");
    case IMAGE_PROPERTY_IMAGE_ID:
        return g_strdup("the id of an image (letters, digits, \".\", \"_\" and \"-\"), never a path; or nokernel");
    case IMAGE_PROPERTY_MAPPING_LIST:
        return g_strdup("a JSON list of objects whose values are strings or null");
    case IMAGE_PROPERTY_STRING:
        return g_strdup("text without control characters");
    case IMAGE_PROPERTY_BOOL:
    case IMAGE_PROPERTY_UUID:
    case IMAGE_PROPERTY_TRAIT:
        break; /* every value is taken */
    }
    return g_strdup("another value");
}

static char *enum_value(const ImagePropertyRule *rule, const char *value, bool *extension)
{
    g_autofree char *word = rule->folds_case ? image_value_lower(value) : g_strdup(value);
    for (const ImagePropertyAlias *alias = rule->aliases; alias && alias->given; alias++)
        if (g_str_equal(alias->given, word)) {
            *extension = alias->extension;
            return g_strdup(alias->means);
        }
    for (gsize i = 0; rule->values[i]; i++)
        if (g_str_equal(rule->values[i], word))
            return g_steal_pointer(&word);
    return NULL;
}

/* What nova takes without a word although it cannot be what was meant. */
static char *notice_about(const ImagePropertyRule *rule, const char *name, const char *shown, const char *meaning)
{
    switch (rule->type) {
    case IMAGE_PROPERTY_BOOL:
        return g_strdup_printf("property \"%s\": \"%s\" is neither yes nor no; it counts as false, as in nova", name, shown);
    case IMAGE_PROPERTY_UUID:
        return g_strdup_printf("property \"%s\": \"%s\" is not a UUID", name, shown);
    case IMAGE_PROPERTY_TRAIT:
        return g_strdup_printf("property \"%s\": \"%s\" means nothing to nova; only \"required\" does", name, shown);
    case IMAGE_PROPERTY_ENUM:
        return g_strdup_printf("property \"%s\": \"%s\" is an extension of guestctl, taken as \"%s\"; nova refuses it", name, shown,
                               meaning);
    case IMAGE_PROPERTY_STRING:
    case IMAGE_PROPERTY_INTEGER:
    case IMAGE_PROPERTY_PAGE_SIZE:
    case IMAGE_PROPERTY_CPU_SET:
    case IMAGE_PROPERTY_VERSION:
    case IMAGE_PROPERTY_IMAGE_ID:
    case IMAGE_PROPERTY_MAPPING_LIST:
        break; /* never in doubt */
    }
    return NULL;
}

/* NULL when it is refused; *KNOWN is false when it is taken but needs a notice. */
static char *canonical(const ImagePropertyRule *rule, const char *value, bool *known)
{
    bool extension = false;
    char *result = NULL;

    switch (rule->type) {
    case IMAGE_PROPERTY_STRING: return image_value_text(value);
    case IMAGE_PROPERTY_BOOL: return image_value_bool(value, known);
    case IMAGE_PROPERTY_INTEGER: return image_value_integer(value, rule->min, rule->max);
    case IMAGE_PROPERTY_PAGE_SIZE: return image_value_page_size(value);
    case IMAGE_PROPERTY_CPU_SET: return image_value_cpu_set(value);
    case IMAGE_PROPERTY_VERSION: return image_value_version(value);
    case IMAGE_PROPERTY_IMAGE_ID: return image_value_image_id(value);
    case IMAGE_PROPERTY_MAPPING_LIST: return image_value_mapping_list(value);
    case IMAGE_PROPERTY_UUID:
        *known = g_uuid_string_is_valid(value);
        return image_value_text(value);
    case IMAGE_PROPERTY_TRAIT:
        *known = g_str_equal(value, "required");
        return image_value_text(value);
    case IMAGE_PROPERTY_ENUM:
        result = enum_value(rule, value, &extension);
        *known = !extension;
        return result;
    }
    g_return_val_if_reached(NULL);
}

ImagePropertyResult image_property_check(const ImagePropertyRule *rule, const char *name, const char *value)
{
    ImagePropertyResult result = {0};
    bool known = true;

    result.canonical = canonical(rule, value, &known);
    if (result.canonical && known)
        return result;
    g_autofree char *shown = json_strict_shown(value, strlen(value));
    g_autofree char *shown_name = json_strict_shown(name, strlen(name));
    if (result.canonical) {
        result.notice = notice_about(rule, shown_name, shown, result.canonical);
        return result;
    }
    g_autofree char *nova = complaint(rule, value, shown);
    g_autofree char *legal = legal_set(rule, value);
    result.problem = g_strdup_printf("property \"%s\": \"%s\" is not legal%s; use %s", shown_name, shown, nova, legal);
    return result;
}

void image_property_result_clear(ImagePropertyResult *result)
{
    g_clear_pointer(&result->canonical, g_free);
    g_clear_pointer(&result->problem, g_free);
    g_clear_pointer(&result->notice, g_free);
}
