/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Whether a version satisfies a predicate list such as ">=4.17,<5.0" (img_hv_requested_version; nova compares
 * by distutils' VersionPredicate, number by number, missing ones are 0). The version's own tail ("-pre",
 * "+dfsg") does not count. A part that is no comparison is never satisfied. */
bool version_satisfies(const char *version, const char *predicates);
