/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/sys-tree.h"

/* What the rules of udev, or else busybox' mdev.conf, make of a device node. */
typedef struct DeviceRule {
    char *where;    /* the file with the last word; NULL: no rule is about it */
    char *group;    /* "root" unless a rule says another */
    unsigned mode;  /* as udev(7): 0600, and 0660 when only a group is given */
    bool mdev;
} DeviceRule;

/* kernel: the device's name to the kernel. Rules about its subsystem alone are not looked at, and further conditions of a rule
 * are taken to hold. Caller clears. */
DeviceRule device_rule(SysTree *tree, const char *kernel, const char *subsystem);
bool device_rule_lets(const DeviceRule *rule, const char *group); /* this group, or everyone, reads and writes */
void device_rule_clear(DeviceRule *rule);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DeviceRule, device_rule_clear)
