/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/image.h"

/* An image that is itself a kernel, as kernel_id names one: a bzImage or an ELF file, and no disk. */

/* Xen's own builder looks into a bzImage, and takes an ELF file as it is or packed by gzip (libxenguest of Xen 4.17). What else it
 * unpacks depends on how it was built: where the notes could be read here, it reads them too. */
static bool xen_takes(const Kernel *kernel)
{
    return kernel->is_bzimage || g_str_equal(kernel->compression, "none") || g_str_equal(kernel->compression, "gzip");
}

/* Without its notes, what is packed as a whole may be anything. */
static bool is_kernel(const Kernel *kernel)
{
    return kernel->is_bzimage || g_str_equal(kernel->compression, "none") || kernel->pv != CAN_UNKNOWN || kernel->pvh != CAN_UNKNOWN;
}

bool kernel_image_look(Image *image)
{
    Passport *passport = image->passport;
    Kernel kernel;
    for (guint i = 0; i < passport->partitions->len; i++)
        if (((const PassportPartition *)passport->partitions->pdata[i])->file_system)
            return false;
    if (!kernel_read(image->disk, image->notes_wanted, &kernel) || !is_kernel(&kernel))
        return false;
    if (!xen_takes(&kernel)) {
        kernel.pv = kernel.pvh = CAN_NO;
        g_ptr_array_add(passport->notes, g_strdup_printf("Xen does not unpack a whole kernel that is packed by %s", kernel.compression));
    }
    PassportKernel *found = passport_add_kernel(passport);
    found->path = g_strdup("");
    found->version = *kernel.version ? g_strdup(kernel.version) : NULL;
    found->compression = g_strdup(kernel.compression);
    found->pv = kernel.pv;
    found->pvh = kernel.pvh;
    passport->architecture = g_strdup(kernel.architecture);
    for (BootWay way = 0; way < WAY_COUNT; way++)
        passport_set_verdict(passport, way, CAN_NO, "it is a kernel and no disk: a guest boots with it by kernel_id or --kernel");
    return true;
}
