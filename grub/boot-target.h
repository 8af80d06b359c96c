/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "common/reason.h"
#include "grub/cmdline.h"

typedef struct BootTarget BootTarget;

/* What a boot loader's files say of Xen now: read once, changed by nobody. Paths have no root in front. */
typedef struct BootConfig {
    const BootTarget *target;
    char *root;           /* "", or the folder that the paths are below */
    char *line;           /* what the default Xen entry gives Xen, as it is configured */
    char *recovery_line;  /* what its recovery entry gives; NULL: the loader has none */
    bool xen_is_default;  /* as far as the files tell */
    char *broken;         /* why what is configured does not boot; NULL: nothing speaks against it */
    bool mends;           /* edit puts that right */
    GPtrArray *reasons;   /* Reason*: where the line comes from, and warnings: entries that are not Xen's, files that fight */
    GHashTable *texts;    /* path → text of every file that edit may replace; a file that is not there is not in it */
    char *path;           /* the file that edit replaces, for a target that has one */
    char *section;        /* the part of it, for a target that has some */
    GHashTable *others;   /* name of an option → the files that set it too and are not ours; NULL: not told apart */
    gpointer own;         /* what the target keeps from read for edit and preview; NULL: nothing */
    GDestroyNotify own_free;
} BootConfig;

/* A file as it shall be. */
typedef struct BootFile {
    char *path;
    char *text; /* NULL: it shall not be there */
} BootFile;

/* One way in which Xen's command line is kept. All members are required but where it says NULL. Only found and read look at
 * the machine, below root. */
struct BootTarget {
    const char *name; /* "grub.d", "grub", "xen.cfg", "systemd-boot", "extlinux" */
    /* Whether this machine boots Xen so, and why one thinks so or not (*why, owned by the caller). */
    bool (*found)(const char *root, char **why);
    bool (*read)(const char *root, BootConfig *config, GError **error);
    /* Pure: the files with these options in Xen's line, all else as it was. An option that is there already gets the new
     * value. add: BootFile*. GUESTCTL_ERROR_INVALID when the loader would take a word apart or interpret it. */
    bool (*edit)(const BootConfig *config, const Cmdline *options, bool set_default, GPtrArray *add, GError **error);
    /* What the line, and the recovery line, will be with these files. NULL: the line has one place, and each option stands in it
     * once. */
    bool (*preview)(const BootConfig *config, const GPtrArray *files, char **line, char **recovery_line, GError **error);
    /* With these files, what takes the effect from a word of ours, in the line or the recovery line; caller frees. NULL: not known.
     * The member may be NULL. */
    char *(*lost)(const BootConfig *config, const GPtrArray *files, const char *word, bool recovery);
    /* The words of the program that makes the loader's own file out of these, run within root; NULL: there is none. */
    char *(*regenerate)(const char *root);
    /* The loader's own file, made by regenerate: what is looked at afterwards and kept before. NULL: none */
    const char *(*generated)(const char *root);
    /* After all: that the default entry, and the recovery entry, really give Xen these lines. */
    bool (*check)(const char *root, const char *line, const char *recovery_line, GError **error);
};

/* regenerate and generated of a loader that reads what edit made. */
char *boot_no_program(const char *root);
const char *boot_no_file(const char *root);

extern const BootTarget boot_target_grub_d, boot_target_grub, boot_target_xen_cfg, boot_target_systemd_boot, boot_target_extlinux;

/* The one with this name, or, with NULL, the first that is found. NOT_FOUND has each one's reason. */
const BootTarget *boot_target_pick(const char *name, const char *root, char **why, GError **error);

BootConfig *boot_config_read(const BootTarget *target, const char *root, GError **error);
void boot_config_free(BootConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BootConfig, boot_config_free)

/* What the line will be with these files, which edit made of these options. recovery_line: NULL when there is none. */
bool boot_config_preview(const BootConfig *config, const Cmdline *options, const GPtrArray *files, char **line,
                         char **recovery_line, GError **error);

BootFile *boot_file_new(const char *path, const char *text); /* copies */
void boot_file_free(BootFile *file);
GPtrArray *boot_files_new(void); /* BootFile*, owned */
BootFile *boot_files_find(const GPtrArray *files, const char *path); /* NULL: not in it */
