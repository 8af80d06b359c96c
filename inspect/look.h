/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/image/passport.h"
#include "inspect/disk.h"

/* All that is read of an image. file is the image's file; declared is the metadata's word for its format, or NULL. Kernels are
 * unpacked only when they are wanted. Fills the passport, also when it is refused. */
void look(Disk *file, const char *declared, bool kernels, Passport *passport);
