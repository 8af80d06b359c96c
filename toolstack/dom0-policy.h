/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/dom0.h"
#include "common/host.h"
#include "toolstack/options.h"

/* What dom0 should have at boot on this machine: the policy for --guests, and what dom0.conf keeps over it. */
Dom0Plan *dom0_policy(const Host *host, const Options *options, GError **error);
