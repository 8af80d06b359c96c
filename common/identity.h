/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* UUIDs and MAC addresses. They derive from the machine and the guest's name, so that a dry run shows the very
 * ones that will be used, the same guest has the same ones on Xen and on KVM, and none is lost with a file.
 * All results are owned by the caller. */

/* The host's seed: HMAC-SHA-256 of a fixed word and the root under its machine id (which must not be shown itself, as
 * machine-id(5) asks), else under its name; the first 32 hex digits. root (Paths.root, "" for the machine's own) is in
 * it because two roots may each have a guest of one name on one hypervisor: they must not be taken for each other. */
char *identity_seed(const char *machine_id, const char *hostname, const char *root);

/* RFC 4122 version 8 style: 122 bits of HMAC-SHA-256(seed, "uuid NAME"). Lower case with dashes. */
char *identity_uuid(const char *seed, const char *guest);

/* In Xen's range 00:16:3e, on both hypervisors: 24 bits of HMAC-SHA-256(seed, "mac NAME/NIC"). */
char *identity_mac(const char *seed, const char *guest, const char *nic);
