/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* libxl as this folder uses it. 0x041400 is the newest interface that the libxl.h of Xen 4.14 to 4.17 knows
 * by number; it is what those releases offer. */
#define LIBXL_API_VERSION 0x041400
#include <libxl.h>
#include <libxl_utils.h>

#include <glib.h>

/* Initialise each on the next line with its libxl_..._init(). */
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(libxl_domain_config, libxl_domain_config_dispose)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(libxl_dominfo, libxl_dominfo_dispose)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(libxl_physinfo, libxl_physinfo_dispose)

/* libxl's INVALID_DOMID is a plain ~0, of another sign than the domain ids it is compared with. */
#define XEN_NO_DOMID ((uint32_t)INVALID_DOMID)
