/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Will a toolstack take memory from dom0 by itself for each new guest? Both look only at how dom0_mem is written, not at
 * what Xen made of it, and at what Xen reports of its line: see cmdline_of_xen(). Both are for the setting "auto" of
 * autoballoon, their default. */

/* xl: sizes with a unit up to T, negative ones, percentages, sums (xen 4.17 xl.c auto_autoballoon). */
bool balloon_by_xl(const char *line);

/* libvirt: the sizes of long ago alone, without T, minus or percentage (libvirt 9.0 libxl_conf.c
 * libxlGetAutoballoonConf). It asks this only where /etc/libvirt/libxl.conf can be read and does not say autoballoon: without
 * the file it never balloons (libxlDriverConfigLoadFile). */
bool balloon_by_libvirt(const char *line);
