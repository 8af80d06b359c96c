/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The door to grub/: Xen's command line, what Xen makes of it, and the boot loaders' files that it stands in. */
#include "grub/agreement.h"
#include "grub/boot-target.h"
#include "grub/cmdline-merge.h"
#include "grub/cmdline.h"
#include "grub/grub-mkconfig.h"
#include "grub/libvirt-conf.h"
#include "grub/menu.h"
#include "grub/saved-back.h"
#include "grub/saved.h"
#include "grub/simulate.h"
#include "grub/trial.h"
#include "grub/xen-settings.h"
