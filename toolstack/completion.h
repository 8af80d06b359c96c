/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The completion script for bash, made from the tables. completion/guestctl.bash is this text, for
 * distributions; a test holds the two together. Caller frees. */
char *completion_bash(void);
