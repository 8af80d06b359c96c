/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/inject/inject.h"

/* The guest's passwd(5), shadow(5) and authorized_keys, as texts: nothing of the host's is asked. They are the image's words, and
 * not trusted: what cannot be understood is refused. */

enum { PASSWD_UID = 2, PASSWD_GID = 3, PASSWD_HOME = 5, PASSWD_FIELDS = 7, SHADOW_HASH = 1, SHADOW_FIELDS_MIN = 2 };

/* The index of the user's line; -1: he has none. */
static int line_of(char **lines, const char *user)
{
    gsize length = strlen(user);
    for (int i = 0; lines[i]; i++)
        if (g_str_has_prefix(lines[i], user) && lines[i][length] == ':')
            return i;
    return -1;
}

static bool damaged(const char *file, const char *user, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the line of user \"%s\" in the guest's %s is damaged; mend the image", user, file);
    return false;
}

static bool unknown(const char *file, const char *user, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "the guest's %s has no user \"%s\"; set user in [inject] to one that it has", file, user);
    return false;
}

static bool read_id(const char *text, int *id)
{
    guint64 number;
    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, &number, NULL))
        return false;
    *id = (int)number;
    return true;
}

bool inject_home_of(const char *passwd, const char *user, char **home, int *uid, int *gid, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(passwd, "\n", -1);
    int line = line_of(lines, user);
    if (line < 0)
        return unknown("/etc/passwd", user, error);
    g_auto(GStrv) fields = g_strsplit(lines[line], ":", -1);
    if (g_strv_length(fields) != PASSWD_FIELDS || !g_path_is_absolute(fields[PASSWD_HOME]) || !read_id(fields[PASSWD_UID], uid) ||
        !read_id(fields[PASSWD_GID], gid))
        return damaged("/etc/passwd", user, error);
    *home = g_strdup(fields[PASSWD_HOME]);
    return true;
}

char *inject_shadow_with(const char *shadow, const char *user, const char *hash, GError **error)
{
    g_auto(GStrv) lines = g_strsplit(shadow, "\n", -1);
    int line = line_of(lines, user);
    if (line < 0) {
        unknown("/etc/shadow", user, error);
        return NULL;
    }
    g_auto(GStrv) fields = g_strsplit(lines[line], ":", -1);
    if (g_strv_length(fields) < SHADOW_FIELDS_MIN) {
        damaged("/etc/shadow", user, error);
        return NULL;
    }
    g_free(fields[SHADOW_HASH]);
    fields[SHADOW_HASH] = g_strdup(hash);
    g_free(lines[line]);
    lines[line] = g_strjoinv(":", fields);
    return g_strjoinv("\n", lines);
}

char *inject_keys_with(const char *authorized_keys, const GStrv keys)
{
    g_auto(GStrv) there = g_strsplit(authorized_keys, "\n", -1);
    GString *text = g_string_new(authorized_keys);
    if (text->len && text->str[text->len - 1] != '\n')
        g_string_append_c(text, '\n');
    for (char **key = keys; *key; key++)
        if (!g_strv_contains((const char *const *)there, *key))
            g_string_append_printf(text, "%s\n", *key);
    return g_string_free(text, FALSE);
}
