/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* libvirt's QEMU driver inside this program (qemu:///embed?root=DIR), for machines without a libvirt daemon.
 *
 * One process at a time can have it: the driver locks DIR when it is opened and keeps the lock until the process
 * ends. So a session opens it only with its first call, and other commands queue. Guests outlive the process;
 * whoever opens DIR next adopts them, and only then notices what happened meanwhile: libvirt starts QEMU so that
 * a guest that powers itself off stays as a stopped process until the driver ends it. That is also why a console
 * and a wait for a guest's end keep the driver open. A console may be shown for days, so it gives the driver away when
 * another command waits for it; then it sees to it that somebody looks after the guests now and then. */

/* Before the driver is opened: write DIR/etc/qemu.conf, wait for our turn (GUESTCTL_ERROR_TIMED_OUT names the
 * process that has DIR; cancel may be NULL), see that libvirt has room for its state (GUESTCTL_ERROR_RESOURCES: see
 * embed-room.h), and become the reaper of QEMU processes. */
bool embed_prepare(const char *root, GCancellable *cancel, GError **error);

/* Whether we have the turn, another process waits for it, and this libvirt can give it back. Cheap. */
bool embed_is_wanted(void);

/* Shut the driver and give the turn to another process; every connection has been closed. The main context turns.
 * libvirt 9.0 cannot start a driver twice in one process: from now on embed_prepare() fails. */
void embed_release(void);

/* Nobody has the driver now, and nobody has taken it in the last seconds. */
bool embed_is_deserted(const char *root, unsigned seconds);

/* The user that QEMU runs as: libvirt's own where that can work, else root. A constant. */
const char *embed_user(void);

/* The terminal device of a running guest's console. NULL with GUESTCTL_ERROR_NOT_FOUND. Caller frees. */
char *embed_console_path(const char *root, const char *name, GError **error);
