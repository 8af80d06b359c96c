/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/passport.h"

#include "common/error.h"

static const char *const way_names[WAY_COUNT] = {
    [WAY_PV] = "pv",
    [WAY_PVH] = "pvh",
    [WAY_HVM_BIOS] = "hvm-bios",
    [WAY_HVM_UEFI] = "hvm-uefi",
    [WAY_KVM_BIOS] = "kvm-bios",
    [WAY_KVM_UEFI] = "kvm-uefi",
};

const char *boot_way_name(BootWay way)
{
    return way_names[way];
}

const char *can_name(Can can)
{
    static const char *const names[] = {[CAN_NO] = "no", [CAN_YES] = "yes", [CAN_UNKNOWN] = "unknown"};
    return names[can];
}

static void partition_free(void *data)
{
    PassportPartition *partition = data;
    g_free(partition->type);
    g_free(partition->file_system);
    g_free(partition);
}

static void kernel_free(void *data)
{
    PassportKernel *kernel = data;
    g_free(kernel->path);
    g_free(kernel->version);
    g_free(kernel->compression);
    g_free(kernel);
}

Passport *passport_new(void)
{
    Passport *passport = g_new0(Passport, 1);
    passport->partitions = g_ptr_array_new_with_free_func(partition_free);
    passport->loaders = g_ptr_array_new_with_free_func(g_free);
    passport->kernels = g_ptr_array_new_with_free_func(kernel_free);
    passport->notes = g_ptr_array_new_with_free_func(g_free);
    passport->cloud_init = passport->guest_agent = CAN_UNKNOWN;
    for (BootWay way = 0; way < WAY_COUNT; way++)
        passport_set_verdict(passport, way, CAN_UNKNOWN, "it was not looked at");
    return passport;
}

void passport_free(Passport *passport)
{
    if (!passport)
        return;
    g_free(passport->refused);
    g_strfreev(passport->sandbox);
    g_free(passport->table);
    g_ptr_array_unref(passport->partitions);
    g_ptr_array_unref(passport->loaders);
    g_ptr_array_unref(passport->kernels);
    g_free(passport->os_distro);
    g_free(passport->os_version);
    g_free(passport->architecture);
    g_ptr_array_unref(passport->notes);
    for (BootWay way = 0; way < WAY_COUNT; way++)
        g_free(passport->ways[way].because);
    g_free(passport);
}

PassportPartition *passport_add_partition(Passport *passport)
{
    PassportPartition *partition = g_new0(PassportPartition, 1);
    g_ptr_array_add(passport->partitions, partition);
    return partition;
}

PassportKernel *passport_add_kernel(Passport *passport)
{
    PassportKernel *kernel = g_new0(PassportKernel, 1);
    kernel->pv = kernel->pvh = CAN_UNKNOWN;
    g_ptr_array_add(passport->kernels, kernel);
    return kernel;
}

void passport_set_verdict(Passport *passport, BootWay way, Can can, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *because = g_strdup_vprintf(format, args);
    va_end(args);
    g_free(passport->ways[way].because);
    passport->ways[way] = (PassportVerdict){can, because};
}

const PassportVerdict *passport_verdict(const Passport *passport, BootWay way)
{
    return &passport->ways[way];
}

Can passport_cloud_init(const Passport *passport)
{
    return passport->cloud_init;
}

static void propose(GPtrArray *properties, const char *name, const char *value)
{
    if (value)
        g_ptr_array_add(properties, g_strdup_printf("%s=%s", name, value));
}

/* The mode and firmware that every hypervisor has come first, since an image with them runs anywhere. */
GStrv passport_properties(const Passport *passport)
{
    GPtrArray *properties = g_ptr_array_new();
    bool bios = passport->ways[WAY_KVM_BIOS].can == CAN_YES, uefi = passport->ways[WAY_KVM_UEFI].can == CAN_YES;
    bool pv = passport->ways[WAY_PV].can == CAN_YES, pvh = passport->ways[WAY_PVH].can == CAN_YES;
    propose(properties, "architecture", passport->architecture);
    propose(properties, "hw_firmware_type", bios ? "bios" : uefi ? "uefi" : NULL);
    propose(properties, "hw_qemu_guest_agent", passport->guest_agent == CAN_YES ? "yes" : NULL);
    propose(properties, "os_distro", passport->os_distro);
    propose(properties, "os_type", passport->os_distro || passport->kernels->len ? "linux" : NULL);
    propose(properties, "os_version", passport->os_version);
    propose(properties, "vm_mode", bios || uefi ? "hvm" : pv ? "xen" : pvh ? "pvh" : NULL);
    g_ptr_array_add(properties, NULL);
    return (GStrv)g_ptr_array_free(properties, FALSE);
}
