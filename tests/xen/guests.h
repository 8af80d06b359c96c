/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/guest.h"

/* Guests as decide() makes them on Xen, for the tests of xen/. */
Guest *guest_of_mode(VmMode mode); /* boots a kernel (HVM: its disk), no devices but what its mode needs */
GuestDisk *with_disk(Guest *guest, const char *bus, const char *target, const char *driver, DiskFormat format);
GuestNic *with_nic(Guest *guest, const char *model);
void set(char **field, const char *value);
