/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* A system as its files show it: this machine's, or one that was copied below a folder. Paths are the system's own
 * ("/proc/cpuinfo"), and its links end within it: one to /usr/lib is the copy's. Nothing is larger in memory than its reader allows.
 *
 * A copy cannot hold devices: there a file with the line that `ls -l` prints of one stands for it. */
typedef struct SysTree {
    char *root;        /* "" is this machine */
    GPtrArray *faults; /* char*: what is there and could not be read since sys_tree_forget_faults() */
    bool walk;         /* links are followed by hand, as where Linux has no openat2 */
} SysTree;

SysTree *sys_tree_new(const char *root);
void sys_tree_free(SysTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SysTree, sys_tree_free)
void sys_tree_forget_faults(SysTree *tree);

/* open(2). -1 with errno. */
int sys_open(const SysTree *tree, const char *path, int flags);
bool sys_exists(const SysTree *tree, const char *path);
/* Whether it is /dev/null or a link to it, with which an administrator hides a file of that name elsewhere. */
bool sys_is_null(const SysTree *tree, const char *path);
/* As file_read(). */
char *sys_try_read(const SysTree *tree, const char *path, gsize max, gsize *length, GError **error);
/* NULL when it is not there, and also (with a fault) when it cannot be read or is larger. Caller frees. */
char *sys_read(SysTree *tree, const char *path, gsize max);
/* The same of a small file, without blanks around it. */
char *sys_read_line(SysTree *tree, const char *path);
/* The value of the first "name<blanks>:<blanks>value" line of a text; NULL: none. Caller frees. */
char *sys_colon_value(const char *text, const char *name);
/* Names in a folder that begin and end so, in order; empty when there is no such folder. Ends with NULL, caller frees. */
GStrv sys_names(const SysTree *tree, const char *folder, const char *prefix, const char *suffix);
/* The first of the paths that is there; NULL: none. A path's last part may be NAME*, its first match is meant. Caller frees. */
char *sys_first(const SysTree *tree, const char *const *paths);

/* What `ls -l` says of a file. */
typedef struct SysFile {
    bool there;
    char type;            /* 'c', '-', 'd', ...: as ls has it */
    unsigned mode;        /* 0660 */
    char owner[33], group[33]; /* names, or numbers where /etc/passwd and /etc/group have none */
    unsigned major, minor;
} SysFile;
SysFile sys_look(SysTree *tree, const char *path);
char *sys_file_text(const SysFile *file); /* "crw-rw---- root kvm 10, 232". Caller frees */

/* Whether a user of /etc/passwd is in a group of /etc/group, by its first group or as a member. */
bool sys_user_exists(SysTree *tree, const char *user);
bool sys_group_exists(SysTree *tree, const char *group);
bool sys_user_in_group(SysTree *tree, const char *user, const char *group);
