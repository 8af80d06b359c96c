/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/convert.h"

#include <sys/statvfs.h>

#include "common/error.h"
#include "common/run.h"

/* qemu-img's words; NULL: it cannot. */
static const struct {
    const char *reads, *writes;
} words[] = {
    [DISK_FORMAT_RAW] = {"raw", "raw"},     [DISK_FORMAT_QCOW] = {"qcow", NULL},   [DISK_FORMAT_QCOW2] = {"qcow2", "qcow2"},
    [DISK_FORMAT_QED] = {"qed", "qed"},     [DISK_FORMAT_VHD] = {"vpc", "vpc"},    [DISK_FORMAT_VHDX] = {"vhdx", "vhdx"},
    [DISK_FORMAT_VMDK] = {"vmdk", "vmdk"},  [DISK_FORMAT_VDI] = {"vdi", "vdi"},    [DISK_FORMAT_PLOOP] = {"parallels", NULL},
    [DISK_FORMAT_LUKS] = {NULL, NULL},      [DISK_FORMAT_ISO] = {"raw", NULL},     [DISK_FORMAT_AMI] = {"raw", "raw"},
    [DISK_FORMAT_AKI] = {"raw", "raw"},     [DISK_FORMAT_ARI] = {"raw", "raw"},
};

/* qemu-img has one status for every fault, and its words are in the user's language. */
static bool is_full(const char *file)
{
    struct statvfs stat;
    return statvfs(file, &stat) == 0 && (guint64)stat.f_bavail * stat.f_frsize < 1024 * 1024;
}

bool convert_image(const char *from, DiskFormat from_format, const char *to, DiskFormat to_format, GCancellable *cancel, GError **error)
{
    const char *reads = words[from_format].reads, *writes = words[to_format].writes;
    if (!reads || !writes) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "%s cannot be converted to %s; leave out --format", disk_format_name(from_format),
                    disk_format_name(to_format));
        return false;
    }
    /* force_size: else a vhd's size is rounded to what its old geometry can tell, and the disk is another one. */
    g_autofree char *quoted_from = g_shell_quote(from);
    g_autofree char *quoted_to = g_shell_quote(to);
    g_autofree char *command = g_strdup_printf("qemu-img convert -f %s -O %s%s %s %s", reads, writes, to_format == DISK_FORMAT_VHD ? " -o force_size=on" : "",
                                               quoted_from, quoted_to);
    g_autoptr(GError) run_error = NULL;
    if (run_program(command, cancel, NULL, &run_error))
        return true;
    if (g_error_matches(run_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "to convert it to %s needs qemu-img; install qemu-utils, or leave out --format",
                    disk_format_name(to_format));
    else if (is_full(to))
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_RESOURCES, "the disk is full: %s", run_error->message);
    else
        g_propagate_error(error, g_steal_pointer(&run_error));
    return false;
}
