/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/shell-value.h"

#include <string.h>

#include "common/error.h"
#include "grub/text.h"

/* An assignment, by where it is. */
typedef struct Assignment {
    guint line;
    Span value; /* up to the end of the line */
} Assignment;

static bool is_assignment(const char *text, Span line, const char *name, Span *value)
{
    gsize start = line.start, length = strlen(name);
    while (start < line.end && strchr(" \t", text[start]))
        start++;
    if (strncmp(text + start, "export ", 7) == 0)
        start += 7;
    if (line.end - start <= length || strncmp(text + start, name, length) != 0 || text[start + length] != '=')
        return false;
    *value = (Span){start + length + 1, line.end};
    return true;
}

/* A carriage return is a letter to a shell: it stays in the value. */
static guint find(const char *text, const char *name, Assignment *last)
{
    guint count = 0, number = 0;
    gsize at = 0;
    for (Span line, value; text_line(text, &at, &line);) {
        number++;
        if (text[line.end] == '\r')
            line.end++;
        if (!is_assignment(text, line, name, &value))
            continue;
        *last = (Assignment){number, value};
        count++;
    }
    return count;
}

guint shell_value_count(const char *text, const char *name)
{
    Assignment last;
    return find(text, name, &last);
}

/* Whether the line sets it, be it behind "then" or "&&". Lines are read by their words alone: what a quote holds counts too, and is
 * refused for nothing at worst. */
static bool sets(const char *line, const char *name)
{
    gsize length = strlen(name);
    for (const char *at = line; (at = strstr(at, name)); at += length) {
        const char *sign = at + length + (at[length] == '+');
        if (*sign == '=' && (at == line || strchr(" \t;&|({", at[-1])))
            return true;
    }
    return false;
}

/* How many blocks the line opens, less those that it closes. */
static int opens(const char *line)
{
    static const char *const opening[] = {"if", "case", "for", "while", "until", "{", NULL}, *const closing[] = {"fi", "esac", "done", "}", NULL},
                             *const before[] = {"then", "else", "do", "!", "&&", "||", "{", NULL};
    int depth = 0;
    bool command = true; /* the next word is one */
    g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
    for (char **word = words; *word; word++) {
        gsize length = strcspn(*word, ";");
        bool ends = (*word)[length] != '\0';
        if (!**word)
            continue;
        (*word)[length] = '\0';
        bool function = g_str_has_suffix(*word, "()");
        if (command || function || g_str_equal(*word, "{"))
            depth += (int)g_strv_contains(opening, *word) - (int)g_strv_contains(closing, *word);
        command = ends || function || g_strv_contains(before, *word);
    }
    return depth;
}

/* The line without blanks in front and a comment behind. */
static char *bare_line(const char *text, Span span)
{
    char *line = g_strchug(text_span(text, span));
    for (char *at = line; (at = strchr(at, '#')); at++)
        if (at == line || strchr(" \t;", at[-1])) {
            *at = '\0';
            break;
        }
    return line;
}

bool shell_value_check_alone(const char *text, const char *name, GError **error)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    guint number = 0, count = 0, plain = shell_value_count(text, name);
    int depth = 0;
    bool within = false;
    gsize at = 0;
    for (Span span; text_line(text, &at, &span);) {
        g_autofree char *line = bare_line(text, span);
        number++;
        if (sets(line, name)) {
            g_string_append_printf(lines, "%s%u", count++ ? ", " : "", number);
            within |= depth > 0;
        }
        depth += opens(line);
    }
    if (count <= 1 && !within && count == plain)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "line%s %s: %s is set %s; write it once, on a line of its own", count > 1 ? "s" : "", lines->str,
                name, count > 1 ? "more than once" : "under a condition");
    return false;
}

/* One piece of a word: in quotes of one kind, or bare. Its end, or NULL when the shell would work something out. */
static const char *piece(const char *at, const char *end, GString *value)
{
    if (*at == '\'' || *at == '"') {
        const char *stop = memchr(at + 1, *at, (gsize)(end - at - 1));
        gsize length = stop ? (gsize)(stop - at - 1) : 0;
        g_string_append_len(value, at + 1, (gssize)length);
        bool plain = stop && (*at == '\'' || strcspn(at + 1, "$`\\") >= length);
        return plain ? stop + 1 : NULL;
    }
    if (strchr("$`\\;&|<>()", *at))
        return NULL;
    g_string_append_c(value, *at);
    return at + 1;
}

/* The value, and in *end where the word ends; NULL when it is not plain. */
static char *read_plain(const char *text, Span span, gsize *end)
{
    g_autoptr(GString) value = g_string_new(NULL);
    const char *at = text + span.start, *stop = text + span.end;
    while (at && at < stop && !strchr(" \t", *at))
        at = piece(at, stop, value);
    if (!at)
        return NULL;
    *end = (gsize)(at - text);
    while (at < stop && strchr(" \t", *at))
        at++;
    /* Behind a blank the shell sees a comment, or a program that is run with this value. */
    return at == stop || *at == '#' ? g_strdup(value->str) : NULL;
}

static bool not_plain(const Assignment *found, const char *name, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "line %u: the value of %s is not plain: the shell would work it out, or run what follows it; write it in quotes, without $ ` and \\",
                found->line, name);
    return false;
}

char *shell_value_get(const char *text, const char *name, GError **error)
{
    Assignment found;
    gsize end;
    if (find(text, name, &found) == 0)
        return NULL;
    g_autofree char *value = read_plain(text, found.value, &end);
    if (!value)
        not_plain(&found, name, error);
    else if (strchr(value, '\r'))
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "line %u: the value of %s has a carriage return, which the shell takes for a letter; give the file Unix line ends", found.line, name);
    else
        return g_steal_pointer(&value);
    return NULL;
}

static bool check_value(const char *value, GError **error)
{
    for (const char *c = value; *c; c++)
        if ((guchar)*c < 0x20 || *c == 0x7f || strchr("\"'$`\\", *c)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%s\": the shell that reads the file would interpret %s; leave it out", value,
                        (guchar)*c < 0x20 || *c == 0x7f ? "the control character" : (char[]){*c, '\0'});
            return false;
        }
    return true;
}

char *shell_value_set(const char *text, const char *name, const char *value, GError **error)
{
    Assignment found;
    gsize end;
    if (!check_value(value, error))
        return NULL;
    bool there = find(text, name, &found) > 0;
    if (!there) /* with a newline alone, however the others end: a carriage return would be part of the value */
        return g_strdup_printf("%s%s%s=\"%s\"\n", text, *text && !g_str_has_suffix(text, "\n") ? "\n" : "", name, value);
    g_autofree char *old = read_plain(text, found.value, &end);
    if (!old) {
        not_plain(&found, name, error);
        return NULL;
    }
    const char first = text[found.value.start];
    const char *quote = first == '\'' ? "'" : first == '"' || strpbrk(value, " ;&|<>()#~*?[!") ? "\"" : "";
    g_autofree char *made = g_strconcat(quote, value, quote, NULL);
    return text_splice(text, (Span){found.value.start, end}, made);
}
