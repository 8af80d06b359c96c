/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A plain value of a configuration of libvirt's (libvirt 9.0 util/virconf.c): a number as it stands, or a string without its
 * quotes, which *quoted tells apart; the first of two equal names counts. NULL without an error: it is not set;
 * GUESTCTL_ERROR_INVALID names the line that is none of NAME = VALUE. A list or a value of many lines is not understood.
 * Caller frees. */
char *libvirt_conf_get(const char *text, const char *name, bool *quoted, GError **error);
