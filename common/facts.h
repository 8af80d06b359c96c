/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/guest-file.h"
#include "common/image/meta.h"
#include "common/paths.h"

/* What [cloud-init] names: keys, user data, network configuration; and where the seed will be. */
bool facts_gather_seed(Request *request, const Paths *paths, GError **error);

/* The lines that a list of keys and files of keys gives, each once, added to keys (char*). */
bool facts_read_keys(const Request *request, GStrv words, GPtrArray *keys, GError **error);
/* What [inject] names: files, keys; and where its work is done. */
bool facts_gather_inject(Request *request, const Paths *paths, GError **error);

/* The I/O before a decision: find the image, read its metadata, look at each disk, and write what was found
 * into the request: absolute paths, the root disk from the image, real formats. *meta is set to the image's
 * metadata, or NULL when there is none. Messages name the guest, the disk and the remedy. */
bool facts_gather(Request *request, const Paths *paths, ImageMeta **meta, GError **error);
