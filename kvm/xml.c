/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/xml.h"

#include "common/error.h"

struct Xml {
    GString *text;
    GPtrArray *open; /* names of the elements that are open; constants */
    char *bad;       /* the first element with a value that XML cannot hold */
};

const char xml_skip;

Xml *xml_new(void)
{
    Xml *xml = g_new0(Xml, 1);
    xml->text = g_string_sized_new(4096);
    xml->open = g_ptr_array_new();
    return xml;
}

void xml_free(Xml *xml)
{
    if (!xml)
        return;
    g_string_free(xml->text, TRUE);
    g_ptr_array_unref(xml->open);
    g_free(xml->bad);
    g_free(xml);
}

/* Printing ASCII but for what XML writes as a reference. */
static const bool is_plain[256] = {
    [' ' ... '!'] = true, ['#' ... '%'] = true, ['(' ... ';'] = true, ['='] = true, ['?' ... '~'] = true,
};

static const char *reference(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&apos;";
    default: return NULL;
    }
}

/* What XML 1.0 calls Char. GLib writes control characters as references, which no parser accepts; tab and
 * newline are legal, but an attribute would come back with spaces in their place. No value of ours has them.
 * What is not UTF-8 is beyond the last character. */
static bool is_legal(gunichar c)
{
    return c >= 0xa0 && c != 0xfffe && c != 0xffff && c <= 0x10ffff;
}

/* One character that is not plain ASCII; false when XML cannot hold it. */
static bool append_other(Xml *xml, const char **at)
{
    const char *word = reference(**at);
    const char *next = *at + g_utf8_skip[*(const guchar *)*at];
    if (word)
        g_string_append(xml->text, word);
    else if (is_legal(g_utf8_get_char_validated(*at, -1)))
        g_string_append_len(xml->text, *at, next - *at);
    else
        return false;
    *at = next;
    return true;
}

static void append(Xml *xml, const char *name, const char *value)
{
    while (*value) {
        const char *start = value;
        while (is_plain[*(const guchar *)value])
            value++;
        g_string_append_len(xml->text, start, value - start);
        if (*value && !append_other(xml, &value)) {
            if (!xml->bad)
                xml->bad = g_strdup(name);
            return;
        }
    }
}

static void start(Xml *xml, const char *name, va_list attributes)
{
    for (guint i = 0; i < xml->open->len; i++)
        g_string_append(xml->text, "  ");
    g_string_append_c(xml->text, '<');
    g_string_append(xml->text, name);
    for (const char *key; (key = va_arg(attributes, const char *));) {
        const char *value = va_arg(attributes, const char *);
        if (value == XML_SKIP)
            continue;
        g_assert(value != NULL); /* NULL would end the list early: a fault of the caller */
        g_string_append_c(xml->text, ' ');
        g_string_append(xml->text, key);
        g_string_append(xml->text, "=\"");
        append(xml, name, value);
        g_string_append_c(xml->text, '"');
    }
}

void xml_open(Xml *xml, const char *name, ...)
{
    va_list attributes;
    va_start(attributes, name);
    start(xml, name, attributes);
    va_end(attributes);
    g_string_append(xml->text, ">\n");
    g_ptr_array_add(xml->open, (gpointer)(guintptr)name);
}

void xml_close(Xml *xml)
{
    g_assert(xml->open->len > 0);
    const char *name = g_ptr_array_steal_index(xml->open, xml->open->len - 1);
    for (guint i = 0; i < xml->open->len; i++)
        g_string_append(xml->text, "  ");
    g_string_append_printf(xml->text, "</%s>\n", name);
}

void xml_empty(Xml *xml, const char *name, ...)
{
    va_list attributes;
    va_start(attributes, name);
    start(xml, name, attributes);
    va_end(attributes);
    g_string_append(xml->text, "/>\n");
}

void xml_text(Xml *xml, const char *name, const char *text, ...)
{
    va_list attributes;
    va_start(attributes, text);
    start(xml, name, attributes);
    va_end(attributes);
    g_string_append_c(xml->text, '>');
    append(xml, name, text);
    g_string_append_printf(xml->text, "</%s>\n", name);
}

char *xml_finish(Xml *xml, GError **error)
{
    g_assert(xml->open->len == 0);
    if (xml->bad) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "the value for <%s> holds a control character or is not UTF-8, which libvirt cannot be given; change it", xml->bad);
        return NULL;
    }
    return g_strdup(xml->text->str);
}

typedef struct Find {
    const char *name;
    GString *text;
    bool inside, done;
} Find;

static void find_start(GMarkupParseContext *context, const char *name, const char **keys, const char **values, void *data, GError **error)
{
    Find *find = data;
    find->inside = !find->done && g_str_equal(name, find->name);
}

static void find_text(GMarkupParseContext *context, const char *text, gsize length, void *data, GError **error)
{
    Find *find = data;
    if (find->inside)
        g_string_append_len(find->text, text, (gssize)length);
}

static void find_end(GMarkupParseContext *context, const char *name, void *data, GError **error)
{
    Find *find = data;
    find->done |= find->inside;
    find->inside = false;
}

char *xml_find_text(const char *document, const char *name)
{
    static const GMarkupParser parser = {.start_element = find_start, .end_element = find_end, .text = find_text};
    g_autoptr(GString) text = g_string_new(NULL);
    Find find = {.name = name, .text = text};
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, &find, NULL);
    if (!g_markup_parse_context_parse(context, document, -1, NULL) || !find.done)
        return NULL;
    return g_strdup(text->str);
}
