/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/kvm.h"

#include "kvm/plan.h"
#include "kvm/probe.h"
#include "kvm/session.h"

/* Two names for one driver; each opens sessions that point back at it. */
#define LIBVIRT_BACKEND(word)                                                                                          \
    const Backend word##_backend = {                                                                                   \
        .name = #word,                                                                                                 \
        .probe = kvm_probe,                                                                                            \
        .plan_create = kvm_plan_create,                                                                                \
        .plan_reboot = kvm_plan_reboot,                                                                                \
        .open = word##_open,                                                                                           \
        .run = kvm_run,                                                                                                \
        .undo = kvm_undo,                                                                                              \
        .list = kvm_list,                                                                                              \
        .lookup = kvm_lookup,                                                                                          \
        .wait_end = kvm_wait_end,                                                                                      \
        .console = kvm_console,                                                                                        \
        .close = kvm_close,                                                                                            \
    }

LIBVIRT_BACKEND(kvm);
LIBVIRT_BACKEND(qemu);
