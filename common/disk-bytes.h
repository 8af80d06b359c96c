/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Numbers in the headers of disk images, wherever they lie. */

static inline guint32 be32(const guint8 *at)
{
    return (guint32)at[0] << 24 | (guint32)at[1] << 16 | (guint32)at[2] << 8 | at[3];
}

static inline guint64 be64(const guint8 *at)
{
    return (guint64)be32(at) << 32 | be32(at + 4);
}

static inline guint32 le32(const guint8 *at)
{
    return (guint32)at[3] << 24 | (guint32)at[2] << 16 | (guint32)at[1] << 8 | at[0];
}

static inline guint64 le64(const guint8 *at)
{
    return (guint64)le32(at + 4) << 32 | le32(at);
}

static inline guint16 le16(const guint8 *at)
{
    return (guint16)(at[1] << 8 | at[0]);
}
