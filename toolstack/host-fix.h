/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/check.h"
#include "common/lock.h"
#include "toolstack/options.h"

/* `host check --fix`. Whether it may be done at all, and the lock under which files are looked at and changed: two at once would
 * each write what it has read. A dry run takes none: *lock is NULL then. */
bool host_fix_begin(const Options *options, const char *files, Lock **lock, GError **error);

/* Say what is done and do it. A step that fails does not keep the others from being done: the error names all that failed. A module
 * that cannot be loaded is not kept for the next boot. *changed: something was done, so that the checks are old. */
bool host_fix(const Options *options, const CheckFacts *facts, const GPtrArray *checks, bool *changed, GError **error);
