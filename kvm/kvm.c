/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/kvm.h"

#include "kvm/plan.h"
#include "kvm/probe.h"
#include "kvm/session.h"

const Backend kvm_backend = {
    .name = "kvm",
    .probe = kvm_probe,
    .plan_create = kvm_plan_create,
    .plan_reboot = kvm_plan_reboot,
    .open = kvm_open,
    .run = kvm_run,
    .undo = kvm_undo,
    .list = kvm_list,
    .lookup = kvm_lookup,
    .wait_end = kvm_wait_end,
    .console = kvm_console,
    .close = kvm_close,
};

const Backend qemu_backend = {
    .name = "qemu",
    .probe = kvm_probe,
    .plan_create = kvm_plan_create,
    .plan_reboot = kvm_plan_reboot,
    .open = qemu_open,
    .run = kvm_run,
    .undo = kvm_undo,
    .list = kvm_list,
    .lookup = kvm_lookup,
    .wait_end = kvm_wait_end,
    .console = kvm_console,
    .close = kvm_close,
};
