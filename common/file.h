/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* The whole text of a regular file of at most max bytes. A longer one, a device or a FIFO is
 * GUESTCTL_ERROR_INVALID. The text ends with a NUL that *length does not count; length may be NULL. */
char *file_read(const char *path, gsize max, gsize *length, GError **error);
/* The same of a file that is open; path is for messages. */
char *file_read_open(int fd, const char *path, gsize max, gsize *length, GError **error);

/* Replace a file as a whole: temporary file in the same folder, fsync, rename, fsync of the folder. Missing folders
 * above it are made with mode 0755. Owner, group, ACLs and attributes of what is replaced are kept. A symbolic
 * link stays and the file that it names is replaced; what is there and is no regular file (a device, a FIFO) is GUESTCTL_ERROR_INVALID and stays. */
bool file_write(const char *path, const char *text, mode_t mode, GError **error);
bool file_write_bytes(const char *path, const void *data, gsize length, mode_t mode, GError **error);

/* GUESTCTL_ERROR_INVALID unless it is a regular file, the errno's error unless it can be read. For files that another
 * program will open: a FIFO would make it wait for ever. */
bool file_check_regular(const char *path, GError **error);

/* Make a folder and those above it. */
bool file_make_folder(const char *path, mode_t mode, GError **error);

/* A folder for reading, in *folder; NULL, and no error, where there is none. One that is there and cannot be read is an error: who took
 * it for an empty one would take what is in it for free. The caller closes it. */
bool file_open_folder(const char *path, GDir **folder, GError **error);

/* Make a rename or removal in a folder outlive a power cut. */
bool file_sync_folder(const char *path, GError **error);
