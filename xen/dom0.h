/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/dom0-state.h"
#include "xen/session.h"

/* The running dom0 by libxl: what xen/dom0.c reads, xen/dom0-tune.c changes. */
bool xen_dom0_info(XenSession *session, libxl_dominfo *info, GError **error);
bool xen_dom0_target(XenSession *session, guint64 *kib, GError **error);
