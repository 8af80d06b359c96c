/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/look.h"

#include "common/error.h"
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

void look(Disk *file, const char *declared, Passport *passport)
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
    if (!partition_read(disk, passport, &why))
        passport->refused = g_strdup(why);
}
