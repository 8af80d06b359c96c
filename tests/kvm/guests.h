/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/guest.h"

/* Decided guests for the tests of kvm/, made by hand so that these tests do not hang on decide(). */

static inline void set_text(char **member, const char *value)
{
    g_free(*member);
    *member = g_strdup(value);
}

static inline Guest *guest_minimal(const char *backend)
{
    Guest *guest = guest_new();
    guest->name = g_strdup("web");
    guest->uuid = g_strdup("5e9c2f3a-6b1d-8e4f-9a0b-112233445566");
    guest->backend = g_strdup(backend);
    guest->arch = g_strdup("x86_64");
    guest->mode = VM_MODE_HVM;
    guest->memory_kib = guest->max_memory_kib = 512 * 1024;
    guest->vcpus = guest->max_vcpus = 1;
    guest->cpu_mode = g_strdup("host-model");
    guest->cpu_flags = g_new0(char *, 1);
    guest->boot = BOOT_FIRMWARE;
    guest->firmware = FIRMWARE_BIOS;
    guest->boot_order = g_strdup("c");
    guest->machine = g_strdup("pc");
    guest->acpi = guest->apic = guest->pae = true;
    guest->console = g_strdup("serial");
    guest->serial_ports = 1;
    guest->on_reboot = guest->on_crash = ACTION_RESTART;
    guest->shutdown_timeout_s = 60;
    return guest;
}

static inline GuestDisk *add_disk(Guest *guest, const char *name, const char *path, DiskFormat format, const char *bus, const char *target)
{
    GuestDisk *disk = guest_add_disk(guest, name);
    disk->path = g_strdup(path);
    disk->format = format;
    disk->bus = g_strdup(bus);
    disk->target = g_strdup(target);
    disk->driver = g_strdup("qemu");
    return disk;
}

static inline GuestNic *add_nic(Guest *guest, const char *name, const char *mac, const char *bridge, const char *model)
{
    GuestNic *nic = guest_add_nic(guest, name);
    nic->mac = g_strdup(mac);
    nic->bridge = g_strdup(bridge);
    nic->model = g_strdup(model);
    return nic;
}

/* Everything that a guest can have under KVM. */
static inline Guest *guest_full(void)
{
    Guest *guest = guest_minimal("kvm");
    guest->max_memory_kib = 1024 * 1024;
    guest->vcpus = 2;
    guest->max_vcpus = 4;
    set_text(&guest->cpu_mode, "custom");
    set_text(&guest->cpu_model, "Nehalem");
    g_strfreev(guest->cpu_flags);
    guest->cpu_flags = g_strsplit("+pcid,-x2apic", ",", -1);
    guest->cpu_sockets = 2;
    guest->cpu_cores = 2;
    guest->cpu_threads = 1;
    set_text(&guest->machine, "q35");
    guest->boot = BOOT_KERNEL;
    guest->firmware = FIRMWARE_UEFI;
    set_text(&guest->kernel, "/boot/vmlinuz");
    set_text(&guest->ramdisk, "/boot/initrd.img");
    set_text(&guest->cmdline, "root=/dev/vda console=ttyS0");
    set_text(&guest->loader, "/usr/share/OVMF/OVMF_CODE_4M.ms.fd");
    set_text(&guest->nvram_template, "/usr/share/OVMF/OVMF_VARS_4M.ms.fd");
    set_text(&guest->nvram, "/var/lib/guestctl/guests/web/nvram.fd");
    guest->secure_boot = true;
    guest->boot_menu = true;
    set_text(&guest->boot_order, "cdn");
    guest->hyperv = guest->hide_hypervisor = guest->pmu = guest->hpet = guest->localtime = guest->nested = true;
    set_text(&guest->video, "qxl");
    guest->video_ram_mib = 64;
    set_text(&guest->graphics, "vnc");
    guest->serial_ports = 2;
    set_text(&guest->rng, "virtio");
    set_text(&guest->watchdog, "reset");
    set_text(&guest->pointer, "usbtablet");
    set_text(&guest->scsi_model, "virtio-scsi");
    set_text(&guest->sound, "ich6");
    set_text(&guest->tpm, "tpm-crb");
    set_text(&guest->tpm_version, "2.0");
    guest->guest_agent = true;
    GuestDisk *root = add_disk(guest, "root", "/var/lib/guestctl/guests/web/root.qcow2", DISK_FORMAT_QCOW2, "virtio", "vda");
    root->cache = g_strdup("none");
    root->discard = true;
    GuestDisk *data = add_disk(guest, "data", "/dev/vg0/web", DISK_FORMAT_RAW, "scsi", "sda");
    data->block_device = true;
    GuestDisk *cd = add_disk(guest, "cd", "/srv/install.iso", DISK_FORMAT_ISO, "sata", "sdb");
    cd->device = DEVICE_CDROM;
    cd->read_only = true;
    GuestNic *lan = add_nic(guest, "lan", "00:16:3e:01:02:03", "xenbr0", "virtio");
    lan->queues = 4;
    add_nic(guest, "dmz", "00:16:3e:01:02:04", "br1", "e1000e");
    add_nic(guest, "mgmt", "00:16:3e:01:02:05", "xenbr0", NULL);
    return guest;
}
