/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/seed/seed.h"

#define LABEL_MAX 63
#define NAME_MAX_BYTES 253
#define USER_MAX 32
#define HASH_MAX 256

static bool is_label(const char *label)
{
    gsize length = strlen(label);
    for (const char *c = label; *c; c++)
        if (!g_ascii_isalnum(*c) && *c != '-')
            return false;
    return length > 0 && length <= LABEL_MAX && label[0] != '-' && label[length - 1] != '-';
}

bool seed_hostname_check(const char *name, GError **error)
{
    g_auto(GStrv) labels = g_strsplit(name, ".", -1);
    bool good = strlen(name) <= NAME_MAX_BYTES && labels[0];
    for (char **label = labels; *label; label++)
        good &= is_label(*label);
    if (!good)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "\"%.80s\" is no host name; use letters, digits and '-', with dots between the parts", name);
    return good;
}

/* A guest's name is of letters, digits, '-', '_', '.', '+' and begins with one of the first two. A dot would make it a
 * domain's name. */
char *seed_hostname_of(const char *guest)
{
    char *name = g_strndup(guest, LABEL_MAX);
    for (char *c = name; *c; c++)
        if (!g_ascii_isalnum(*c))
            *c = '-';
    for (gsize length = strlen(name); length > 0 && name[length - 1] == '-'; length--)
        name[length - 1] = '\0';
    return name;
}

bool seed_user_check(const char *name, GError **error)
{
    bool good = (g_ascii_islower(name[0]) || name[0] == '_') && strlen(name) <= USER_MAX;
    for (const char *c = name; *c; c++)
        good &= g_ascii_islower(*c) || g_ascii_isdigit(*c) || *c == '_' || *c == '-';
    if (!good)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "\"%.40s\" is no user's name; use small letters, digits, '-' and '_', a letter first, 32 at most", name);
    return good;
}

bool seed_password_hash_check(const char *hash, GError **error)
{
    const char *salt = hash[0] == '$' ? strchr(hash + 1, '$') : NULL;
    bool good = salt && salt > hash + 1 && strrchr(salt, '$') != salt && strlen(hash) <= HASH_MAX;
    for (const char *c = hash; *c; c++)
        good &= g_ascii_isalnum(*c) || strchr("$./=,-", *c);
    if (!good) /* it may be a password: it is not shown */
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "that is no password hash as crypt(5) has it, and a password itself is not taken; make one with: mkpasswd (package whois) or openssl passwd -6");
    return good;
}

/* cloudinit/handlers/__init__.py INCLUSION_TYPES_MAP, MIME, and gzip of any of them. */
bool seed_user_data_is_known(GBytes *bytes)
{
    static const char *const beginnings[] = {
        "#cloud-config", "#!", "#include", "#cloud-boothook", "#part-handler", "#upstart-job", "## template: jinja",
        "Content-Type:", "MIME-Version:", "From nobody", "\x1f\x8b",
    };
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    for (gsize i = 0; i < G_N_ELEMENTS(beginnings); i++)
        if (size >= strlen(beginnings[i]) && g_ascii_strncasecmp(data, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}
