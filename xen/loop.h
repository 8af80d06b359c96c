/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "xen/api.h"

/* Xen's block script attaches a raw file to a loop device and writes that down afterwards. One that is killed
 * in between, because a create was interrupted, leaves a loop device that nothing else will ever detach. */

/* The loop devices that are there: name ("loop0") → backing file. */
GHashTable *xen_loop_list(void);

/* Detach each loop device with a disk of config behind it that is not in before (NULL: in none) and that
 * nobody holds: not a guest, not a mount. */
void xen_loop_release(const libxl_domain_config *config, GHashTable *before);

/* The loop devices that xen_loop_release() would have to detach, one "/dev/loop0" each. */
GPtrArray *xen_loop_left(const libxl_domain_config *config, GHashTable *before);
