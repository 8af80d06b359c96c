/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The one error domain. The codes are the program's exit statuses (docs/guestctl.1.scd). */
#define GUESTCTL_ERROR (guestctl_error_quark())
GQuark guestctl_error_quark(void);

typedef enum {
    GUESTCTL_ERROR_USAGE = 2,         /* the command line */
    GUESTCTL_ERROR_INVALID = 3,       /* a guest file, image metadata, a host file */
    GUESTCTL_ERROR_UNSUPPORTED = 4,   /* right, but not on this machine */
    GUESTCTL_ERROR_NOT_FOUND = 5,
    GUESTCTL_ERROR_EXISTS = 6,
    GUESTCTL_ERROR_RESOURCES = 7,     /* memory, disk space, ports */
    GUESTCTL_ERROR_DENIED = 8,
    GUESTCTL_ERROR_TIMED_OUT = 9,
    GUESTCTL_ERROR_HYPERVISOR = 10,   /* libxl, libvirt or QEMU failed */
    GUESTCTL_ERROR_REMOTE = 11,       /* an image service or a web server failed, or cannot be reached */
    GUESTCTL_ERROR_INTERRUPTED = 130, /* Ctrl-C, as a shell reports SIGINT */
} GuestctlErrorCode;

/* The exit status for an error of any domain: ours as it is, GIO's and GLib's file errors by their
 * meaning (no such file is 5, denied is 8, no space is 7), everything else 10. */
int error_exit_status(const GError *error);

/* Set *error to a GUESTCTL_ERROR made from errno: "DOING: strerror". The code follows errnum as above. */
void error_set_errno(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);
