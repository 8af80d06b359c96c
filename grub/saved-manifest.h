/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "grub/saved.h"

/* A generation's manifest.json, "guestctl-grub-saved/1" (docs/formats.md), without the files' texts. */
char *saved_manifest_text(const Saved *saved);
Saved *saved_manifest_parse(const char *text, gsize length, const char *source, GError **error);
