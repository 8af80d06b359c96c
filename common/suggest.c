/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/suggest.h"

#include <glib.h>
#include <string.h>

/* Case and the choice of separator are what people get wrong most, so they cost nothing. */
static char fold(char c)
{
    return c == '-' || c == '.' ? '_' : g_ascii_tolower(c);
}

/* Edits between A and B, both at most SUGGEST_MAX_LENGTH long: insert, delete, change, swap two
 * neighbours ("optimal string alignment": no piece is edited twice). */
static guint distance(const char *a, gsize a_length, const char *b, gsize b_length)
{
    guint rows[3][SUGGEST_MAX_LENGTH + 1];
    guint *before = rows[0], *last = rows[1], *row = rows[2];

    for (gsize j = 0; j <= b_length; j++)
        last[j] = (guint)j;
    for (gsize i = 1; i <= a_length; i++) {
        row[0] = (guint)i;
        for (gsize j = 1; j <= b_length; j++) {
            guint cost = fold(a[i - 1]) != fold(b[j - 1]);
            row[j] = MIN(MIN(last[j] + 1, row[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
                row[j] = MIN(row[j], before[j - 2] + 1);
        }
        guint *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b_length];
}

const char *suggest_nearest(const char *word, const char *const *candidates)
{
    gsize length = strnlen(word, SUGGEST_MAX_LENGTH + 1);
    if (length == 0 || length > SUGGEST_MAX_LENGTH)
        return NULL;

    const char *nearest = NULL;
    guint best = (guint)MAX(1, length / 3) + 1;
    for (; *candidates; candidates++) {
        gsize candidate_length = strnlen(*candidates, SUGGEST_MAX_LENGTH + 1);
        gsize apart = MAX(length, candidate_length) - MIN(length, candidate_length);
        if (candidate_length > SUGGEST_MAX_LENGTH || apart >= best)
            continue;
        guint edits = distance(word, length, *candidates, candidate_length);
        /* A word of one or two letters is near to everything when all of it may change. */
        if (edits < best && edits < length) {
            best = edits;
            nearest = *candidates;
        }
    }
    return nearest;
}
