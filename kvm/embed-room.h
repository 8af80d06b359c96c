/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* When libvirt's QEMU driver is opened, it writes the state of each running guest anew (NAME.xml below folder, by way of
 * NAME.xml.new), and where it cannot write that, it ends the guest (libvirt 9.0, qemuProcessReconnect()). So before: is
 * there room for it in folder? Only whoever has the turn (embed.h) may ask. Where no guest runs nothing is at stake, and
 * nothing is written. GUESTCTL_ERROR_RESOURCES when the disk or a quota is full. */
bool embed_has_room(const char *folder, GError **error);
