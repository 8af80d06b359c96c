/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Xen keeps so many bytes of one word; the rest is dropped without a message (xen 4.17 param.h MAX_PARAM_SIZE, less its
 * final NUL). */
#define CMDLINE_WORD_MAX 127

/* What Xen tells toolstacks of its command line is cut after so many bytes (xen 4.17 version.h xen_commandline_t). Xen
 * itself reads all of it. */
#define CMDLINE_REPORTED_MAX 1023
#define CMDLINE_ASKED_MAX 4096 /* bytes that are taken to be set; far beyond what Xen reports, short enough to compare each word with each */

typedef struct CmdlineWord {
    char *before; /* the blanks in front of it */
    char *text;
} CmdlineWord;

/* A hypervisor command line that loses nothing: printed, it is the text that was parsed, whatever that was. Words are
 * separated by spaces alone: for Xen a tab is a letter. */
typedef struct Cmdline {
    GPtrArray *words; /* CmdlineWord* */
    char *after;      /* blanks at the end */
    guint xen_words;  /* so many are Xen's; then comes "--", and the rest is for dom0's kernel (xen 4.17 setup.c) */
} Cmdline;

Cmdline *cmdline_parse(const char *text); /* never fails */
void cmdline_free(Cmdline *cmdline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cmdline, cmdline_free)
char *cmdline_print(const Cmdline *cmdline); /* caller frees */

const char *cmdline_word(const Cmdline *cmdline, guint index);

/* What Xen parses and reports: without leading blanks and without dom0's part. Caller frees. */
char *cmdline_of_xen(const Cmdline *cmdline);

/* A word as Xen takes it apart. Caller clears with cmdline_option_clear(). */
typedef struct CmdlineOption {
    char *name;     /* without "no-" and value */
    char *value;    /* "" when there is none; also after "name=" */
    bool has_value; /* there was a '=' */
    bool negated;   /* "no-" stood before it */
    bool cut;       /* the word was longer than CMDLINE_WORD_MAX */
} CmdlineOption;

void cmdline_option_read(const char *word, CmdlineOption *option);
void cmdline_option_clear(CmdlineOption *option);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CmdlineOption, cmdline_option_clear)

/* The value of the last of Xen's words with this name; "" for a bare one, NULL when there is none. Caller frees. */
char *cmdline_get(const Cmdline *cmdline, const char *name);

/* NAME=VALUE, or NAME alone when value is NULL, in the place of the first word of this name; others of this name go,
 * "no-NAME" too, since Xen adds some of them up. A new one comes after Xen's other words. GUESTCTL_ERROR_INVALID when Xen
 * could not read it back, and nothing is changed then. */
bool cmdline_set(Cmdline *cmdline, const char *name, const char *value, GError **error);

/* Take all of Xen's words of this name away; how many there were. The blanks around the others stay. The last word before
 * "--" becomes "placeholder", which Xen ignores: in front of the line "--" would separate nothing. */
guint cmdline_remove(Cmdline *cmdline, const char *name);
