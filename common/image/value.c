/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/value.h"

#include "common/json-strict.h"
#include "common/json-text.h"

#include <stdlib.h>
#include <string.h>

enum {
    CPUS_MAX = 65536,         /* processors that a set may name; bounds the bitmap */
    VERSION_DIGITS_MAX = 9,   /* so that every part fits in 32 bits */
    VERSION_TERMS_MAX = 16,
};

char *image_value_text(const char *value)
{
    for (const char *c = value; *c; c += g_utf8_skip[(guchar)*c])
        if (g_unichar_iscntrl(g_utf8_get_char(c)) && *c != '\t')
            return NULL;
    return g_strdup(value);
}

char *image_value_lower(const char *value)
{
    return g_ascii_strdown(value, -1);
}

static bool is_one_of(const char *word, const char *const *words)
{
    return g_strv_contains(words, word);
}

char *image_value_bool(const char *value, bool *known)
{
    static const char *const yes[] = {"1", "t", "true", "on", "y", "yes", NULL};
    static const char *const no[] = {"0", "f", "false", "off", "n", "no", NULL};
    g_autofree char *word = g_strstrip(image_value_lower(value));
    bool is_yes = is_one_of(word, yes);

    *known = is_yes || is_one_of(word, no);
    return g_strdup(is_yes ? "true" : "false");
}

/* Decimal digits, perhaps with single underscores between them, from *TEXT on; false when there are
 * none. A number stops growing at 18 digits, which is beyond every limit here. */
static bool read_number(const char **text, bool underscores, gint64 *number)
{
    const char *c = *text;
    gint64 result = 0;
    if (!g_ascii_isdigit(*c))
        return false;
    for (; g_ascii_isdigit(*c) || (underscores && *c == '_' && g_ascii_isdigit(c[1])); c++) {
        if (*c == '_')
            continue;
        if (result < G_GINT64_CONSTANT(100000000000000000))
            result = result * 10 + (*c - '0');
    }
    *text = c;
    *number = result;
    return true;
}

char *image_value_integer(const char *value, gint64 min, gint64 max)
{
    g_autofree char *text = g_strstrip(g_strdup(value));
    const char *c = text;
    bool negative = *c == '-';
    gint64 number;

    if (*c == '-' || *c == '+')
        c++;
    if (!read_number(&c, true, &number) || *c)
        return NULL;
    if (negative)
        number = -number;
    return number < min || number > max ? NULL : g_strdup_printf("%" G_GINT64_FORMAT, number);
}

char *image_value_page_size(const char *value)
{
    static const char *const words[] = {"small", "large", "any", NULL};
    static const struct {
        const char *unit;
        gint64 bits;
    } units[] = {{"", 8192}, {"B", 8},  {"b", 1}, {"bit", 1}};
    static const char prefixes[] = "KMGT";
    gint64 number;
    const char *c = value;

    if (is_one_of(value, words))
        return g_strdup(value);
    if (!read_number(&c, false, &number) || number == 0 || number > G_MAXINT32)
        return NULL;
    guint shift = 0;
    const char *prefix = *c ? strchr(prefixes, *c) : NULL;
    if (prefix) {
        shift = 10 * (guint)(prefix - prefixes + 1);
        c += c[1] == 'i' ? 2 : 1;
    }
    for (gsize i = prefix ? 1 : 0; i < G_N_ELEMENTS(units); i++)
        if (g_str_equal(c, units[i].unit)) {
            guint64 bits;
            bool whole = !__builtin_mul_overflow((guint64)number, (guint64)units[i].bits << shift, &bits) && bits % 8192 == 0;
            return whole ? g_strdup_printf("%" G_GUINT64_FORMAT, bits / 8192) : NULL;
        }
    return NULL;
}

/* One element of a processor list, such as 3, 0-3, ^2 or ^0-1, put into or taken from the maps. */
static bool read_cpus(char *item, guint8 *wanted, guint8 *excluded)
{
    g_strstrip(item);
    if (!*item)
        return true; /* nova skips empty elements */
    guint8 *map = *item == '^' ? excluded : wanted;
    const char *c = *item == '^' ? item + 1 : item;
    gint64 first, last;

    c += strspn(c, " \t");
    if (!read_number(&c, false, &first))
        return false;
    last = first;
    c += strspn(c, " \t");
    if (*c == '-') {
        c++;
        c += strspn(c, " \t");
        if (!read_number(&c, false, &last))
            return false;
    }
    if (*c || first > last || last >= CPUS_MAX)
        return false;
    memset(map + first, 1, (gsize)(last - first + 1));
    return true;
}

char *image_value_cpu_set(const char *value)
{
    g_autofree guint8 *wanted = g_malloc0(CPUS_MAX + 1);
    g_autofree guint8 *excluded = g_malloc0(CPUS_MAX + 1);
    g_auto(GStrv) items = g_strsplit(value, ",", -1);

    for (gsize i = 0; items[i]; i++)
        if (!read_cpus(items[i], wanted, excluded))
            return NULL;

    g_autoptr(GString) text = g_string_new(NULL);
    for (guint cpu = 0; cpu < CPUS_MAX; cpu++) {
        guint first = cpu;
        while (wanted[cpu] && !excluded[cpu]) /* the byte after the last one is 0 */
            cpu++;
        if (cpu == first)
            continue;
        g_string_append_printf(text, cpu - first > 1 ? "%s%u-%u" : "%s%u", text->len ? "," : "", first, cpu - 1);
    }
    return g_strdup(text->str);
}

static bool skip_digits(const char **text)
{
    gsize count = strspn(*text, "0123456789");
    *text += count;
    return count > 0 && count <= VERSION_DIGITS_MAX;
}

/* StrictVersion: two or three numbers, then perhaps a1 or b2. */
static bool is_version(const char *text)
{
    if (!skip_digits(&text) || *text++ != '.' || !skip_digits(&text))
        return false;
    if (*text == '.') {
        text++;
        if (!skip_digits(&text))
            return false;
    }
    if (*text == 'a' || *text == 'b') {
        text++;
        if (!skip_digits(&text))
            return false;
    }
    return *text == '\0';
}

static bool read_comparison(char *term, GString *out)
{
    static const char *const operators[] = {"<=", ">=", "<", ">", "!=", "=="};
    g_strstrip(term);
    for (gsize i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (!g_str_has_prefix(term, operators[i]))
            continue;
        const char *version = term + strlen(operators[i]);
        version += strspn(version, " \t");
        if (!is_version(version))
            return false;
        g_string_append_printf(out, "%s%s%s", out->len ? "," : "", operators[i], version);
        return true;
    }
    return false;
}

char *image_value_version(const char *value)
{
    g_auto(GStrv) terms = g_strsplit(value, ",", VERSION_TERMS_MAX + 1);
    g_autoptr(GString) text = g_string_new(NULL);
    gsize count = g_strv_length(terms);

    if (count == 0 || count > VERSION_TERMS_MAX || strpbrk(value, "\r\n"))
        return NULL;
    for (gsize i = 0; i < count; i++)
        if (!read_comparison(terms[i], text))
            return NULL;
    return g_strdup(text->str);
}

char *image_value_image_id(const char *value)
{
    gsize length = strlen(value);
    for (const char *c = value; *c; c++)
        if (!g_ascii_isalnum(*c) && !strchr("._-", *c))
            return NULL;
    return length == 0 || length > 255 || *value == '.' || *value == '-' ? NULL : g_strdup(value);
}

static bool is_mapping(JsonNode *node)
{
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return false;
    g_autoptr(GList) values = json_object_get_values(json_node_get_object(node));
    for (GList *value = values; value; value = value->next)
        if (!JSON_NODE_HOLDS_NULL(value->data) && json_node_get_value_type(value->data) != G_TYPE_STRING)
            return false;
    return true;
}

char *image_value_mapping_list(const char *value)
{
    static const JsonStrictLimits limits = {64 * 1024, 3};
    g_autoptr(JsonNode) root = json_strict_parse(value, strlen(value), &limits, NULL);
    if (!root || !JSON_NODE_HOLDS_ARRAY(root))
        return NULL;
    JsonArray *list = json_node_get_array(root);
    for (guint i = 0; i < json_array_get_length(list); i++)
        if (!is_mapping(json_array_get_element(list, i)))
            return NULL;
    g_autofree char *text = json_to_string(root, FALSE);
    return json_text_printable(text);
}
