/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* extlinux.conf, as far as Xen is in it (syslinux doc/syslinux.txt: keywords in any case; mboot.c32 separates what it loads
 * by "---", the first is the hypervisor with its line). */

/* The label that is booted by itself: that with MENU DEFAULT, else the first. NULL: no entries. Caller frees. */
char *extlinux_default(const char *text);

/* What Xen is given: by the default entry if it has Xen, else by the first that has. NULL: none has. Caller frees. */
char *extlinux_xen_line(const char *text);
