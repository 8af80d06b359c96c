/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Where everything is kept: all below one root, so that tests and unprivileged use never touch the real one.
 * The root is --root, else GUESTCTL_ROOT, else "" for root and ~/.local/share/guestctl for other users. */
typedef struct Paths {
    char *root;
    char *system;  /* whose /etc, /proc and /boot are looked at: "", or --root's or GUESTCTL_ROOT's folder. An ordinary user's
                      own root is not a system */
    char *config;  /* ROOT/etc/guestctl/guestctl.conf */
    char *dom0;    /* ROOT/etc/guestctl/dom0.conf */
    char *guests;  /* ROOT/etc/guestctl/guests */
    char *state;   /* ROOT/var/lib/guestctl */
    char *images;  /* ROOT/var/lib/guestctl/images */
    char *journal; /* ROOT/var/lib/guestctl/journal */
    char *run;     /* ROOT/run/guestctl */
} Paths;

Paths *paths_new(const char *root_option);
void paths_free(Paths *paths);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Paths, paths_free)

char *paths_definition(const Paths *paths, const char *guest); /* .../guests/NAME.guest */
char *paths_guest_state(const Paths *paths, const char *guest); /* .../var/lib/guestctl/guests/NAME */
char *paths_guest_seed(const Paths *paths, const char *guest);  /* .../NAME/seed.iso: what cloud-init is told */
