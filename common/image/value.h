/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One reader per kind of property value. Each gives the canonical text, to be freed with g_free(),
 * or NULL when the value is not legal. None of them fails in another way. */

/* As it came. A value with control characters is refused: it would reach terminals and consoles. */
char *image_value_text(const char *value);

/* ASCII letters in lower case. Python, and so nova, also folds others, none of which is part of a
 * legal word. */
char *image_value_lower(const char *value);

/* "true" or "false"; any other word is false and *KNOWN becomes false too (oslo bool_from_string). */
char *image_value_bool(const char *value, bool *known);

/* Decimal as Python's int() reads it: spaces around, a sign, single underscores between digits. */
char *image_value_integer(const char *value, gint64 min, gint64 max);

/* "small", "large", "any" or a number of KiB ("2MB" is "2048", as in nova's string_to_bytes). */
char *image_value_page_size(const char *value);

/* "0-3,^2" is "0-1,3": sorted ranges, exclusions applied (nova's parse_cpu_spec). */
char *image_value_cpu_set(const char *value);

/* ">= 4.17, <5.0" is ">=4.17,<5.0" (distutils' VersionPredicate and StrictVersion). */
char *image_value_version(const char *value);

/* An id that cannot be taken for a path; "nokernel" is one. */
char *image_value_image_id(const char *value);

/* A JSON list of objects whose values are strings or null, as compact JSON. */
char *image_value_mapping_list(const char *value);
