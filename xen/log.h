/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "xen/api.h"

/* What libxl says while it works: its errors and warnings are kept, so that they can be part of our own
 * message. With verbose all of it goes to stderr as well. */
typedef struct XenLog XenLog;

XenLog *xen_log_new(bool verbose);
void xen_log_free(XenLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XenLog, xen_log_free)
xentoollog_logger *xen_log_logger(XenLog *log);

/* Forget what was said: an operation begins. */
void xen_log_clear(XenLog *log);

/* The errors since then in one line, without source positions: the first two, which tell the cause, and the
 * last. Warnings when there was no error; NULL when there was nothing. Free with g_free(). */
char *xen_log_summary(const XenLog *log);

/* Whether a kept line has this text. */
bool xen_log_mentions(const XenLog *log, const char *text);
