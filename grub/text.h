/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A part of a text, by its bytes: what is replaced while all else stays as it was. */
typedef struct Span {
    gsize start, end;
} Span;

/* The text with the span replaced. Caller frees. */
char *text_splice(const char *text, Span span, const char *replacement);

/* "\r\n" when the first line ends so, else "\n". */
const char *text_newline(const char *text);

/* The line at *at, without its end; *at goes behind it. False at the end of the text. */
bool text_line(const char *text, gsize *at, Span *line);

/* The text with a line more at its end, and a newline before that if the last line has none. Caller frees. */
char *text_append_line(const char *text, const char *line);

char *text_span(const char *text, Span span); /* caller frees */
