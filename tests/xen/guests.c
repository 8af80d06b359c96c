/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/xen/guests.h"

void set(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

Guest *guest_of_mode(VmMode mode)
{
    Guest *guest = guest_new();
    bool hvm = mode == VM_MODE_HVM;
    guest->name = g_strdup("web");
    guest->uuid = g_strdup("01234567-89ab-4def-8123-456789abcdef");
    guest->backend = g_strdup("xen");
    guest->arch = g_strdup("x86_64");
    guest->mode = mode;
    guest->memory_kib = guest->max_memory_kib = 512 * 1024;
    guest->vcpus = guest->max_vcpus = 1;
    guest->cpu_mode = g_strdup("none");
    guest->cpu_flags = g_new0(char *, 1);
    guest->boot = hvm ? BOOT_FIRMWARE : BOOT_KERNEL;
    guest->firmware = hvm ? FIRMWARE_BIOS : FIRMWARE_NONE;
    guest->kernel = g_strdup(hvm ? NULL : "/boot/vmlinuz");
    guest->ramdisk = g_strdup(hvm ? NULL : "/boot/initrd.img");
    guest->cmdline = g_strdup(hvm ? NULL : "root=/dev/xvda console=hvc0");
    guest->boot_order = g_strdup(hvm ? "c" : NULL);
    guest->acpi = guest->apic = guest->pae = hvm;
    guest->console = g_strdup(hvm ? "serial" : "pv");
    guest->serial_ports = hvm ? 1 : 0;
    guest->on_poweroff = ACTION_DESTROY;
    guest->on_reboot = ACTION_RESTART;
    guest->on_crash = ACTION_DESTROY;
    guest->shutdown_timeout_s = 60;
    return guest;
}

GuestDisk *with_disk(Guest *guest, const char *bus, const char *target, const char *driver, DiskFormat format)
{
    GuestDisk *disk = guest_add_disk(guest, target);
    disk->path = g_strdup_printf("/srv/%s.%s", target, disk_format_name(format));
    disk->bus = g_strdup(bus);
    disk->target = g_strdup(target);
    disk->driver = g_strdup(driver);
    disk->format = format;
    return disk;
}

GuestNic *with_nic(Guest *guest, const char *model)
{
    g_autofree char *name = g_strdup_printf("nic%u", guest->nics->len);
    GuestNic *nic = guest_add_nic(guest, name);
    nic->mac = g_strdup_printf("00:16:3e:00:00:%02x", guest->nics->len);
    nic->bridge = g_strdup("xenbr0");
    nic->model = g_strdup(model);
    return nic;
}
