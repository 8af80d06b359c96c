/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "common/guest.h"

/* What we write down about a guest, kept with its domain (libxl user data, libvirt metadata), so that a
 * restarted tool knows its guests and `why` answers for the guest that runs, not for a new decision:
 * one line of JSON, "guestctl-note/1": name, uuid, definition, image, shutdown_timeout_s, on_* actions,
 * reasons. A note comes back from where others could have written: note_parse trusts nothing in it. */
typedef struct Note {
    char *name, *uuid, *definition, *image;
    char *on_poweroff, *on_reboot, *on_crash;
    unsigned shutdown_timeout_s;
    GPtrArray *reasons; /* Reason* */
} Note;

#define NOTE_MAX (256 * 1024) /* bytes; a longer one is refused */

char *note_to_json(const Guest *guest);
Note *note_parse(const char *text, GError **error);
void note_free(Note *note);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Note, note_free)
