/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/look.h"

#include "common/error.h"
#include "inspect/image.h"
#include "inspect/partition.h"

/* The format by common/disk-format.c, which nobody above trusts less than this; here it is read once more, so that the contents
 * are those of the file that was judged. */
static bool judge(Disk *file, const char *declared, DiskInfo *info, Passport *passport)
{
    guint8 tail[DISK_FORMAT_TAIL] = {0};
    g_autofree guint8 *head = g_malloc0(DISK_FORMAT_HEAD);
    gsize head_length = (gsize)MIN(file->size, (guint64)DISK_FORMAT_HEAD);
    gsize tail_length = file->size >= sizeof tail ? sizeof tail : 0;
    g_autoptr(GError) error = NULL;
    DiskFormat said = DISK_FORMAT_RAW;
    if (!disk_read(file, 0, head, head_length) || !disk_read(file, file->size - tail_length, tail, tail_length)) {
        passport->refused = g_strdup("it cannot be read");
        return false;
    }
    if (!disk_info_parse(head, head_length, tail, tail_length, file->size, info, &error)) {
        passport->refused = g_strdup(error->message);
        return false;
    }
    passport->format = info->format;
    passport->file_size = file->size;
    passport->virtual_size = info->virtual_size ? info->virtual_size : info->format == DISK_FORMAT_RAW ? file->size : 0;
    const char *why = info->fault              ? info->fault
                      : info->has_backing_file ? "it names another file (a backing file)"
                      : info->has_data_file    ? "it names another file (an external data file)"
                      : info->is_encrypted     ? "it is encrypted: nothing here has its key"
                                               : NULL;
    if (why)
        passport->refused = g_strdup(why);
    else if (declared && disk_format_parse(declared, &said, NULL) && !disk_format_agrees(said, info->format))
        passport->refused = g_strdup_printf("it is really %s, but was declared as %s", disk_format_name(info->format), disk_format_name(said));
    return passport->refused == NULL;
}

static void all_unknown(Passport *passport, const char *why)
{
    for (BootWay way = 0; way < WAY_COUNT; way++)
        passport_set_verdict(passport, way, CAN_UNKNOWN, "%s", why);
}

/* Kinds of partitions that hold nothing to boot from, whatever is in them. */
static bool matters(const PassportPartition *partition)
{
    static const char *const others[] = {"bios-boot", "linux-swap", "powerpc-prep", NULL};
    return !g_strv_contains(others, partition->type) && g_strcmp0(partition->file_system, "swap") != 0;
}

static void open_volumes(Image *image)
{
    Passport *passport = image->passport;
    image->all_read = !g_str_equal(passport->table, "unknown");
    for (guint i = 0; i < passport->partitions->len; i++) {
        PassportPartition *partition = passport->partitions->pdata[i];
        Volume volume = {.partition = partition, .disk = disk_part(image->disk, partition->start, partition->size)};
        const char *type = NULL;
        volume.system = fs_open(volume.disk, &type);
        partition->file_system = g_strdup(type);
        partition->is_read = volume.system != NULL;
        image->all_read &= partition->is_read || !matters(partition);
        g_array_append_val(image->volumes, volume);
    }
}

static void close_volumes(Image *image)
{
    for (guint i = 0; i < image->volumes->len; i++) {
        Volume *volume = &g_array_index(image->volumes, Volume, i);
        fs_free(volume->system);
        disk_free(volume->disk);
    }
    g_array_unref(image->volumes);
    g_free(image->grub.kernel);
}

/* No table, no file system that is known, and zeros where a boot loader would be. */
static bool is_empty(const Image *image)
{
    enum { LOOKED_AT = 68 * 1024 };
    const PassportPartition *whole = image->passport->partitions->len ? image->passport->partitions->pdata[0] : NULL;
    g_autofree guint8 *bytes = g_malloc0(LOOKED_AT);
    gsize length = (gsize)MIN(image->disk->size, (guint64)LOOKED_AT);
    if (!g_str_equal(image->passport->table, "none") || (whole && whole->file_system) || !disk_read(image->disk, 0, bytes, length))
        return false;
    for (gsize i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void look_inside(Disk *disk, bool kernels, Passport *passport)
{
    Image image = {.disk = disk, .notes_wanted = kernels, .passport = passport, .volumes = g_array_new(FALSE, FALSE, sizeof(Volume))};
    open_volumes(&image);
    if (kernel_image_look(&image)) {
        close_volumes(&image);
        return;
    }
    image.is_empty = is_empty(&image);
    uefi_look(&image);
    system_look(&image);
    /* To unpack a kernel is most of the work: where the time is over before that is done, something is left for the rest. */
    gint64 reserved = disk->budget->cpu_us / 4;
    guint64 kept = disk->budget->bytes / 4;
    disk->budget->cpu_us -= reserved;
    disk->budget->bytes -= kept;
    kernels_look(&image);
    disk->budget->cpu_us += reserved;
    disk->budget->bytes += kept;
    bios_look(&image);
    xen_look(&image);
    close_volumes(&image);
}

void look(Disk *file, const char *declared, bool kernels, Passport *passport)
{
    DiskInfo info;
    const char *why = NULL;
    if (!judge(file, declared, &info, passport)) {
        all_unknown(passport, "the image is refused");
        return;
    }
    g_autoptr(Disk) disk = disk_open(file, info.format, info.virtual_size, &why);
    if (!disk) {
        all_unknown(passport, why);
        return;
    }
    if (partition_read(disk, passport, &why)) {
        look_inside(disk, kernels, passport);
        return;
    }
    passport->refused = g_strdup(why);
    all_unknown(passport, "the image is refused");
}
