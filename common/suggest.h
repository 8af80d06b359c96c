/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The candidate that WORD most likely means, or NULL when none is near. Candidates end with NULL;
 * what comes back is one of their pointers. Case does not count, and '-', '_' and '.' are alike.
 * Near is a Damerau-Levenshtein distance (a swap of neighbours is one edit) of at most a third of
 * the word's length; the first of equally near ones wins. A word of more than SUGGEST_MAX_LENGTH
 * bytes has no neighbours, so that hostile input costs nothing. */
#define SUGGEST_MAX_LENGTH 64
const char *suggest_nearest(const char *word, const char *const *candidates);
