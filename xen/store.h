/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "xen/session.h"

/* A node of xenstore as text, or NULL. For the few facts that libxl knows and does not tell. What is below a
 * guest's own /local/domain/ID can be written by the guest: it is never trusted. Free with g_free(). */
char *xen_store_read(XenSession *session, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The names below a node, or NULL. Free with g_strfreev(). */
GStrv xen_store_list(XenSession *session, const char *path);
