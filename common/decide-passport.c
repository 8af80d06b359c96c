/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/decide.h"
#include "common/error.h"

bool guest_boot_way(const Guest *guest, const char *backend, BootWay *way)
{
    bool xen = g_str_equal(backend, "xen"), uefi = guest->firmware == FIRMWARE_UEFI;
    if (guest->boot == BOOT_KERNEL || guest->disks->len == 0 || !g_str_equal(guest->arch, "x86_64"))
        return false;
    if (guest->boot == BOOT_PVGRUB)
        *way = guest->mode == VM_MODE_PV ? WAY_PV : WAY_PVH;
    else
        *way = xen ? (uefi ? WAY_HVM_UEFI : WAY_HVM_BIOS) : uefi ? WAY_KVM_UEFI : WAY_KVM_BIOS;
    return true;
}

/* What would boot instead, for the message: the first of its own hypervisor's ways. */
static const char *remedy(const Passport *passport, BootWay way)
{
    static const struct {
        BootWay way;
        const char *metadata;
    } others[] = {{WAY_HVM_BIOS, "vm_mode=hvm and hw_firmware_type=bios"}, {WAY_HVM_UEFI, "vm_mode=hvm and hw_firmware_type=uefi"},
                  {WAY_PV, "vm_mode=xen"}, {WAY_PVH, "vm_mode=pvh"}, {WAY_KVM_BIOS, "hw_firmware_type=bios"}, {WAY_KVM_UEFI, "hw_firmware_type=uefi"}};
    bool kvm = way >= WAY_KVM_BIOS;
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        if (kvm == (others[i].way >= WAY_KVM_BIOS) && passport_verdict(passport, others[i].way)->can == CAN_YES)
            return others[i].metadata;
    return NULL;
}

bool guest_check_passport(const Guest *guest, const Passport *passport, BootWay way, GError **error)
{
    static const char *const names[WAY_COUNT] = {"as a PV guest", "as a PVH guest", "by BIOS", "by UEFI", "by BIOS", "by UEFI"};
    const PassportVerdict *verdict = passport_verdict(passport, way);
    const char *other = remedy(passport, way);
    if (verdict->can != CAN_NO)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "guest \"%s\": its image cannot boot %s: %s; %s%s%s or try it all the same with --force",
                guest->name, names[way], verdict->because, other ? "set " : "give it another image", other ? other : "",
                other ? " (it can boot so)," : ",");
    return false;
}

bool guest_check_kernel(const Guest *guest, const Passport *passport, GError **error)
{
    const PassportKernel *kernel = passport->kernels->len ? passport->kernels->pdata[0] : NULL;
    bool pv = guest->mode == VM_MODE_PV;
    if (guest->boot != BOOT_KERNEL || guest->mode == VM_MODE_HVM || !kernel || *kernel->path || (pv ? kernel->pv : kernel->pvh) != CAN_NO)
        return true;
    bool other = (pv ? kernel->pvh : kernel->pv) == CAN_YES;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "guest \"%s\": its kernel_id lacks what Xen needs to start it as a %s guest; %s, or try it all the same with --force", guest->name,
                pv ? "PV" : "PVH", other ? pv ? "set vm_mode=pvh (it can boot so)" : "set vm_mode=xen (it can boot so)" : "give it another kernel");
    return false;
}
