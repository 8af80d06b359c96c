/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* True when the bridge is there. net is "/sys/class/net", or a fixture. Else GUESTCTL_ERROR_NOT_FOUND names
 * guest, bridge, the bridges that there are, and the commands that make one. */
bool bridge_check(const char *net, const char *bridge, const char *guest, GError **error);
