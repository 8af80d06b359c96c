/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/table.h"

#include <string.h>

typedef struct Row {
    Tint tint;
    GStrv cells;
} Row;

struct Table {
    guint columns;
    GStrv headings; /* NULL: none */
    bool *right;
    GPtrArray *rows;
};

static const char *const tints[] = {
    [TINT_NONE] = "", [TINT_GOOD] = "\033[32m", [TINT_NOTICE] = "\033[33m", [TINT_BAD] = "\033[31m", [TINT_DIM] = "\033[2m"};
static const char tint_end[] = "\033[0m";
static const char gap[] = "  ";

/* g_utf8_next_char() without losing the const. */
static const char *next_char(const char *at)
{
    return at + g_utf8_skip[(guint8)*at];
}

char *text_clean(const char *text)
{
    GString *clean = g_string_new(NULL);
    for (const char *at = text; *at;) {
        gunichar c = g_utf8_get_char_validated(at, -1);
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append_printf(clean, "\\x%02x", (guint8)*at++);
            continue;
        }
        /* Besides control characters: those that turn the direction of text around. */
        bool hostile = g_unichar_iscntrl(c) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
        for (const char *end = next_char(at); at < end; at++)
            if (hostile)
                g_string_append_printf(clean, "\\x%02x", (guint8)*at);
            else
                g_string_append_c(clean, *at);
    }
    return g_string_free(clean, FALSE);
}

static void row_free(void *data)
{
    Row *row = data;
    g_strfreev(row->cells);
    g_free(row);
}

static GStrv copy(const char *const *cells, guint columns)
{
    GStrv copied = g_new0(char *, columns + 1);
    for (guint i = 0; i < columns; i++)
        copied[i] = cells[i] ? text_clean(cells[i]) : g_strdup("-");
    return copied;
}

Table *table_new(const char *const *headings)
{
    Table *table = g_new0(Table, 1);
    table->columns = headings ? g_strv_length((char **)(guintptr)headings) : 2;
    table->headings = headings ? copy(headings, table->columns) : NULL;
    table->right = g_new0(bool, table->columns);
    table->rows = g_ptr_array_new_with_free_func(row_free);
    return table;
}

void table_free(Table *table)
{
    if (!table)
        return;
    g_strfreev(table->headings);
    g_free(table->right);
    g_ptr_array_unref(table->rows);
    g_free(table);
}

void table_add(Table *table, Tint tint, const char *const *cells)
{
    Row *row = g_new0(Row, 1);
    row->tint = tint;
    row->cells = copy(cells, table->columns);
    g_ptr_array_add(table->rows, row);
}

void table_align_right(Table *table, guint column)
{
    g_return_if_fail(column < table->columns);
    table->right[column] = true;
}

guint table_rows(const Table *table)
{
    return table->rows->len;
}

/* Columns on a terminal. */
static guint text_width(const char *text)
{
    guint width = 0;
    for (; *text; text = next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

static void pad(GString *out, guint count)
{
    for (; count > 0; count--)
        g_string_append_c(out, ' ');
}

/* The last column, its further lines indented below its first. */
static void append_wrapped(GString *out, const char *text, guint indent, guint width)
{
    guint room = width > indent + 20 ? width - indent : 0;
    if (!room || text_width(text) <= room) {
        g_string_append(out, text);
        return;
    }
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    guint used = 0;
    for (char **word = words; *word; word++) {
        guint length = text_width(*word);
        if (used > 0 && used + 1 + length > room) {
            g_string_append_c(out, '\n');
            pad(out, indent);
            used = 0;
        } else if (used > 0) {
            g_string_append_c(out, ' ');
            used++;
        }
        g_string_append(out, *word);
        used += length;
    }
}

static void append_row(GString *out, const Table *table, const guint *widths, const GStrv cells, const char *tint,
                       const TableStyle *style)
{
    guint indent = 0;
    if (style->colour)
        g_string_append(out, tint);
    for (guint i = 0; i < table->columns; i++) {
        bool last = i + 1 == table->columns;
        guint fill = widths[i] - text_width(cells[i]);
        if (table->right[i])
            pad(out, fill);
        if (last)
            append_wrapped(out, cells[i], indent, style->width);
        else
            g_string_append(out, cells[i]);
        if (!last && !table->right[i])
            pad(out, fill);
        if (!last)
            g_string_append(out, gap);
        indent += widths[i] + (guint)strlen(gap);
    }
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    if (style->colour && *tint)
        g_string_append(out, tint_end);
    g_string_append_c(out, '\n');
}

char *table_text(const Table *table, const TableStyle *style)
{
    g_autofree guint *widths = g_new0(guint, table->columns);
    for (guint i = 0; i < table->columns; i++) {
        widths[i] = table->headings ? text_width(table->headings[i]) : 0;
        for (guint r = 0; r < table->rows->len; r++)
            widths[i] = MAX(widths[i], text_width(((const Row *)table->rows->pdata[r])->cells[i]));
    }
    GString *out = g_string_new(NULL);
    if (table->headings)
        append_row(out, table, widths, table->headings, "\033[1m", style);
    for (guint r = 0; r < table->rows->len; r++) {
        const Row *row = table->rows->pdata[r];
        append_row(out, table, widths, row->cells, tints[row->tint], style);
    }
    return g_string_free(out, FALSE);
}
