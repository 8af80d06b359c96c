/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "inject/appliance.h"

#define NOBODY 65534 /* as in inspect/sandbox.c */

uid_t privileges_user(void)
{
    return geteuid() == 0 ? NOBODY : geteuid();
}

/* The group that may use KVM is no right over this machine's files. */
static int keep_kvm_group(gid_t *group)
{
    struct stat kvm;
    bool by_group = stat("/dev/kvm", &kvm) == 0 && (kvm.st_mode & 060) == 060 && kvm.st_gid != 0;
    *group = by_group ? kvm.st_gid : 0;
    return by_group;
}

/* The appliance has no network, and nothing that breaks out of it is to have one; a kernel that gives no such namespace (a
 * container) leaves what libguestfs itself does. */
bool privileges_drop(GError **error)
{
    gid_t kvm;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        error_set_errno(error, errno, "privileges cannot be given up");
        return false;
    }
    if (geteuid() != 0)
        return true;
    (void)!unshare(CLONE_NEWNET | CLONE_NEWIPC);
    int groups = keep_kvm_group(&kvm);
    if (setgroups((size_t)groups, &kvm) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0 || setuid(0) == 0) {
        error_set_errno(error, errno, "root's privileges cannot be given up, and a guest's file system is not read with them");
        return false;
    }
    return true;
}
