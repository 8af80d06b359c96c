/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/identity.h"

#include <string.h>

/* The first 16 bytes of HMAC-SHA-256. */
static void digest(const char *key, const char *text, guint8 out[16])
{
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)key, strlen(key));
    guint8 full[32];
    gsize length = sizeof full;
    g_hmac_update(hmac, (const guchar *)text, (gssize)strlen(text));
    g_hmac_get_digest(hmac, full, &length);
    memcpy(out, full, 16);
}

char *identity_seed(const char *machine_id, const char *hostname, const char *root)
{
    g_autofree char *text = g_strconcat("guestctl identity", *root ? " " : "", root, NULL);
    guint8 d[16];
    digest(machine_id && *machine_id ? machine_id : hostname ? hostname : "localhost", text, d);
    GString *hex = g_string_new(NULL);
    for (gsize i = 0; i < sizeof d; i++)
        g_string_append_printf(hex, "%02x", d[i]);
    return g_string_free(hex, FALSE);
}

char *identity_uuid(const char *seed, const char *guest)
{
    g_autofree char *text = g_strconcat("uuid ", guest, NULL);
    guint8 d[16];
    digest(seed, text, d);
    d[6] = (guint8)((d[6] & 0x0f) | 0x80);
    d[8] = (guint8)((d[8] & 0x3f) | 0x80);
    return g_strdup_printf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1], d[2], d[3], d[4], d[5],
                           d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
}

char *identity_mac(const char *seed, const char *guest, const char *nic)
{
    g_autofree char *text = g_strdup_printf("mac %s/%s", guest, nic);
    guint8 d[16];
    digest(seed, text, d);
    return g_strdup_printf("00:16:3e:%02x:%02x:%02x", d[0] & 0x7f, d[1], d[2]);
}
