/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/backend.h"

/* Inside kvm/ only; pure (see backend.h). The note needs no step: it is in the XML. QEMU reboots by itself,
 * so a reboot is one step, with nothing to build again. */
Plan *kvm_plan_create(const Guest *guest, const Host *host, GError **error);
Plan *kvm_plan_reboot(const GuestState *state, GError **error);
