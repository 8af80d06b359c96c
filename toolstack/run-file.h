/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/host.h"
#include "common/decide.h"
#include "toolstack/options.h"

/* The guest file that `guestctl run` writes: what the options say, and nothing that is decided each time. */

typedef enum { RUN_NET_NONE, RUN_NET_BRIDGE, RUN_NET_POLICY, RUN_NET_USER } RunNet;

/* Its network card. Without --net: guestctl.conf's bridge, else the only bridge of the machine, else QEMU's own network, else none.
 * *because says which. bridge is of the options or of host; NULL unless RUN_NET_BRIDGE. */
RunNet run_net(const Options *options, const Host *host, const Policy *policy, bool xen, const char **bridge, const char **because);

/* Its text. image: the stored image's name, or its id. INVALID for a value that a file of lines cannot hold. Caller frees. */
char *run_file(const Options *options, const char *image, RunNet net, const char *bridge, GError **error);
