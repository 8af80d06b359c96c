/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "xen/api.h"

/* libxl's file descriptors and timeouts as sources of a GMainContext. libxl keeps a pointer to the loop, so
 * it is freed after libxl_ctx_free(). */
typedef struct XenEventLoop XenEventLoop;

XenEventLoop *xen_event_loop_new(libxl_ctx *ctx, GMainContext *context);
void xen_event_loop_free(XenEventLoop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenEventLoop, xen_event_loop_free)
