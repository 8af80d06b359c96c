/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* JSON text straight into a string, for the document that every guest's plan writes: its note. json-glib
 * builds a tree of objects first and took a third of a plan's whole time (docs/performance.md); everywhere
 * else json-glib writes. The result is RFC 8259 and reads back through json_open(), which
 * tests/common/test-json-text.c holds. It is safe to print: what no terminal shows as a character is escaped. */

/* "text" with its escapes; null for NULL. Invalid UTF-8 is replaced. */
void json_text_string(GString *out, const char *text);
/* ,"name": or "name": when out ends with an opening brace. */
void json_text_member(GString *out, const char *name);
void json_text_member_string(GString *out, const char *name, const char *text);

/* A whole document that json-glib wrote, with the characters escaped that it leaves as they are: U+001F, which
 * JSON does not allow, and what is not safe to print. Newlines between the members stay. Free with g_free(). */
char *json_text_printable(const char *json);
