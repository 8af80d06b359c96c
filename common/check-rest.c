/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "common/check-list.h"

/* What guests need on either hypervisor: a backend at all, a bridge, room for disks; and libguestfs, with which other tools put
 * files into images. */

enum {
    SPACE_LEAST_KIB = 64 * 1024,           /* a guest's seed image, its state and the journal */
    SPACE_ADVISED_KIB = 4 * 1024 * 1024,   /* one disk of a small guest */
};

static void look_at_backend(const CheckFacts *facts, Check *check)
{
    const Host *host = facts->host;
    const char *no_xen = host->xen.reason ? host->xen.reason : "not said";
    const char *no_kvm = host->kvm.usable ? host->kvm.kvm_reason : host->kvm.reason;
    bool has_xen = check_cpu_kind(facts) != CPU_POWER; /* which Xen does not run on */
    g_autofree char *xen = check_install(facts, PACKAGE_XEN);
    g_autofree char *qemu = check_install(facts, PACKAGE_QEMU);
    g_autofree char *libvirt = check_install(facts, PACKAGE_LIBVIRT_QEMU);
    if (host->xen.usable) {
        check_set(check, CHECK_OK, "guests run on Xen: %s", no_xen);
    } else if (host->kvm.usable && host->kvm.kvm_works) {
        check_set(check, CHECK_OK, "guests run on KVM: %s", host->kvm.reason);
    } else if (host->kvm.usable) {
        check_set(check, CHECK_WARNING, "guests run by plain emulation, slowly. Xen: %s; KVM: %s", no_xen, no_kvm ? no_kvm : "not said");
        check_remedy(check, has_xen ? "for KVM see the kvm checks; for Xen: %s, and boot it" : "see the kvm checks", xen);
    } else {
        check_set(check, CHECK_BROKEN, "guests cannot run here. Xen: %s; KVM and QEMU: %s", no_xen, no_kvm ? no_kvm : "not said");
        check_remedy(check, check_on_xen(facts) ? "see the xen checks" : has_xen ? "for KVM: %s, then %s; for Xen: %s, and boot it" : "for KVM: %s, then %s", qemu, libvirt, xen);
    }
}

static void look_at_bridge(const CheckFacts *facts, Check *check)
{
    g_autofree char *names = g_strjoinv(", ", facts->host->bridges);
    if (*names) {
        check_set(check, CHECK_OK, "%s (/sys/class/net/*/bridge)", names);
        return;
    }
    check_set(check, CHECK_WARNING, "there is no bridge (/sys/class/net/*/bridge): no guest can have a network card");
    const char *name = check_on_xen(facts) ? "xenbr0" : "br0";
    check_remedy(check, "ip link add %s type bridge && ip link set %s up; for each boot, and with a network card in it, in this "
                        "distribution's network configuration", name, name);
}

static void look_at_space(const CheckFacts *facts, Check *check)
{
    const DiskSpace *space = &facts->space;
    guint64 mib = space->free_kib / 1024;
    if (!space->known) {
        check_set(check, CHECK_UNKNOWN, "the file system for guests' states and disks is not here");
    } else if (space->read_only) {
        check_set(check, CHECK_BROKEN, "%s is on a file system that is mounted read-only", space->path);
        check_remedy(check, "mount -o remount,rw it, or keep guests elsewhere with --root");
    } else if (space->free_kib < SPACE_LEAST_KIB) {
        check_set(check, CHECK_BROKEN, "%" G_GUINT64_FORMAT " MiB are free below %s", mib, space->path);
        check_remedy(check, "make room there: 64 MiB are needed at least, each image comes on top");
    } else if (space->free_kib < SPACE_ADVISED_KIB) {
        check_set(check, CHECK_WARNING, "%" G_GUINT64_FORMAT " MiB are free below %s: too few for most images", mib, space->path);
        check_remedy(check, "make room there, or keep images on another file system");
    } else {
        check_set(check, CHECK_OK, "%" G_GUINT64_FORMAT " MiB are free below %s", mib, space->path);
    }
}

static char *guestfs_library(const CheckFacts *facts)
{
    static const char *const paths[] = {"/usr/lib/*/libguestfs.so.0", "/usr/lib64/libguestfs.so.0", "/usr/lib/libguestfs.so.0", NULL};
    return sys_first(facts->tree, paths);
}

static void look_at_guestfs_library(const CheckFacts *facts, Check *check)
{
    g_autofree char *library = guestfs_library(facts);
    if (library) {
        check_set(check, CHECK_OK, "%s", library);
        return;
    }
    g_autofree char *install = check_install(facts, PACKAGE_LIBGUESTFS);
    check_set(check, CHECK_NOT_APPLICABLE, "libguestfs is not installed; guestctl does not need it (other tools do, to put files into images: %s)",
              install);
}

/* Without libguestfs neither of the next two matters. */
static bool no_guestfs(const CheckFacts *facts, Check *check)
{
    g_autofree char *library = guestfs_library(facts);
    if (!library)
        check_set(check, CHECK_NOT_APPLICABLE, "libguestfs is not installed (see guestfs.library)");
    return !library;
}

static void look_at_guestfs_driver(const CheckFacts *facts, Check *check)
{
    static const char *const emulators[] = {"/usr/bin/qemu-system-*", "/usr/libexec/qemu-kvm", "/usr/bin/qemu-kvm", NULL};
    if (no_guestfs(facts, check))
        return;
    g_autofree char *emulator = sys_first(facts->tree, emulators);
    g_autofree char *driver = check_qemu_driver(facts);
    const char *chosen = facts->here ? getenv("LIBGUESTFS_BACKEND") : NULL;
    if (!emulator) {
        check_set(check, CHECK_WARNING, "libguestfs starts a QEMU of its own, and there is none in /usr/bin");
        check_remedy_install(check, facts, PACKAGE_QEMU);
    } else if (!driver && g_strcmp0(chosen, "direct") != 0) {
        check_set(check, CHECK_WARNING, "libvirt's QEMU driver is not there (libvirt_driver_qemu.so), and LIBGUESTFS_BACKEND is %s",
                  chosen ? chosen : "not set");
        g_autofree char *install = check_install(facts, PACKAGE_LIBVIRT_QEMU);
        check_remedy(check, "%s; or set LIBGUESTFS_BACKEND=direct, which does without libvirt", install);
    } else if (facts->probed && !facts->host->kvm.kvm_works && sys_exists(facts->tree, "/dev/kvm")) {
        check_set(check, CHECK_WARNING, "libguestfs takes /dev/kvm when it is there, and this one does not work (see kvm.runs): it hangs");
        check_remedy(check, "set LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg");
    } else {
        check_set(check, CHECK_OK, "%s and %s", emulator, driver ? driver : "LIBGUESTFS_BACKEND=direct");
    }
}

/* libguestfs makes its appliance from a kernel of /boot, which Ubuntu keeps from all users but root. */
static void look_at_guestfs_kernel(const CheckFacts *facts, Check *check)
{
    if (no_guestfs(facts, check))
        return;
    g_auto(GStrv) names = sys_names(facts->tree, "/boot", "vmlinu", "");
    const char *kept = NULL;
    for (char **name = names; *name; name++) {
        g_autofree char *path = g_build_filename("/boot", *name, NULL);
        SysFile file = sys_look(facts->tree, path);
        if (file.type == '-' && (file.mode & 04)) {
            check_set(check, CHECK_OK, "%s can be read by everyone", path);
            return;
        }
        kept = *name;
    }
    if (!kept) {
        check_set(check, CHECK_WARNING, "there is no kernel in /boot: supermin fails to find a suitable kernel");
        check_remedy_install(check, facts, PACKAGE_IMAGE);
        return;
    }
    check_set(check, CHECK_WARNING, "/boot/%s can be read by root only: libguestfs of other users finds no kernel", kept);
    check_remedy(check, "chmod 0644 /boot/%s; on Debian and Ubuntu so that it lasts: dpkg-statoverride --update --add root root 0644 /boot/%s",
                 kept, kept);
}

const CheckSpec check_list_rest[] = {
    {"backend", "there is a hypervisor to run guests on", look_at_backend, NEEDS_PROBE},
    {"network.bridge", "there is a bridge for guests' network cards", look_at_bridge, NEEDS_NOTHING},
    {"storage.space", "there is room for guests' disks", look_at_space, NEEDS_NOTHING},
    {"guestfs.library", "libguestfs is there", look_at_guestfs_library, NEEDS_FILES},
    {"guestfs.driver", "libguestfs has a QEMU that it can start", look_at_guestfs_driver, NEEDS_FILES},
    {"guestfs.kernel", "libguestfs can read a kernel", look_at_guestfs_kernel, NEEDS_FILES},
    {NULL},
};
