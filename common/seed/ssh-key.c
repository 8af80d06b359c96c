/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/seed/ssh-key.h"

#include <string.h>

#include "common/error.h"

/* RFC 4253 6.6: the base64 text holds strings, each after its length in four bytes; the first is the type's name. */
static bool is_key_of_type(const char *type, const char *base64)
{
    gsize length = 0, named = strlen(type);
    g_autofree guchar *blob = g_base64_decode(base64, &length);
    g_autofree char *again = blob ? g_base64_encode(blob, length) : NULL; /* the decoder skips what is no base64 */
    if (named == 0 || length <= 4 + named || g_strcmp0(again, base64) != 0)
        return false;
    gsize says = (gsize)blob[0] << 24 | (gsize)blob[1] << 16 | (gsize)blob[2] << 8 | blob[3];
    return says == named && memcmp(blob + 4, type, named) == 0;
}

static bool invalid(GError **error, const char *what)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s; use a public key, a line like \"ssh-ed25519 AAAA... me@here\", or its .pub file", what);
    return false;
}

bool ssh_key_check(const char *line, GError **error)
{
    if (strstr(line, "PRIVATE KEY"))
        return invalid(error, "that is a private key, which must never leave its place");
    for (const char *c = line; *c; c++)
        if ((guchar)*c < ' ' || *c == 0x7f)
            return invalid(error, "an SSH key is one line without control characters");
    if (!g_utf8_validate(line, -1, NULL))
        return invalid(error, "an SSH key is text, and this is not UTF-8");
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    for (char **word = words; *word && word[1]; word++)
        if (is_key_of_type(word[0], word[1]))
            return true;
    return invalid(error, "that is no SSH key, or not all of one");
}

GPtrArray *ssh_keys_parse(const char *text, const char *source, GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        const char *line = g_strstrip(lines[i]);
        if (!*line || *line == '#')
            continue;
        if (!ssh_key_check(line, error)) {
            g_prefix_error(error, "%s:%u: ", source, i + 1);
            return NULL;
        }
        g_ptr_array_add(keys, g_strdup(line));
    }
    if (keys->len == 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: there is no SSH key in it", source);
        return NULL;
    }
    return g_steal_pointer(&keys);
}

bool ssh_key_is_literal(const char *word, const char *folder)
{
    g_autofree char *path = g_canonicalize_filename(word, folder);
    return strchr(word, ' ') && !g_file_test(path, G_FILE_TEST_EXISTS);
}
