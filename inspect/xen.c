/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "inspect/image.h"

/* PV and PVH guests boot by GRUB that runs inside the guest (common/decide-boot.c): Debian's grub-xen-host, whose own
 * configuration looks for /boot/grub/grub.cfg, then /grub/grub.cfg, on every disk and partition. A kernel that is given with the
 * guest is another matter, and not asked here. */

/* What grub-xen-host 2.06 unpacks of a PV kernel (its filters gzio, xzio and lzopio). */
static bool grub_unpacks(const char *compression)
{
    static const char *const known[] = {"none", "gzip", "xz", "lzo", NULL};
    return g_strv_contains(known, compression);
}

typedef struct Answer {
    Can can;
    char *because;
} Answer;

static Answer answer(Can can, const char *format, ...) G_GNUC_PRINTF(2, 3);
static Answer answer(Can can, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Answer made = {can, g_strdup_vprintf(format, args)};
    va_end(args);
    return made;
}

/* What both have in common; can is CAN_YES when it depends on the kernel alone. */
static Answer until_kernel(const Image *image)
{
    const GrubConfig *grub = &image->grub;
    Can missing = image->all_read && !image->any_failed ? CAN_NO : CAN_UNKNOWN;
    if (image->is_empty)
        return answer(CAN_UNKNOWN, "it is empty: what boots is what will be installed on it");
    if (grub->own_grub)
        return answer(CAN_UNKNOWN, "it brings a GRUB of its own for Xen guests");
    if (!grub->found && missing == CAN_UNKNOWN)
        return answer(CAN_UNKNOWN, "no /boot/grub/grub.cfg was found, and not all of its file systems could be read");
    if (!grub->found)
        return answer(CAN_NO, "none of its file systems has /boot/grub/grub.cfg, where GRUB for Xen guests looks");
    if (!grub->kernel)
        return answer(CAN_UNKNOWN, "its grub.cfg names no kernel that could be found out");
    if (!grub->kernel_is_there)
        return answer(missing, "its grub.cfg names %s, which was not found", grub->kernel);
    if (!grub->kernel_was_read)
        return answer(CAN_UNKNOWN, "its kernel %s is of a kind that is not known", grub->kernel);
    return answer(CAN_YES, "its grub.cfg boots %s", grub->kernel);
}

static Answer pv(const GrubConfig *grub)
{
    const Kernel *about = &grub->about;
    if (about->pv == CAN_NO)
        return answer(CAN_NO, "its kernel %s has no Xen notes for PV", grub->kernel);
    if (!grub_unpacks(about->compression) && !g_str_equal(about->compression, "unknown"))
        return answer(CAN_NO, "its kernel %s is packed with %s, which GRUB for PV guests cannot unpack", grub->kernel, about->compression);
    if (about->pv == CAN_UNKNOWN)
        return answer(CAN_UNKNOWN, "the Xen notes of its kernel %s could not be read", grub->kernel);
    return answer(CAN_YES, "its grub.cfg boots %s, which has Xen notes for PV", grub->kernel);
}

/* There GRUB boots as on a PC: the kernel unpacks itself, but has to be a bzImage. */
static Answer pvh(const GrubConfig *grub)
{
    const Kernel *about = &grub->about;
    if (!about->is_bzimage)
        return answer(CAN_NO, "its kernel %s is no bzImage, which GRUB for PVH guests needs", grub->kernel);
    if (about->pvh == CAN_NO)
        return answer(CAN_NO, "its kernel %s has no Xen note for PVH", grub->kernel);
    if (about->pvh == CAN_UNKNOWN)
        return answer(CAN_UNKNOWN, "the Xen notes of its kernel %s could not be read", grub->kernel);
    return answer(CAN_YES, "its grub.cfg boots %s, which has Xen's note for PVH", grub->kernel);
}

void xen_look(Image *image)
{
    for (BootWay way = WAY_PV; way <= WAY_PVH; way++) {
        Answer found = until_kernel(image);
        if (found.can == CAN_YES) {
            g_free(found.because);
            found = way == WAY_PV ? pv(&image->grub) : pvh(&image->grub);
        }
        passport_set_verdict(image->passport, way, found.can, "%s", found.because);
        g_free(found.because);
    }
}
