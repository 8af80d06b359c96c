/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Numbers as Xen reads them on its command line. They never fail: *end is the first byte that is no part of the number,
 * and what stands there is the caller's matter. Too many digits wrap round at 64 bits. */

/* Decimal, 0x hexadecimal, or octal after a leading 0 (xen 4.17 vsprintf.c simple_strtoull, base 0). */
guint64 number_parse(const char *text, const char **end);

/* The same with a '-' before it, which gives the number's complement to 2^64 (simple_strtoll). */
guint64 number_signed(const char *text, const char **end);

/* A size in bytes: a number and one of T, G, M, K, B in either case. Without a letter it is KiB, but before '%' it is
 * the number itself (xen 4.17 parse-size.c). */
guint64 number_size(const char *text, const char **end);

/* 1, 0, or -1 when the LENGTH bytes are no boolean: yes on true enable 1, no off false disable 0, in lower case only
 * (xen 4.17 kernel.c parse_bool). */
int number_bool(const char *text, gsize length);
