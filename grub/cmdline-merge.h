/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grub/cmdline.h"

/* Set options in a line: each takes the place of those with its name, or is added; "no-NAME" too. GUESTCTL_ERROR_INVALID for
 * no options, one twice, a part for dom0's kernel ("--"), and a word that Xen could not read back; the line is then half done. */
bool cmdline_merge(Cmdline *line, const Cmdline *options, GError **error);

/* Whether both have the same words: the blanks between them, and the order of different options, mean nothing to Xen. */
bool cmdline_same(const char *one, const char *other);
