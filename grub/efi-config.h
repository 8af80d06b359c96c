/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "grub/cmdline.h"
#include "grub/text.h"

/* The text of the file that xen.efi reads, by its own rules (xen 4.17 common/efi/boot.c pre_parse, get_value): every control
 * character ends a line, a tab too; '#' begins a comment anywhere, ';' only where a line begins; no blank may stand before
 * '='; the first of two equal keys or sections counts. Without a section (NULL or "") headings mean nothing, and the first key
 * of the whole file is taken. Of a last line without its end xen.efi 4.17.7 says that it ignores it; booted, it goes on to
 * read the memory behind the file as a part of the value. */
#define EFI_CONFIG_MAX (256 * 1024) /* bytes that are read of such a file; xen.efi has no limit */

typedef struct EfiValue {
    Span key;     /* the key and what stands before it on its line: where another line can be put */
    Span value;   /* without leading blanks; blanks at the end are part of it */
    bool unended; /* on a last line without a newline: xen.efi reads on behind it */
} EfiValue;

/* Where a key's value is. */
bool efi_config_find(const char *text, const char *section, const char *key, EfiValue *value);

/* The value as xen.efi sees it; NULL when it sees none, or none that one could know. Caller frees. */
char *efi_config_get(const char *text, const char *section, const char *key);

/* How often xen.efi could find it: everything but the first is dead. */
guint efi_config_count(const char *text, const char *section, const char *key);

GPtrArray *efi_config_sections(const char *text); /* char*: in order, one that stands twice is there twice. Caller unrefs */

/* The heading that is above a place in the text; NULL: none. Caller frees. */
char *efi_config_section_at(const char *text, gsize at);

/* The text with these options in the options= of a section, whose line is made before its kernel= if there is none.
 * GUESTCTL_ERROR_INVALID names a word that xen.efi would take apart. Caller frees. */
char *efi_config_set_options(const char *text, const char *section, const Cmdline *options, GError **error);

/* The text with a key of a section set; NULL: its line taken out. A line that is missing comes behind that of its kernel=, which
 * must be there. The value is one that efi_config_check() lets pass. Caller frees. */
char *efi_config_set(const char *text, const char *section, const char *key, const char *value);

/* The text with [global] default= set to a section that has its kernel. Caller frees. */
char *efi_config_set_default(const char *text, const char *section);

/* Whether xen.efi reads back what is written as a value. */
bool efi_config_check(const char *value, GError **error);
