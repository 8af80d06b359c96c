/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/image/passport.h"
#include "common/json.h"
#include "toolstack/command.h"
#include "toolstack/image-find.h"
#include "toolstack/output.h"

/* What its metadata calls its format. Metadata that cannot be read is image show's matter. */
static char *declared_format(const ImageFound *found)
{
    g_autoptr(ImageMeta) meta = found->document || found->stored ? image_found_metadata(found, NULL) : NULL;
    return meta ? g_strdup(meta->disk_format) : NULL;
}

static void show_partitions(const Passport *passport, Table *table)
{
    for (guint i = 0; i < passport->partitions->len; i++) {
        const PassportPartition *partition = passport->partitions->pdata[i];
        g_autofree char *name = partition->number ? g_strdup_printf("partition %" G_GUINT64_FORMAT, partition->number) : g_strdup("whole disk");
        g_autofree char *size = memory_text(partition->size / 1024);
        const char *system = partition->file_system ? partition->file_system : "no file system that is known";
        g_autofree char *text = g_strdup_printf("%s, %s%s%s%s", size, system, partition->is_read || !partition->file_system ? "" : " (not read)",
                                                partition->number ? ", " : "", partition->number ? partition->type : "");
        table_row(table, TINT_NONE, name, text);
    }
}

static void show_kernels(const Passport *passport, Table *table)
{
    for (guint i = 0; i < passport->kernels->len; i++) {
        const PassportKernel *kernel = passport->kernels->pdata[i];
        g_autofree char *text = g_strdup_printf("%s%s%s, packed by %s; Xen notes for PV: %s, for PVH: %s", *kernel->path ? kernel->path : "the image itself", kernel->version ? " " : "",
                                                kernel->version ? kernel->version : "", kernel->compression, can_name(kernel->pv), can_name(kernel->pvh));
        table_row(table, TINT_NONE, "kernel", text);
    }
}

static void show_texts(Table *table, Tint tint, const char *name, const GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++)
        table_row(table, tint, name, texts->pdata[i]);
}

static void show_facts(const Passport *passport, const Options *options)
{
    g_autoptr(Table) table = table_new(NULL);
    g_autofree char *size = memory_text((passport->virtual_size ? passport->virtual_size : passport->file_size) / 1024);
    g_autofree char *disk = g_strdup_printf("%s, %s, partition table: %s", disk_format_name(passport->format), size,
                                            passport->table ? passport->table : "not read");
    g_autofree char *system = g_strconcat(passport->os_distro ? passport->os_distro : "unknown", passport->os_version ? " " : "",
                                          passport->os_version ? passport->os_version : "", NULL);
    g_autofree char *layers = passport->sandbox ? g_strjoinv(" ", passport->sandbox) : NULL;
    table_row(table, TINT_NONE, "disk", disk);
    show_partitions(passport, table);
    show_texts(table, TINT_NONE, "boot loader", passport->loaders);
    show_kernels(passport, table);
    table_row(table, TINT_NONE, "system", system);
    table_row(table, TINT_NONE, "cloud-init", can_name(passport->cloud_init));
    table_row(table, TINT_NONE, "guest agent", can_name(passport->guest_agent));
    show_texts(table, TINT_NOTICE, "note", passport->notes);
    table_row(table, TINT_DIM, "read within", layers);
    output_table(options, table);
}

static void show_ways(const Passport *passport, const Options *options)
{
    static const char *const headings[] = {"BOOT", "CAN", "BECAUSE", NULL};
    static const Tint tints[] = {[CAN_NO] = TINT_BAD, [CAN_YES] = TINT_GOOD, [CAN_UNKNOWN] = TINT_NOTICE};
    g_autoptr(Table) table = table_new(headings);
    for (BootWay way = 0; way < WAY_COUNT; way++) {
        const PassportVerdict *verdict = passport_verdict(passport, way);
        table_row(table, tints[verdict->can], boot_way_name(way), can_name(verdict->can), verdict->because);
    }
    output_table(options, table);
}

static void show_json(const char *disk, const Passport *passport, const char *const *properties, const Options *options)
{
    g_autofree char *text = passport_to_json(passport);
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-image-check/1");
    json_add_string(builder, "image", disk);
    json_builder_set_member_name(builder, "passport");
    json_builder_add_value(builder, json_from_string(text, NULL));
    json_add_strings(builder, "metadata", properties);
    json_builder_end_object(builder);
    output_json(options, builder);
}

bool cmd_image_check(Options *options, GError **error)
{
    g_auto(ImageFound) found = {0};
    const char *argument = options_argument(options, 0);
    if (g_str_has_prefix(argument, "glance:")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "%s: only what is here can be looked into; first: guestctl image import %s", argument, argument);
        return false;
    }
    if (!image_find(argument, options, &found, error))
        return false;
    const char *disk = found.disk ? found.disk : argument; /* a disk that begins with text is no metadata here */
    g_autofree char *declared = declared_format(&found);
    g_autoptr(Passport) passport = passport_inspect_path(disk, declared, true, options->cancel, error);
    if (!passport)
        return false;
    g_auto(GStrv) properties = passport_properties(passport);
    if (options->json) {
        show_json(disk, passport, (const char *const *)properties, options);
        return true;
    }
    show_facts(passport, options);
    output_line(options, "%s", "");
    show_ways(passport, options);
    output_line(options, "%s", "");
    output_line(options, "metadata that says so: %s", *properties ? "" : "none: nothing of it is known");
    for (char **property = properties; *property; property++)
        output_line(options, "  %s", *property);
    return true;
}
