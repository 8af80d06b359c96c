/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/decider.h"
#include "common/error.h"
#include "common/storage/storage.h"

#define GIB (G_GUINT64_CONSTANT(1) << 30)
#define FILLED_MIN (G_GUINT64_CONSTANT(1) << 20) /* bytes: mke2fs makes no file system of much less */

static char *shown_size(guint64 bytes)
{
    return bytes % 1024 ? g_strdup_printf("%" G_GUINT64_FORMAT " bytes", bytes) : size_format_kib(bytes / 1024);
}

static void refuse_keys(Decider *d, const RequestDisk *asked)
{
    const char *key = asked->storage ? "storage" : asked->size_kib ? "size" : asked->kind ? "kind" : NULL;
    if (!key)
        return;
    const char *remedy = asked->is_image ? "import the image (guestctl image import), so that this guest gets a disk of its own, or leave the key out"
                                         : "leave path out, or leave the key out";
    refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": %s is used as it is, and %s is for a disk that guestctl makes; %s", asked->name, asked->path, key,
           remedy);
}

static bool decide_kind(Decider *d, StorageDisk *made, const RequestDisk *asked)
{
    static const char *const kinds[] = {"blank", "ephemeral", "swap", NULL};
    if (asked->kind && asked->stored) {
        refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": kind = %.40s, but this disk is the guest's image; leave kind out", asked->name, asked->kind);
        return false;
    }
    if (asked->kind && !g_strv_contains(kinds, asked->kind)) {
        refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": kind \"%.40s\" is not known (use blank, ephemeral or swap)", asked->name, asked->kind);
        return false;
    }
    made->kind = g_strdup(asked->stored ? "image" : asked->kind ? asked->kind : "blank");
    return true;
}

/* nova: ephemeral0, ephemeral1 and so on. */
static char *label_of(const Decider *d, const RequestDisk *asked)
{
    unsigned n = 0;
    for (guint i = 0; i < d->request->disks->len && d->request->disks->pdata[i] != asked; i++) {
        const RequestDisk *other = d->request->disks->pdata[i];
        n += g_strcmp0(other->kind, "ephemeral") == 0;
    }
    return g_strdup_printf("ephemeral%u", n);
}

static const StorageDriver *decide_driver(Decider *d, GuestDisk *disk, const RequestDisk *asked)
{
    const StoragePolicy *policy = d->policy->storage;
    const StorageDriver *driver = policy->type ? storage_driver(policy->type) : NULL;
    const char *because = storage_policy_said(policy, policy->type ? "type" : "cow");
    g_autoptr(GError) error = NULL;
    if (asked->storage && !storage_driver_parse(asked->storage, &driver, &error)) {
        refuse(d, error->code, "disk \"%s\": %s", asked->name, error->message);
        return NULL;
    }
    if (asked->storage)
        because = "the guest file";
    if (!driver) /* nova's images_type default */
        driver = policy->cow ? &storage_qcow2 : &storage_flat;
    disk->storage = g_strdup(driver->name);
    decided_of(d, SEVERITY_INFO, "disk", disk->name, "storage", "%s", because);
    return driver;
}

/* nova 18.1.0 compute/api.py: FlavorDiskSmallerThanImage, FlavorDiskSmallerThanMinDisk. */
static bool decide_size(Decider *d, StorageDisk *made, const RequestDisk *asked)
{
    guint64 of_image = asked->stored ? (asked->info.virtual_size + 511) / 512 * 512 : 0;
    guint64 least = asked->stored ? (guint64)MAX(d->image->min_disk_gib, 0) * GIB : 0;
    made->size = asked->size_kib ? asked->size_kib * 1024 : MAX(of_image, least);
    g_autofree char *size = shown_size(made->size), *image = shown_size(of_image);
    if (!made->size)
        refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": how large it shall be is not known; set size", asked->name);
    else if (made->size > DISK_VIRTUAL_MAX)
        refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": size %s is more than the 64T that a disk may have here; make it smaller", asked->name, size);
    else if (made->size < FILLED_MIN && (g_str_equal(made->kind, "ephemeral") || g_str_equal(made->kind, "swap")))
        refuse(d, GUESTCTL_ERROR_INVALID, "disk \"%s\": size %s is too small for a file system or a swap area; make it at least 1M", asked->name, size);
    else if (made->size < of_image)
        refuse(d, GUESTCTL_ERROR_RESOURCES, "disk \"%s\": size %s is less than the %s of its image; make it at least so large", asked->name, size, image);
    else if (made->size < least)
        refuse(d, GUESTCTL_ERROR_RESOURCES, "disk \"%s\": size %s is less than the image's min_disk of %" G_GINT64_FORMAT " GiB; make it at least so large",
               asked->name, size, d->image->min_disk_gib);
    else {
        decided_of(d, SEVERITY_INFO, "disk", asked->name, "size",
                   asked->size_kib ? "the guest file" : least > of_image ? "the image's min_disk" : "that of the image");
        return true;
    }
    return false;
}

static void say_format(Decider *d, const StorageDisk *made, const RequestDisk *asked)
{
    const char *from = disk_format_name(asked->info.format), *to = disk_format_name(made->format);
    if (!asked->stored)
        decided_of(d, SEVERITY_INFO, "disk", made->name, "format", "what storage %s makes", made->storage);
    else if (made->overlay)
        decided_of(d, SEVERITY_INFO, "disk", made->name, "format", "an overlay on the image, which is %s and stays as it is", from);
    else if (!format_opens(d, made->base_format))
        decided_of(d, SEVERITY_TRANSLATION, "disk", made->name, "format", "the image is %s, which %s does not open: it is converted to %s", from,
                   hypervisor(d), to);
    else if (made->base_format != made->format)
        decided_of(d, SEVERITY_INFO, "disk", made->name, "format", "the image is %s, and is converted: storage %s makes %s (%s)", from, made->storage, to,
                   storage_policy_said(d->policy->storage, "force-raw"));
    else
        decided_of(d, SEVERITY_INFO, "disk", made->name, "format", "that of the image, which is copied");
}

/* Of a disk that was made before: what the guest's file says now must be what it is. */
static bool check_there(Decider *d, const RequestDisk *asked, const StorageDisk *made)
{
    const StorageDisk *there = asked->there;
    g_autofree char *anew = g_strdup_printf("guestctl disk delete %s %s", d->request->name, asked->name);
    const char *image = asked->stored ? d->request->image : NULL;
    if (!g_str_equal(there->owner, d->guest->uuid)) {
        refuse(d, GUESTCTL_ERROR_EXISTS, "disk \"%s\": %s was made for another guest of this name (%s); delete it with: %s", asked->name, there->path,
               there->owner, anew);
        return false;
    }
    if (g_strcmp0(there->image, image) != 0 || !g_str_equal(there->kind, made->kind)) {
        refuse(d, GUESTCTL_ERROR_EXISTS, "disk \"%s\": %s was made of %s, not of %s; set it back, or have it made anew after: %s", asked->name, there->path,
               there->image ? there->image : there->kind, image ? image : made->kind, anew);
        return false;
    }
    if (asked->storage && !g_str_equal(there->storage, made->storage)) {
        refuse(d, GUESTCTL_ERROR_EXISTS, "disk \"%s\": %s was made by storage %s, not by %s; set it back, or have it made anew after: %s", asked->name,
               there->path, there->storage, made->storage, anew);
        return false;
    }
    if (there->size < asked->size_kib * 1024) {
        g_autofree char *is = shown_size(there->size), *wanted = size_format_kib(asked->size_kib);
        refuse(d, GUESTCTL_ERROR_EXISTS, "disk \"%s\": %s has %s, not %s; enlarge it with: guestctl disk resize %s %s %s", asked->name, there->path, is,
               wanted, d->request->name, asked->name, wanted);
        return false;
    }
    return true;
}

static void decide_network(Decider *d, GuestDisk *disk, const StorageDisk *made)
{
    const StorageDriver *driver = storage_driver(made->storage);
    disk->block_device = driver->block;
    disk->protocol = g_strdup(driver->protocol);
    if (!driver->protocol)
        return;
    decided_of(d, SEVERITY_INFO, "disk", disk->name, "protocol", "storage %s", made->storage);
    disk->ceph_conf = g_strdup(made->conf);
    decided_of(d, SEVERITY_INFO, "disk", disk->name, "ceph-conf", "%s", storage_policy_said(d->policy->storage, "ceph-conf"));
    disk->rbd_user = g_strdup(made->user);
    disk->rbd_secret = made->user ? g_strdup(d->policy->storage->rbd_secret) : NULL;
    if (made->user)
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "rbd-user", "%s", storage_policy_said(d->policy->storage, "rbd-user"));
    if (disk->rbd_secret)
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "rbd-secret", "%s", storage_policy_said(d->policy->storage, "rbd-secret"));
    /* hw/block/xen-block.c of QEMU 4 and later looks at what it is given with stat(). */
    if (d->xen)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED,
               "disk \"%s\": QEMU serves Xen guests from files and devices only, not from rbd; map the image (rbd device map) and give its device as path, "
               "or use storage lvm",
               disk->name);
}

static void take(Decider *d, GuestDisk *disk, const StorageDisk *made)
{
    disk->path = g_strdup(made->path);
    disk->format = made->format;
    disk->size_bytes = made->size;
    disk->base = made->overlay ? g_strdup(made->base) : NULL;
    disk->base_format = made->base_format;
    decide_network(d, disk, made);
}

static void keep(Decider *d, GuestDisk *disk, const RequestDisk *asked)
{
    const StorageDisk *there = asked->there;
    g_free(disk->storage);
    disk->storage = g_strdup(there->storage);
    take(d, disk, there);
    static const char *const members[] = {"storage", "path", "format", "size", "base"};
    for (gsize i = 0; i < G_N_ELEMENTS(members) - !disk->base; i++)
        decided_of(d, SEVERITY_INFO, "disk", disk->name, members[i], "the disk was made before, and is kept");
    if (asked->size_kib && there->size > asked->size_kib * 1024)
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "size", "the disk was enlarged since; the guest file's size is what it began with");
}

void decide_storage(Decider *d, GuestDisk *disk, const RequestDisk *asked)
{
    if (!asked->own) {
        refuse_keys(d, asked);
        return;
    }
    g_autoptr(StorageDisk) made = storage_disk_new();
    const StorageDriver *driver = decide_driver(d, disk, asked);
    if (!driver || !decide_kind(d, made, asked))
        return;
    made->storage = g_strdup(driver->name);
    if (asked->there) {
        if (check_there(d, asked, made))
            keep(d, disk, asked);
        return;
    }
    DiskFormat base_format = asked->info.format == DISK_FORMAT_ISO ? DISK_FORMAT_RAW : asked->info.format;
    if (asked->stored && !storage_qemu_format(base_format)) {
        refuse_format(d, asked, base_format);
        return;
    }
    if (!decide_size(d, made, asked))
        return;
    made->guest = g_strdup(d->request->name);
    made->name = g_strdup(asked->name);
    made->owner = g_strdup(d->guest->uuid);
    made->image = asked->stored ? g_strdup(d->request->image) : NULL;
    made->base = g_strdup(asked->stored);
    made->base_format = base_format;
    made->base_size = asked->info.virtual_size;
    made->cluster = asked->info.cluster_size;
    made->preallocate = d->policy->storage->preallocate;
    made->label = label_of(d, asked);
    g_autoptr(GError) error = NULL;
    if (!driver->place(made, d->policy->storage, d->request->folder, &error)) {
        refuse(d, error->code, "disk \"%s\": %s", asked->name, error->message);
        return;
    }
    made->overlay = made->overlay && format_opens(d, base_format);
    take(d, disk, made);
    decided_of(d, SEVERITY_INFO, "disk", disk->name, "path", "where storage %s keeps the disks of guests", made->storage);
    if (disk->base)
        decided_of(d, SEVERITY_INFO, "disk", disk->name, "base", "the stored image, which is shared and never written");
    say_format(d, made, asked);
    if (!d->guest->folder)
        d->guest->folder = g_strdup(d->request->folder);
    disk->create = g_steal_pointer(&made);
}
