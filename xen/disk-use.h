/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "xen/session.h"

/* Whether no other domain has a file or device of config's disks, unless both only read it. GUESTCTL_ERROR_EXISTS names
 * disk and domain. QEMU locks no image that it serves to Xen guests (its xen-block switches that off), and libxl's block
 * script, which looks, is there for phy only: two guests would destroy a qcow2 image together. */
bool xen_disks_are_free(XenSession *session, const char *name, const libxl_domain_config *config, GError **error);
