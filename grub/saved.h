/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What a change of the boot loader's files replaced, kept so that it can be taken back: FOLDER/N/manifest.json and
 * FOLDER/N/files/, N = 1, 2, ... A generation is complete from the moment that it has its name. */

typedef enum {
    SAVED_BEGUN,       /* the change is under way, or was cut off */
    SAVED_APPLIED,     /* a trial: it waits for confirm */
    SAVED_CONFIRMED,   /* a trial that became the configuration: there is nothing to take back */
    SAVED_ROLLED_BACK,
} SavedState;

typedef struct SavedFile {
    char *path;      /* without the root in front */
    bool existed;
    guint mode;      /* that it had */
    bool generated;  /* the loader's own, made by a program */
    char *text;      /* what it held; NULL: it did not exist */
    char *written;   /* checksum of what was put there; NULL: it was removed, or is generated */
} SavedFile;

typedef struct Saved {
    guint number;
    char *folder;    /* FOLDER/N */
    char *time;      /* UTC */
    char *target;
    char *options;   /* that were asked for */
    char *line_before, *line_after;
    SavedState state;
    bool trial, set_default;
    GPtrArray *files; /* SavedFile* */
} Saved;

#define SAVED_KEEP 10 /* generations */

Saved *saved_new(void);
void saved_free(Saved *saved);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Saved, saved_free)
const char *saved_state_name(SavedState state); /* "begun", "applied", "confirmed", "rolled-back" */

/* Add a file as it is now below root. written: what will be put there; NULL: it will be removed. */
bool saved_add(Saved *saved, const char *root, const char *path, const char *written, bool generated, GError **error);

/* Write it below folder under the next number, on disk before it returns, and let the oldest go. */
bool saved_keep(Saved *saved, const char *folder, GError **error);
bool saved_mark(Saved *saved, SavedState state, GError **error);

/* All of them, the newest first; empty when there is none. One that cannot be read is an error that names it. The files' texts,
 * which only root can read, are there after saved_load(). */
GPtrArray *saved_list(const char *folder, GError **error);
bool saved_load(Saved *saved, GError **error);

/* Whether the file is as it was before, and whether it is as the change left it. */
bool saved_is_old(const SavedFile *file, const char *root);
bool saved_is_new(const SavedFile *file, const char *root);

/* Take away what a killed writer left beside these files. */
void saved_sweep(const Saved *saved, const char *root);

/* Where a path without the root in front is; GUESTCTL_ERROR_INVALID when a symbolic link in it leads out of the root.
 * Caller frees. */
char *saved_real_path(const char *root, const char *path, GError **error);
