/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* YAML that people write, by libyaml's events: mappings, lists and scalars, each scalar a string ("~" and nothing: null), as
 * JSON values. Bounded: at most 256 KiB and 16 deep. No anchors, aliases or merge keys, which can make gigabytes of a small text,
 * no second document, no two equal keys. GUESTCTL_ERROR_INVALID names source and line. Free with json_node_unref(). */
JsonNode *yaml_parse(const char *text, gsize length, const char *source, GError **error);

enum { YAML_MAX = 256 * 1024 }; /* bytes */
