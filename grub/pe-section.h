/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Whether an EFI program has a section of this name (PE/COFF: the headers alone are read). False also for a file that is
 * none. */
bool pe_section_exists(const char *path, const char *name);
