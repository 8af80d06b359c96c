/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/balloon.h"

#include <glib.h>
#include <regex.h>

#include "grub/cmdline.h"

#define XL_SIZE "-?[0-9]+[bBkKmMgGtT]?"
#define XL_LINE "(^| )dom0_mem=((min:|max:)?(" XL_SIZE "|(" XL_SIZE "[+])?[0-9][0-9]?%),?)+( |$)"
#define LIBVIRT_LINE "(^| )dom0_mem=((min:|max:)?[0-9]+[bBkKmMgG]?,?)+( |$)"

/* POSIX, as xl uses it: PCRE would need exponential time for some of these lines. */
static bool matches(const char *pattern, const char *line)
{
    g_autofree char *reported = g_strndup(line, CMDLINE_REPORTED_MAX);
    regex_t regex;
    int r = regcomp(&regex, pattern, REG_NOSUB | REG_EXTENDED);
    g_return_val_if_fail(r == 0, false);
    r = regexec(&regex, reported, 0, NULL, 0);
    regfree(&regex);
    return r == 0;
}

bool balloon_by_xl(const char *line)
{
    return !matches(XL_LINE, line);
}

bool balloon_by_libvirt(const char *line)
{
    return !matches(LIBVIRT_LINE, line);
}
