/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/decider.h"
#include "common/error.h"

/* The disk that the guest boots from: the first. */
static const GuestDisk *root_disk(const Decider *d)
{
    return d->guest->disks->len ? d->guest->disks->pdata[0] : NULL;
}

/* nova 18.1.0 driver.py 4838-4844, 4884-4894: the whole line is os_command_line where it is set, else root= and
 * the consoles; "no root= for whole-disk images" is nova's own later fix (LP 1253626), so root= comes only with
 * the image's kernel_id, whose disk is one file system. */
static void decide_cmdline(Decider *d)
{
    Guest *guest = d->guest;
    const char *of_image = wish(d, "os_command_line");
    if (guest->boot != BOOT_KERNEL) {
        if (d->request->cmdline)
            refuse(d, GUESTCTL_ERROR_INVALID, "cmdline is set, but no kernel is; set kernel, or write the line into the guest's own boot loader");
        if (of_image)
            decided(d, SEVERITY_WARNING, "cmdline", "%s is used only with a kernel, as in nova: the guest's own boot loader decides",
                    said(d, "os_command_line"));
        return;
    }
    if (d->request->cmdline) {
        guest->cmdline = g_strdup(d->request->cmdline);
        decided(d, SEVERITY_INFO, "cmdline", "the guest file or option cmdline");
        return;
    }
    if (of_image) {
        guest->cmdline = g_strdup(of_image);
        decided(d, SEVERITY_INFO, "cmdline", "%s replaces the whole line, as in nova", said(d, "os_command_line"));
        return;
    }
    const char *consoles = d->xen ? "console=tty0 console=ttyS0 console=hvc0" : "console=tty0 console=ttyS0";
    if (d->xen && guest->mode == VM_MODE_HVM) /* the last console= is /dev/console; hvc0 needs PV drivers, ttyS0 is always read */
        consoles = "console=tty0 console=hvc0 console=ttyS0";
    const GuestDisk *root = root_disk(d);
    bool file_system = d->request->image_kernel && !d->request->kernel;
    g_autofree char *root_option = root && root->target && file_system ? g_strdup_printf("root=/dev/%s ", root->target) : g_strdup("");
    guest->cmdline = g_strconcat(root_option, consoles, d->qemu ? " no_timer_check" : "", NULL);
    decided(d, SEVERITY_INFO, "cmdline", "nova's default line for %s%s", hypervisor(d), d->qemu ? ", which adds no_timer_check to emulated guests" : "");
}

/* The kernel that the user or the image gives. "nokernel" means a whole-disk image (nova compute/api.py 438-441). */
static const char *chosen_kernel(Decider *d, const char **because)
{
    const char *kernel_id = wish(d, "kernel_id");
    const char *ramdisk_id = wish(d, "ramdisk_id");
    if (d->request->kernel) {
        *because = "the guest file or option kernel";
        d->guest->ramdisk = g_strdup(d->request->ramdisk);
        if (d->guest->ramdisk)
            decided(d, SEVERITY_INFO, "ramdisk", "the guest file or option ramdisk");
        return d->request->kernel;
    }
    if (d->request->ramdisk)
        refuse(d, GUESTCTL_ERROR_INVALID, "ramdisk is set, but no kernel is; set kernel");
    if (!kernel_id || g_str_equal(kernel_id, "nokernel"))
        return NULL;
    if (!d->request->image_kernel) {
        refuse(d, GUESTCTL_ERROR_NOT_FOUND, "%s, but no such image is in the store; import it, or set kernel in the guest file", said(d, "kernel_id"));
        return NULL;
    }
    *because = said(d, "kernel_id");
    if (d->request->image_ramdisk) {
        d->guest->ramdisk = g_strdup(d->request->image_ramdisk);
        decided(d, SEVERITY_INFO, "ramdisk", "%s", said(d, "ramdisk_id"));
    } else if (ramdisk_id && !g_str_equal(ramdisk_id, "nokernel")) {
        refuse(d, GUESTCTL_ERROR_NOT_FOUND, "%s, but no such image is in the store; import it, or set ramdisk in the guest file", said(d, "ramdisk_id"));
    }
    return d->request->image_kernel;
}

static void boot_from_own_disk(Decider *d)
{
    Guest *guest = d->guest;
    if (!root_disk(d)) {
        refuse(d, GUESTCTL_ERROR_INVALID, "there is nothing to boot: it has neither a kernel nor a disk; set image or kernel in [guest]");
        return;
    }
    if (guest->mode == VM_MODE_HVM) {
        guest->boot = BOOT_FIRMWARE;
        decided(d, SEVERITY_INFO, "boot", "no kernel is given: the firmware reads the boot disk");
        return;
    }
    /* Never a boot loader that runs in dom0 as root over the guest's file system (pygrub: XSA-443). */
    const char *grub = guest->mode == VM_MODE_PV ? d->host->xen.pvgrub : d->host->xen.pvhgrub;
    if (!grub) {
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED,
               "a %s guest without a kernel boots by GRUB inside the guest, which is not installed here; install it with: apt-get install %s, "
               "or set kernel",
               vm_mode_name(guest->mode), guest->mode == VM_MODE_PV ? "grub-xen-host" : "grub-xen-bin (and set kernel to its PVH image)");
        return;
    }
    guest->boot = BOOT_PVGRUB;
    guest->kernel = g_strdup(grub);
    decided(d, SEVERITY_INFO, "boot", "no kernel is given: GRUB runs inside the guest and reads the guest's own disk");
    decided(d, SEVERITY_INFO, "kernel", "this host's GRUB for %s guests", vm_mode_name(guest->mode));
}

static void uefi_files(Decider *d)
{
    Guest *guest = d->guest;
    const char *secure = wish(d, "os_secure_boot");
    bool required = g_strcmp0(secure, "required") == 0, optional = g_strcmp0(secure, "optional") == 0;
    if (d->xen) {
        guest->loader = g_strdup(d->host->xen.ovmf);
        if (guest->loader)
            decided(d, SEVERITY_INFO, "loader", "this host's UEFI firmware for Xen; its variables do not outlive a power-off (libxl keeps none)");
        else
            refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "UEFI is not supported: no UEFI firmware for Xen is installed; install it with: apt-get install ovmf");
        if (required)
            refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s, which Xen cannot do: it keeps no UEFI variables", said(d, "os_secure_boot"));
        return;
    }
    guest->secure_boot = (required || optional) && d->host->kvm.ovmf_code_secure;
    if (required && !guest->secure_boot)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s, but no UEFI firmware with secure boot is installed; install it with: apt-get install ovmf",
               said(d, "os_secure_boot"));
    const char *code = guest->secure_boot ? d->host->kvm.ovmf_code_secure : d->host->kvm.ovmf_code;
    const char *vars = guest->secure_boot ? d->host->kvm.ovmf_vars_secure : d->host->kvm.ovmf_vars;
    if (!code || !vars) {
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "UEFI is not supported: no UEFI firmware is installed; install it with: apt-get install ovmf");
        return;
    }
    guest->loader = g_strdup(code);
    guest->nvram_template = g_strdup(vars);
    decided(d, SEVERITY_INFO, "loader", "this host's UEFI firmware");
    decided(d, SEVERITY_INFO, "nvram-template", "the variables that belong to this firmware");
    if (d->request->nvram) {
        guest->nvram = g_strdup(d->request->nvram);
        decided(d, SEVERITY_INFO, "nvram", "kept with the guest's state, so that its boot entries last");
    }
}

static void decide_firmware(Decider *d)
{
    Guest *guest = d->guest;
    const char *of_image = wish(d, "hw_firmware_type");
    const char *word = d->request->firmware ? d->request->firmware : of_image;
    const char *because = d->request->firmware ? "the guest file or option firmware" : said(d, "hw_firmware_type");
    if (word && !g_str_equal(word, "bios") && !g_str_equal(word, "uefi")) {
        refuse(d, GUESTCTL_ERROR_INVALID, "%s: firmware \"%.40s\" is not known (use bios or uefi)", because, word);
        return;
    }
    bool arm = g_str_equal(guest->arch, "aarch64");
    if (guest->mode != VM_MODE_HVM) {
        guest->firmware = FIRMWARE_NONE;
        if (word)
            decided(d, SEVERITY_WARNING, "firmware", "%s, but a %s guest has no firmware", because, vm_mode_name(guest->mode));
        else
            decided(d, SEVERITY_INFO, "firmware", "a %s guest has none", vm_mode_name(guest->mode));
    } else {
        guest->firmware = (word && g_str_equal(word, "uefi")) || (!word && arm) ? FIRMWARE_UEFI : FIRMWARE_BIOS;
        decided(d, SEVERITY_INFO, "firmware", "%s", word ? because : arm ? "nova's default for aarch64" : "nova's default");
    }
    const char *secure = wish(d, "os_secure_boot");
    if (guest->firmware == FIRMWARE_UEFI)
        uefi_files(d);
    else if (g_strcmp0(secure, "required") == 0 && guest->mode != VM_MODE_HVM)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s, but a %s guest has no firmware", said(d, "os_secure_boot"), vm_mode_name(guest->mode));
    else if (g_strcmp0(secure, "required") == 0)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s needs UEFI, and this guest's firmware is %s; set hw_firmware_type=uefi", said(d, "os_secure_boot"),
               firmware_name(guest->firmware));
    decided(d, SEVERITY_INFO, "secure-boot", "%s",
            !secure                ? "not asked for"
            : guest->secure_boot ? said(d, "os_secure_boot")
                                   : "optional, and not available here");
    wish(d, "hw_firmware_stateless");
}

static void decide_machine(Decider *d)
{
    Guest *guest = d->guest;
    const char *of_image = wish(d, "hw_machine_type");
    const char *word = d->request->machine ? d->request->machine : of_image;
    const char *because = d->request->machine ? "the guest file or option machine" : said(d, "hw_machine_type");
    if (d->xen) {
        if (word && guest->mode == VM_MODE_HVM && g_str_has_prefix(word, "pc") && !g_str_has_prefix(word, "pc-q35"))
            decided(d, SEVERITY_TRANSLATION, "machine", "%s: on Xen every HVM guest is QEMU's Xen machine, which is such a PC", because);
        else if (word)
            decided(d, SEVERITY_WARNING, "machine", "%s, but a %s guest on Xen has no choice of machine", because, vm_mode_name(guest->mode));
        return;
    }
    if (word && (strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != strlen(word) || strlen(word) > 64)) {
        refuse(d, GUESTCTL_ERROR_INVALID, "%s: that is no name of a machine type; qemu-system-x86_64 -machine help lists them", because);
        return;
    }
    bool secure = guest->secure_boot && !word;
    guest->machine = g_strdup(word ? word : g_str_equal(guest->arch, "aarch64") ? "virt" : secure ? "q35" : "pc");
    decided(d, SEVERITY_INFO, "machine", "%s", word ? because : secure ? "secure boot needs it" : "nova's default for this architecture");
}

static void decide_boot_menu(Decider *d)
{
    Guest *guest = d->guest;
    bool of_image = wish(d, "hw_boot_menu") && image_meta_get_bool(d->image, "hw_boot_menu", false);
    guest->boot_menu = d->request->boot_menu >= 0 ? d->request->boot_menu : of_image;
    decided(d, SEVERITY_INFO, "boot-menu", "%s",
            d->request->boot_menu >= 0 ? "the guest file"
            : of_image                 ? said(d, "hw_boot_menu")
                                       : "nova's default");
    if (guest->boot_menu && d->xen) {
        guest->boot_menu = false;
        decided(d, SEVERITY_WARNING, "boot-menu", "a boot menu was asked for, which Xen does not offer");
    }
    const GuestDisk *root = root_disk(d);
    if (guest->boot == BOOT_FIRMWARE && root) {
        guest->boot_order = g_strdup(root->device == DEVICE_CDROM ? "d" : root->device == DEVICE_FLOPPY ? "a" : "c");
        decided(d, SEVERITY_INFO, "boot-order", "the first disk is the boot disk");
    }
}

void decide_boot(Decider *d)
{
    Guest *guest = d->guest;
    const char *because = NULL;
    const char *kernel = chosen_kernel(d, &because);
    if (kernel) {
        guest->boot = BOOT_KERNEL;
        guest->kernel = g_strdup(kernel);
        decided(d, SEVERITY_INFO, "boot", "a kernel is given");
        decided(d, SEVERITY_INFO, "kernel", "%s", because);
    } else {
        boot_from_own_disk(d);
    }
    decide_cmdline(d);
    decide_firmware(d);
    decide_machine(d);
    decide_boot_menu(d);
    wish(d, "hw_ipxe_boot");
    if (wish(d, "hw_ipxe_boot") && image_meta_get_bool(d->image, "hw_ipxe_boot", false))
        decided(d, SEVERITY_WARNING, "image hw_ipxe_boot", "booting by iPXE is not supported: it is not done");
    if (d->guest->firmware == FIRMWARE_UEFI && image_meta_get_bool(d->image, "hw_firmware_stateless", false))
        decided(d, SEVERITY_WARNING, "image hw_firmware_stateless", "stateless UEFI is not supported: its variables are kept");
}
