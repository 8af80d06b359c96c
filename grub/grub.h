/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The door to grub/: Xen's command line, and what Xen makes of it. */
#include "grub/agreement.h"
#include "grub/cmdline.h"
#include "grub/libvirt-conf.h"
#include "grub/simulate.h"
