/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grub/saved.h"

/* What taking a generation back makes of one file, as that file is now. */

typedef enum {
    BACK_NOTHING, /* it is as it was */
    BACK_WHOLE,   /* it is as the change left it: all of it goes back */
    BACK_BLOCK,   /* others changed it outside of our part: that part alone goes back */
    BACK_REFUSED, /* others changed what would be replaced */
} BackHow;

/* Whether our part of these files is marked, with the administrator's own text around it. */
bool saved_has_blocks(const Saved *saved);

/* *text: what the file shall hold, NULL: it shall not be there; the caller's. Untouched for BACK_NOTHING and BACK_REFUSED. */
BackHow saved_back(const SavedFile *file, bool has_block, const char *root, char **text);
