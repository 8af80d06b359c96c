/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/efi-config.h"

#include <string.h>

#include "common/error.h"
#include "grub/cmdline-merge.h"

/* One line as xen.efi sees it. */
typedef struct Line {
    gsize start;  /* in the text */
    Span content; /* without leading blanks and comment */
    bool unended;
} Line;

/* All other blanks are control characters, which end a line. 0xa0 is one in Xen's table. */
static bool is_blank(char c)
{
    return c == ' ' || (guchar)c == 0xa0;
}

static bool is_control(char c)
{
    return (guchar)c < 0x20 || c == 0x7f;
}

static bool next_line(const char *text, gsize *at, Line *line)
{
    if (!text[*at])
        return false;
    gsize i = *at;
    line->start = i;
    while (is_blank(text[i]))
        i++;
    line->content.start = i;
    bool comment = text[i] == ';';
    line->content.end = comment ? i : 0;
    for (; !is_control(text[i]); i++)
        if (text[i] == '#' && !comment) {
            comment = true;
            line->content.end = i;
        }
    if (!comment)
        line->content.end = i;
    line->unended = !text[i];
    *at = i + (text[i] != '\0');
    return true;
}

static bool is_heading(const char *text, const Line *line)
{
    return line->content.end > line->content.start && text[line->content.start] == '[';
}

static bool is_section(const char *text, const Line *line, const char *section)
{
    gsize length = strlen(section), room = line->content.end - line->content.start;
    const char *name = text + line->content.start + 1;
    return room >= length + 2 && strncmp(name, section, length) == 0 && name[length] == ']';
}

static bool has_key(const char *text, const Line *line, const char *key)
{
    gsize length = strlen(key), room = line->content.end - line->content.start;
    const char *name = text + line->content.start;
    return room > length && strncmp(name, key, length) == 0 && name[length] == '=';
}

/* Where the line's value is, if it is the key's. */
static bool take(const char *text, const Line *line, const char *key, EfiValue *value)
{
    if (!has_key(text, line, key))
        return false;
    gsize start = line->content.start + strlen(key) + 1;
    while (start < line->content.end && is_blank(text[start]))
        start++;
    *value = (EfiValue){{line->start, line->content.start + strlen(key)}, {start, line->content.end}, line->unended};
    return true;
}

bool efi_config_find(const char *text, const char *section, const char *key, EfiValue *value)
{
    bool every = !section || !*section, match = every;
    Line line;
    for (gsize at = 0; next_line(text, &at, &line);) {
        if (is_heading(text, &line)) {
            if (!every && match)
                return false;
            match = every || is_section(text, &line, section);
        } else if (match && take(text, &line, key, value)) {
            return true;
        }
    }
    return false;
}

guint efi_config_count(const char *text, const char *section, const char *key)
{
    bool every = !section || !*section, match = every;
    guint count = 0;
    EfiValue value;
    Line line;
    for (gsize at = 0; next_line(text, &at, &line);)
        if (is_heading(text, &line))
            match = every || is_section(text, &line, section);
        else
            count += match && take(text, &line, key, &value);
    return count;
}

char *efi_config_get(const char *text, const char *section, const char *key)
{
    EfiValue value;
    return efi_config_find(text, section, key, &value) && !value.unended ? text_span(text, value.value) : NULL;
}

static char *name_of(const char *text, const Line *line)
{
    gsize start = line->content.start + 1;
    const char *end = memchr(text + start, ']', line->content.end - start);
    return end ? g_strndup(text + start, (gsize)(end - text) - start) : NULL;
}

GPtrArray *efi_config_sections(const char *text)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    Line line;
    for (gsize at = 0; next_line(text, &at, &line);) {
        char *name = is_heading(text, &line) ? name_of(text, &line) : NULL;
        if (name)
            g_ptr_array_add(names, name);
    }
    return names;
}

char *efi_config_section_at(const char *text, gsize place)
{
    g_autofree char *name = NULL;
    Line line;
    for (gsize at = 0; next_line(text, &at, &line) && line.start <= place;)
        if (is_heading(text, &line)) {
            g_free(name);
            name = name_of(text, &line);
        }
    return g_steal_pointer(&name);
}

bool efi_config_check(const char *value, GError **error)
{
    for (const char *c = value; *c; c++)
        if (is_control(*c) || *c == '#') {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                        "xen.efi would read \"%s\" only up to its %s; leave that out", value, *c == '#' ? "#" : "control character");
            return false;
        }
    return true;
}

static bool check_words(const Cmdline *options, GError **error)
{
    for (guint i = 0; i < options->words->len; i++)
        if (!efi_config_check(cmdline_word(options, i), error))
            return false;
    return true;
}

/* A line before another one: it begins where that one did. */
static char *insert_line(const char *text, gsize at, const char *key, const char *value)
{
    g_autofree char *line = g_strconcat(key, "=", value, text_newline(text), NULL);
    return text_splice(text, (Span){at, at}, line);
}

static char *replace_value(const char *text, const EfiValue *place, const char *value)
{
    g_autofree char *replaced = text_splice(text, place->value, value);
    return place->unended ? g_strconcat(replaced, text_newline(text), NULL) : g_steal_pointer(&replaced);
}

char *efi_config_set_options(const char *text, const char *section, const Cmdline *options, GError **error)
{
    if (!check_words(options, error))
        return NULL;
    EfiValue place, kernel;
    bool there = efi_config_find(text, section, "options", &place);
    g_autofree char *old = there ? text_span(text, place.value) : g_strdup("");
    g_autoptr(Cmdline) line = cmdline_parse(old);
    if (!cmdline_merge(line, options, error))
        return NULL;
    g_autofree char *value = cmdline_print(line);
    if (there)
        return replace_value(text, &place, value);
    if (efi_config_find(text, section, "kernel", &kernel))
        return insert_line(text, kernel.key.start, "options", value);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "section [%s] has no kernel= line; write one", section ? section : "");
    return NULL;
}

/* Behind the end of the line that ends here. */
static gsize behind_line(const char *text, gsize end)
{
    if (text[end] == '\r' && text[end + 1] == '\n')
        end++;
    return text[end] ? end + 1 : end;
}

char *efi_config_set(const char *text, const char *section, const char *key, const char *value)
{
    EfiValue place, kernel;
    bool there = efi_config_find(text, section, key, &place);
    if (there && value)
        return replace_value(text, &place, value);
    if (there)
        return text_splice(text, (Span){place.key.start, behind_line(text, place.value.end)}, "");
    if (!value || !efi_config_find(text, section, "kernel", &kernel))
        return g_strdup(text);
    if (!text[kernel.value.end]) {
        g_autofree char *line = g_strconcat(key, "=", value, NULL);
        return text_append_line(text, line);
    }
    return insert_line(text, behind_line(text, kernel.value.end), key, value);
}

/* Behind a heading's line. */
static bool find_heading(const char *text, const char *section, gsize *behind)
{
    Line line;
    for (gsize at = 0; next_line(text, &at, &line);)
        if (is_heading(text, &line) && is_section(text, &line, section)) {
            *behind = at + (text[at - 1] == '\r' && text[at] == '\n');
            return true;
        }
    return false;
}

char *efi_config_set_default(const char *text, const char *section)
{
    EfiValue place;
    gsize behind;
    if (efi_config_find(text, "global", "default", &place))
        return replace_value(text, &place, section);
    bool headed = find_heading(text, "global", &behind);
    if (headed && is_control(text[behind - 1]))
        return insert_line(text, behind, "default", section);
    g_autofree char *line = g_strconcat("default=", section, NULL);
    g_autofree char *begun = headed ? g_strdup(text) : text_append_line(text, "[global]");
    return text_append_line(begun, line);
}
