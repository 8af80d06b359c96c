/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/decider.h"
#include "common/error.h"

/* nova 18.1.0 blockinfo.py 112-147 and 198-281: what each bus is called inside the guest, and which hypervisor
 * takes it. On Xen nova knows xen and ide only; libxl also emulates SATA (AHCI, hd names) and SCSI disks for HVM
 * guests, and both read by DMA where a BIOS reads an IDE disk word by word: an image that asks for them gets them. */
static const struct {
    const char *bus;
    const char *xen, *kvm; /* the device prefix; NULL: not there */
    unsigned most;
} buses[] = {
    {"xen", "xvd", NULL, 26}, {"ide", "hd", "hd", 4},   {"virtio", NULL, "vd", 26}, {"scsi", "sd", "sd", 26},
    {"sata", "hd", "sd", 26}, {"usb", NULL, "sd", 26},  {"fdc", NULL, "fd", 2},
};

static int find_bus(const char *bus)
{
    for (gsize i = 0; i < G_N_ELEMENTS(buses); i++)
        if (g_str_equal(buses[i].bus, bus))
            return (int)i;
    return -1;
}

static bool bus_is_legal(const Decider *d, const char *bus)
{
    int i = find_bus(bus);
    if (i < 0 || (d->xen && d->guest->mode != VM_MODE_HVM))
        return i >= 0 && g_str_equal(bus, "xen");
    return (d->xen ? buses[i].xen : buses[i].kvm) != NULL;
}

static const char *legal_buses(const Decider *d)
{
    return !d->xen ? "virtio, scsi, ide, usb, fdc, sata" : d->guest->mode == VM_MODE_HVM ? "xen, ide, sata, scsi" : "xen";
}

/* nova 18.1.0 blockinfo.py 240-281. */
static const char *default_bus(const Decider *d, DeviceType device)
{
    if (d->xen)
        return d->guest->mode == VM_MODE_HVM ? "ide" : "xen";
    switch (device) {
    case DEVICE_DISK:
        return "virtio";
    case DEVICE_FLOPPY:
        return "fdc";
    case DEVICE_CDROM:
        return g_str_equal(d->guest->arch, "x86_64") || g_str_equal(d->guest->arch, "i686") ? "ide" : "scsi";
    }
    return "virtio";
}

static void decide_device(Decider *d, GuestDisk *disk, const RequestDisk *asked)
{
    bool is_iso = asked->info.format == DISK_FORMAT_ISO || (asked->is_image && g_strcmp0(d->image->disk_format, "iso") == 0);
    if (!asked->device) {
        disk->device = is_iso ? DEVICE_CDROM : DEVICE_DISK;
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "device",
                   is_iso ? "it is an ISO 9660 image: nova too makes it a CD-ROM" : "the default");
        return;
    }
    for (DeviceType type = DEVICE_DISK; type <= DEVICE_FLOPPY; type++)
        if (g_str_equal(asked->device, device_type_name(type))) {
            disk->device = type;
            decided_of(d, SEVERITY_INFO, "disk", disk->name, "device", "the guest file");
            return;
        }
    refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": device \"%.40s\" is not known (use disk, cdrom or floppy)", disk->name, asked->device);
}

static void decide_bus(Decider *d, GuestDisk *disk, const RequestDisk *asked)
{
    static const char *const properties[] = {
        [DEVICE_DISK] = "hw_disk_bus", [DEVICE_CDROM] = "hw_cdrom_bus", [DEVICE_FLOPPY] = "hw_floppy_bus"};
    const char *property = properties[disk->device];
    const char *of_image = wish(d, property);
    const char *fallback = default_bus(d, disk->device);
    if (asked->bus) {
        disk->bus = g_strdup(asked->bus);
        if (!bus_is_legal(d, asked->bus))
            refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "disk \"%s\": bus \"%.40s\" does not exist on %s (use one of %s)", disk->name, asked->bus,
                   hypervisor(d), legal_buses(d));
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "bus", "the guest file");
    } else if (of_image && bus_is_legal(d, of_image)) {
        bool beyond_nova = d->xen && (g_str_equal(of_image, "sata") || g_str_equal(of_image, "scsi"));
        disk->bus = g_strdup(of_image);
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "bus", "%s%s", said(d, property),
                   beyond_nova ? ", which libxl emulates for HVM guests (nova refuses it on Xen)" : "");
    } else if (of_image) {
        /* nova: UnsupportedHardware "Requested hardware 'virtio' is not supported by the 'xen' virt driver". */
        disk->bus = g_strdup(fallback);
        decided_of(d, SEVERITY_TRANSLATION, "disk", disk->name, "bus",
                   "%s: requested hardware '%s' is not supported by the '%s' virt driver in mode %s; %s is the bus that does the same here",
                   said(d, property), of_image, d->xen ? "xen" : d->guest->backend, vm_mode_name(d->guest->mode), fallback);
    } else {
        disk->bus = g_strdup(fallback);
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "bus", "nova's default for a %s in mode %s on %s", device_type_name(disk->device),
                   vm_mode_name(d->guest->mode), hypervisor(d));
    }
    if (d->xen && disk->device == DEVICE_FLOPPY)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "disk \"%s\": Xen has no floppy disks; use a cdrom", disk->name);
    bool misplaced = d->xen && disk->device == DEVICE_CDROM && d->guest->mode == VM_MODE_HVM && !g_str_equal(disk->bus, "ide");
    if (misplaced && asked->bus) {
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "disk \"%s\": an HVM guest on Xen has its CD-ROM on the bus ide", disk->name);
    } else if (misplaced) {
        g_free(disk->bus);
        disk->bus = g_strdup("ide");
        decided_of(d, SEVERITY_TRANSLATION, "disk", disk->name, "bus", "%s: an HVM guest on Xen has its CD-ROM on the bus ide", said(d, property));
    }
}

/* For an HVM guest libxl gives QEMU the first four xvd disks as well, in the places of hda to hdd (libxl_dm.c). */
static bool is_same_place(const Decider *d, const char *a, const char *b)
{
    if (g_str_equal(a, b))
        return true;
    const char *hd = g_str_has_prefix(a, "hd") ? a : b, *xvd = hd == a ? b : a;
    return d->xen && d->guest->mode == VM_MODE_HVM && g_str_has_prefix(hd, "hd") && g_str_has_prefix(xvd, "xvd") && hd[2] == xvd[3] && hd[2] <= 'd';
}

static bool target_is_taken(const Decider *d, const char *target)
{
    for (guint i = 0; i < d->guest->disks->len; i++) {
        const GuestDisk *other = d->guest->disks->pdata[i];
        if (other->target && is_same_place(d, other->target, target))
            return true;
    }
    return false;
}

static void decide_target(Decider *d, GuestDisk *disk, const RequestDisk *asked)
{
    int bus = find_bus(disk->bus);
    const char *prefix = bus < 0 ? NULL : d->xen ? buses[bus].xen : buses[bus].kvm;
    if (!prefix)
        return; /* refused above */
    unsigned most = d->xen && g_str_equal(prefix, "hd") ? 4 : buses[bus].most;
    const char *root_name = asked->is_image ? wish(d, "img_root_device_name") : NULL;
    if (asked->target) {
        gsize n = strlen(prefix);
        if (!g_str_has_prefix(asked->target, prefix) || strlen(asked->target) != n + 1 || asked->target[n] < 'a' ||
            asked->target[n] >= 'a' + (char)most) {
            refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": target \"%.40s\" is not a name on the bus %s (use %sa to %s%c)", disk->name,
                   asked->target, disk->bus, prefix, prefix, (char)('a' + (char)most - 1));
            return;
        }
        if (target_is_taken(d, asked->target)) {
            refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": target %s is already another disk's", disk->name, asked->target);
            return;
        }
        disk->target = g_strdup(asked->target);
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "target", "the guest file");
        return;
    }
    if (root_name) {
        /* "/dev/vda" → the bus's own prefix, the letter kept (blockinfo.py 452-461). */
        const char *base = g_str_has_prefix(root_name, "/dev/") ? root_name + 5 : root_name;
        char letter = *base ? base[strlen(base) - 1] : '\0';
        g_autofree char *target = g_strdup_printf("%s%c", prefix, letter);
        if (letter >= 'a' && letter < 'a' + (char)most && !target_is_taken(d, target)) {
            bool same = g_str_equal(base, target);
            disk->target = g_steal_pointer(&target);
            decided_of(d, SEVERITY_INFO, "disk", disk->name, "target",
                       same ? "%s" : "%s, with the prefix of its bus in place of its own (as nova does)", said(d, "img_root_device_name"));
            return;
        }
    }
    for (unsigned i = 0; i < most && !disk->target; i++) {
        g_autofree char *target = g_strdup_printf("%s%c", prefix, (char)('a' + (char)i));
        if (!target_is_taken(d, target))
            disk->target = g_steal_pointer(&target);
    }
    if (!disk->target)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "disk \"%s\": the bus %s has no room for more than %u disks", disk->name, disk->bus, most);
    else
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "target", "the first free name on the bus %s", disk->bus);
}

/* What each hypervisor opens: hypervisor-xen-libvirt.rst "Image formats" and hypervisor-kvm.rst. */
bool format_opens(const Decider *d, DiskFormat format)
{
    if (format == DISK_FORMAT_RAW || format == DISK_FORMAT_QCOW2)
        return true;
    return d->xen ? format == DISK_FORMAT_VHD : format == DISK_FORMAT_QED || format == DISK_FORMAT_VMDK;
}

void refuse_format(Decider *d, const RequestDisk *asked, DiskFormat real)
{
    const char *path = asked->stored ? asked->stored : asked->path;
    g_autofree char *quoted = g_shell_quote(path);
    g_autofree char *target = g_strconcat(path, ".qcow2", NULL);
    g_autofree char *quoted_target = g_shell_quote(target);
    refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "disk \"%s\": %s is %s, which %s cannot open (it opens %s); convert it with: qemu-img convert -O qcow2 %s %s",
           asked->name, path, disk_format_name(real), hypervisor(d), d->xen ? "raw, qcow2 and vhd" : "raw, qcow2, qed and vmdk", quoted,
           quoted_target);
}

/* What the image is and was said to be. False: nothing may open it, converting included. */
static bool check_image(Decider *d, const GuestDisk *disk, const RequestDisk *asked, bool *was_declared)
{
    DiskFormat real = asked->info.format, declared;
    const char *path = asked->stored ? asked->stored : asked->path;
    const char *declared_name = asked->format ? asked->format : asked->is_image ? d->image->disk_format : NULL;
    *was_declared = declared_name != NULL;
    if (declared_name) {
        g_autoptr(GError) error = NULL;
        if (!disk_format_parse(declared_name, &declared, &error))
            refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": %s", disk->name, error->message);
        else if (!disk_format_agrees(declared, real))
            refuse(d, GUESTCTL_ERROR_INVALID,
                   "disk \"%s\": %s is really %s, but %s says %s; a guest must not choose what its own disk is read as: correct the declaration",
                   disk->name, path, disk_format_name(real), asked->format ? "the guest file" : "the image's disk_format", declared_name);
    }
    bool names_other = asked->info.has_backing_file || asked->info.has_data_file;
    if (names_other)
        refuse(d, GUESTCTL_ERROR_INVALID,
               "disk \"%s\": %s names another file (%s), which an image must not: that file would become the guest's to read, and so it would "
               "by converting it; get an image that stands alone",
               disk->name, path, asked->info.has_backing_file ? "a backing file" : "an external data file");
    if (asked->info.is_encrypted)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "disk \"%s\": %s is encrypted, which guestctl cannot open yet; decrypt it with qemu-img convert",
               disk->name, path);
    if (asked->info.fault)
        refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": %s is a %s image that nothing should open: %s; get it again from where it came, or from a backup", disk->name,
               path, disk_format_name(real), asked->info.fault);
    return !names_other && !asked->info.fault;
}

static void decide_format(Decider *d, GuestDisk *disk, const RequestDisk *asked)
{
    bool was_declared = false, sound = check_image(d, disk, asked, &was_declared);
    DiskFormat real = asked->info.format;
    /* The bytes of an ISO image are served as they are. */
    disk->format = real == DISK_FORMAT_ISO ? DISK_FORMAT_RAW : real;
    if (!format_opens(d, disk->format) && sound) /* the remedy would open it */
        refuse_format(d, asked, disk->format);
    if (asked->info.file_size == 0)
        decided_of(d, SEVERITY_WARNING, "disk", disk->name, "format", "the file is empty: there is nothing in it to boot or to read");
    else
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "format", "read from the disk itself%s", was_declared ? ", and what was declared agrees" : "");
}

static void decide_driver(Decider *d, GuestDisk *disk, const RequestDisk *asked)
{
    if (!asked->own)
        disk->block_device = asked->info.is_block_device;
    decided_of(d, SEVERITY_INFO, "disk", disk->name, "block-device", disk->protocol ? "the path is on the network" : disk->block_device ? "the path is a block device" : "the path is a file");
    if (!d->xen) {
        disk->driver = g_strdup("qemu");
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "driver", "QEMU serves every disk of its guests");
        /* nova's order: none where O_DIRECT works, so that the guest's flushes reach the disk. */
        const StoragePolicy *storage = d->policy->storage;
        const char *of_policy = disk->protocol ? storage->cache_network : disk->block_device ? storage->cache_block : storage->cache_file;
        disk->cache = g_strdup(asked->cache ? asked->cache : of_policy ? of_policy : asked->direct_io || disk->protocol ? "none" : "writeback");
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "cache", "%s",
                   asked->cache       ? "the guest file"
                   : of_policy        ? storage_policy_said(storage, "cache")
                   : disk->protocol   ? "nova's default: the host keeps no second copy"
                   : asked->direct_io ? "O_DIRECT works on its file system: the host keeps no second copy"
                                      : "O_DIRECT does not work on its file system");
        static const char *const modes[] = {"none", "writeback", "writethrough", "directsync", "unsafe", NULL};
        if (!g_strv_contains(modes, disk->cache))
            refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": cache \"%.40s\" is not known (use none, writeback, writethrough, directsync or unsafe)",
                   disk->name, disk->cache);
        return;
    }
    if (asked->cache)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "disk \"%s\": Xen has no cache modes; leave cache out", disk->name);
    /* libxl's own order for a back end that is not named: phy, which takes raw from a block device or, through a
     * loop device, from a file; then qdisk. */
    bool phy = disk->format == DISK_FORMAT_RAW;
    disk->driver = g_strdup(phy ? "phy" : "qdisk");
    decided_of(d, SEVERITY_INFO, "disk", disk->name, "driver",
               phy ? "libxl's first choice for raw: the kernel of dom0 serves it" : "the kernel of dom0 serves raw only: QEMU serves %s",
               disk_format_name(disk->format));
}

void decide_disk(Decider *d, const RequestDisk *asked)
{
    GuestDisk *disk = guest_add_disk(d->guest, asked->name);
    if (!asked->known) {
        refuse(d, GUESTCTL_ERROR_NOT_FOUND, "disk \"%s\": nothing is known of it; give it a path", asked->name);
        return;
    }
    if (!asked->own) {
        disk->path = g_strdup(asked->path);
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "path", asked->is_image ? "the guest's image" : "the guest file");
    }
    decide_device(d, disk, asked);
    decide_bus(d, disk, asked);
    decide_target(d, disk, asked);
    bool was_declared = false;
    if (!asked->own)
        decide_format(d, disk, asked);
    if (!asked->own || !asked->stored || check_image(d, disk, asked, &was_declared))
        decide_storage(d, disk, asked);
    decide_driver(d, disk, asked);

    bool never_written = disk->device == DEVICE_CDROM;
    disk->read_only = asked->read_only >= 0 ? asked->read_only : never_written;
    decided_of(d, SEVERITY_INFO, "disk", disk->name, "read-only", asked->read_only >= 0 ? "the guest file" : never_written ? "a CD-ROM is" : "the default");
    if (never_written && !disk->read_only)
        refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": a cdrom cannot be written; leave read-only out", disk->name);
    int of_policy = d->policy->storage->discard;
    disk->discard = (asked->discard >= 0 ? asked->discard : of_policy) == 1;
    decided_of(d, SEVERITY_INFO, "disk", disk->name, "discard", "%s",
               asked->discard >= 0 ? "the guest file" : of_policy >= 0 ? storage_policy_said(d->policy->storage, "discard") : "nova's default hw_disk_discard");

    /* nova: FlavorDiskSmallerThanMinDisk. */
    guint64 gib = 1024ULL * 1024 * 1024;
    if (asked->is_image && !asked->own && d->image->min_disk_gib > 0 && asked->info.virtual_size > 0 &&
        asked->info.virtual_size < (guint64)d->image->min_disk_gib * gib)
        refuse(d, GUESTCTL_ERROR_RESOURCES,
               "disk \"%s\": %s holds %" G_GUINT64_FORMAT " MiB, less than the image's min_disk of %" G_GINT64_FORMAT
               " GiB; enlarge it with: qemu-img resize",
               disk->name, asked->path, asked->info.virtual_size / 1024 / 1024, d->image->min_disk_gib);
}

/* Nothing on Xen keeps a guest from having one file twice, and two writers destroy it. */
static void refuse_twins(Decider *d, guint index)
{
    const RequestDisk *disk = d->request->disks->pdata[index];
    const GuestDisk *decided_disk = d->guest->disks->pdata[index];
    for (guint i = 0; i < index; i++) {
        const RequestDisk *other = d->request->disks->pdata[i];
        const GuestDisk *decided_other = d->guest->disks->pdata[i];
        if (disk->known && other->known && (disk->info.device || disk->info.inode) && disk->info.device == other->info.device &&
            disk->info.inode == other->info.inode && !(decided_disk->read_only && decided_other->read_only)) {
            refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": %s is the same file as disk \"%s\" (%s), and what is written by both is destroyed; "
                   "leave one out, or set read-only = yes in both", disk->name, disk->path, other->name, other->path);
            return;
        }
    }
}

void decide_disks(Decider *d)
{
    for (guint i = 0; i < d->request->disks->len; i++) {
        decide_disk(d, d->request->disks->pdata[i]);
        refuse_twins(d, i);
    }
    /* Read even when no disk of the kind is there: they then say nothing about this guest. */
    static const char *const of_absent[] = {"hw_disk_bus", "hw_cdrom_bus", "hw_floppy_bus", "img_root_device_name"};
    for (gsize i = 0; i < G_N_ELEMENTS(of_absent); i++)
        wish(d, of_absent[i]);
}
