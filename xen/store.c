/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xen/store.h"

#include <stdlib.h>
#include <xenstore.h>

/* By the socket only: the device would wait for ever for a xenstored that is not there. */
static struct xs_handle *store(XenSession *session)
{
    if (!session->store)
        session->store = xs_open(XS_OPEN_SOCKETONLY);
    return session->store;
}

char *xen_store_read(XenSession *session, const char *format, ...)
{
    if (!store(session))
        return NULL;
    va_list args;
    va_start(args, format);
    g_autofree char *path = g_strdup_vprintf(format, args);
    va_end(args);

    unsigned length;
    char *value = xs_read(session->store, XBT_NULL, path, &length);
    char *text = value ? g_strndup(value, length) : NULL;
    free(value);
    return text;
}

GStrv xen_store_list(XenSession *session, const char *path)
{
    unsigned n = 0;
    char **names = store(session) ? xs_directory(session->store, XBT_NULL, path, &n) : NULL;
    if (!names)
        return NULL;
    GStrv list = g_new0(char *, n + 1);
    for (unsigned i = 0; i < n; i++)
        list[i] = g_strdup(names[i]);
    free(names);
    return list;
}
