/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/boot-block.h"

#include <string.h>

#include "common/error.h"

#define BEGIN "# BEGIN guestctl"
#define END "# END guestctl"
#define FIRST BEGIN ": written by guestctl grub; what stands here is replaced, all else in this file is kept\n"
#define LAST END "\n"

typedef struct Block {
    gsize start, inside, inside_end, end; /* of the whole, and of what is between the two lines */
} Block;

/* The first line from offset on that is the mark, or begins with it and a colon. */
static bool find_line(const char *text, gsize offset, const char *mark, gsize *start, gsize *end)
{
    for (const char *line = text + offset; *line;) {
        gsize length = strcspn(line, "\n"), whole = length + (line[length] == '\n');
        gsize marks = strlen(mark);
        if (strncmp(line, mark, marks) == 0 && strchr(":\r\n", line[marks])) { /* strchr finds the final NUL too */
            *start = (gsize)(line - text);
            *end = *start + whole;
            return true;
        }
        line += whole;
    }
    return false;
}

static bool damaged(const char *path, const char *what, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "%s: %s; put the two lines \"" BEGIN "\" and \"" END "\" right, or take them away with what is between them", path, what);
    return false;
}

static bool find(const char *text, const char *path, Block *block, bool *there, GError **error)
{
    gsize other_start, other_end;
    bool begins = find_line(text, 0, BEGIN, &block->start, &block->inside);
    bool ends = find_line(text, 0, END, &block->inside_end, &block->end);
    *there = begins && ends;
    if (begins != ends || (*there && block->inside_end < block->inside))
        return damaged(path, begins ? "\"" BEGIN "\" has no end" : "\"" END "\" has no beginning", error);
    if (*there && (find_line(text, block->inside, BEGIN, &other_start, &other_end) ||
                   find_line(text, block->end, END, &other_start, &other_end)))
        return damaged(path, "there are two parts of guestctl's", error);
    return true;
}

bool boot_block_get(const char *text, const char *path, char **inside, GError **error)
{
    Block block = {0};
    bool there;
    if (!find(text, path, &block, &there, error))
        return false;
    *inside = there ? g_strndup(text + block.inside, block.inside_end - block.inside) : NULL;
    return true;
}

char *boot_block_set(const char *text, const char *path, const char *inside, GError **error)
{
    Block block = {.start = strlen(text), .end = strlen(text)};
    bool there;
    if (!find(text, path, &block, &there, error))
        return NULL;
    if (!there)
        block.start = block.end = strlen(text);
    if (!inside)
        return g_strdup_printf("%.*s%s", (int)block.start, text, text + block.end);
    bool open_line = block.start > 0 && text[block.start - 1] != '\n';
    return g_strdup_printf("%.*s%s" FIRST "%s" LAST "%s", (int)block.start, text, open_line ? "\n" : "", inside, text + block.end);
}
