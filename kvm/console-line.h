/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The lines in what a guest prints, however it arrives: for ConsoleOptions.until, and for messages. What a guest
 * prints is not trusted: of a line without end only the last part is kept. */
typedef struct ConsoleLine ConsoleLine;

ConsoleLine *console_line_new(const char *until); /* NULL: nothing is looked for */
void console_line_free(ConsoleLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConsoleLine, console_line_free)

/* How many of these bytes belong to what was waited for: all of them, or, with *found set, those up to the end
 * of the first line that holds the text. */
gsize console_line_feed(ConsoleLine *line, const char *data, gsize length, bool *found);

/* The last line that was not empty, as printable text. Caller frees. */
char *console_line_last(const ConsoleLine *line);
