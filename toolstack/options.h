/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/paths.h"

/* The command line, read into one struct.
 *
 * Why not GOptionContext: an option may stand before or after the command here and belongs to some commands
 * only, so its parser would run twice and guess in the first pass which words are values; its messages know
 * neither the command nor the nearest option; and help, completion and the man page check need the table. */
typedef struct Options {
    /* Every command takes these. */
    bool json, dry_run, strict, verbose, help, version;
    char *backend, *root, *connect;
    GPtrArray *hosts; /* char*: files. Only a command that has --host of its own takes more than one */
    const char *host; /* the first of them; NULL: this machine */

    /* What a guest is, said without or on top of its file: plan, create, start, why. */
    char *name, *image, *metadata, *kernel, *ramdisk, *cmdline, *mode, *bridge;
    char *seed, *hostname, *user_data;
    char *storage, *net;  /* of run */
    guint64 disk_kib;     /* 0: not given */
    GPtrArray *ssh_keys; /* char*: keys, and files of keys */
    guint64 memory_kib; /* 0: not given */
    unsigned vcpus;     /* 0: not given */

    /* Of single commands. */
    bool console, paused, wait, force, native, names, persist, fix, set_default, trial, disks, remote, no_signature;
    char *target;
    char *until;
    unsigned timeout_s; /* 0: not given */
    unsigned guests;    /* 0: not given */
    char *completion;
    GPtrArray *properties; /* char*, "KEY=VALUE"; never NULL */
    char *format;

    GPtrArray *arguments;          /* char*: what is left, without the command */
    const struct Command *command; /* NULL: none was given */
    const char *group;             /* the first word of a command of two, until the second is known. Of argv */
    GPtrArray *given;              /* const OptionSpec*: what was said, to check it against the command */

    /* Not from the command line: main sets them, tests set their own. */
    Paths *paths;
    GCancellable *cancel; /* fires on Ctrl-C; NULL: the command cannot be interrupted in good order */
    FILE *out, *err;
    char **words; /* argv, not owned */
} Options;

typedef enum { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_SIZE, OPTION_LIST } OptionKind; /* LIST: may be repeated */

typedef struct OptionSpec {
    const char *name;  /* without the dashes */
    char letter;       /* 0: none */
    OptionKind kind;
    gsize offset;      /* into Options */
    const char *value; /* what help calls the value; with '|' it is the list of choices; NULL for a flag */
    const char *help;
    bool global;
} OptionSpec;

/* The only list of options: parser, help, completion and the man page check read it. Ends with a NULL name. */
extern const OptionSpec option_specs[];
const OptionSpec *option_find(const char *name);

/* Read the command line. GUESTCTL_ERROR_USAGE names the wrong word and the nearest right one. --help and
 * --version are taken with any command line that has no unknown word in it. */
Options *options_parse(int argc, char **argv, GError **error);
Options *options_new(void);
void options_free(Options *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)

const char *options_argument(const Options *options, guint index); /* NULL: not given */

/* True when the command line asks for JSON, however wrong the rest of it is: for the error message. */
bool options_want_json(int argc, char **argv);
