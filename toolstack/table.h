/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Rows and columns for people. Cells may hold text of strangers (a guest's name, an image's property):
 * control characters come out as \xNN, so that nothing can steer the terminal. */
typedef struct Table Table;

typedef enum { TINT_NONE, TINT_GOOD, TINT_NOTICE, TINT_BAD, TINT_DIM } Tint;

typedef struct TableStyle {
    bool colour;    /* tints become terminal colours */
    unsigned width; /* the last column is wrapped so that lines fit; 0: lines are as long as they are */
} TableStyle;

Table *table_new(const char *const *headings); /* ends with NULL; headings NULL: two columns and no first line */
void table_free(Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Table, table_free)

void table_add(Table *table, Tint tint, const char *const *cells); /* one for each heading; NULL shows as "-" */
#define table_row(table, tint, ...) table_add(table, tint, (const char *const[]){__VA_ARGS__})
void table_align_right(Table *table, guint column);
guint table_rows(const Table *table);
char *table_text(const Table *table, const TableStyle *style); /* caller frees */

/* The text with control characters (tab and newline too) and broken UTF-8 as \xNN. Caller frees. */
char *text_clean(const char *text);
