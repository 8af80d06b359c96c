/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/number.h"

#include <string.h>

guint64 number_parse(const char *text, const char **end)
{
    unsigned base = 10;
    if (*text == '0') {
        base = 8;
        text++;
        /* Not a hexadecimal digit after the x: the number is 0 and ends before the x. */
        if ((*text == 'x' || *text == 'X') && g_ascii_isxdigit(text[1])) {
            base = 16;
            text++;
        }
    }
    guint64 number = 0;
    for (int digit; (digit = g_ascii_xdigit_value(*text)) >= 0 && (unsigned)digit < base; text++)
        number = number * base + (unsigned)digit;
    *end = text;
    return number;
}

guint64 number_signed(const char *text, const char **end)
{
    return *text == '-' ? -number_parse(text + 1, end) : number_parse(text, end);
}

guint64 number_size(const char *text, const char **end)
{
    static const char letters[] = "bkmgt"; /* each is 2^10 of the one before */
    guint64 number = number_parse(text, &text);
    const char *letter = *text ? strchr(letters, g_ascii_tolower(*text)) : NULL;
    *end = letter ? text + 1 : text;
    if (*text == '%')
        return number;
    return number << (letter ? 10 * (letter - letters) : 10);
}

int number_bool(const char *text, gsize length)
{
    static const struct {
        const char *word;
        int value;
    } words[] = {{"1", 1}, {"on", 1},  {"yes", 1}, {"true", 1},  {"enable", 1},
                 {"0", 0}, {"no", 0}, {"off", 0}, {"false", 0}, {"disable", 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (strlen(words[i].word) == length && strncmp(text, words[i].word, length) == 0)
            return words[i].value;
    return -1;
}
