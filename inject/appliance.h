/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <guestfs.h>
#include <stdbool.h>

#include "common/inject/inject.h"

/* What libguestfs needs and that is not here, by the package that has it: UNSUPPORTED. It costs a few milliseconds, and starts nothing. */
bool needs_check(GError **error);

/* A socket that is listened to at scratch/nbd, so that who comes early waits; -1. owner may connect. */
int serve_listen(const Inject *inject, uid_t owner, GError **error);
char *serve_socket(const Inject *inject); /* its path; caller frees */
/* qemu-nbd in a process of its own, which serves the disk on that socket to one client and ends with it, or with us. Its pid; -1. */
pid_t serve_start(const Inject *inject, int socket, GError **error);

/* Who reads a guest's file system: nobody (Debian's user that owns nothing), who may open /dev/kvm. For who is not root there is
 * nothing to give up, and it is he himself. */
uid_t privileges_user(void);
/* For good, with what this process will start. */
bool privileges_drop(GError **error);

/* Start the appliance on the disk at that socket, put in what is to be put in, and end it: all is written then. */
bool appliance_run(const Inject *inject, const char *socket, GError **error);

/* Mount the guest's file systems, by inject->partition. */
bool mount_guest(guestfs_h *g, const Inject *inject, GError **error);
/* Set *error to what libguestfs says; always false. */
bool guestfs_failed(guestfs_h *g, int code, const char *doing, GError **error);
