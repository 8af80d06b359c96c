/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grub/cmdline.h"

/* Each of these options in a line: a new value for one that is there, a new word for one that is not. "no-NAME" becomes
 * NAME=no, which is the same to Xen. GUESTCTL_ERROR_INVALID when Xen could not read a word back; the line is then half done. */
bool cmdline_merge(Cmdline *cmdline, const Cmdline *options, GError **error);

/* Whether both have the same words: the blanks between them, and the order of different options, mean nothing to Xen. */
bool cmdline_same(const char *one, const char *other);
