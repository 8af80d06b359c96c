/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/image/passport.h"
#include "common/json.h"

#define FORMAT "guestctl-passport/1"

enum { DOCUMENT_MAX = 256 * 1024, TEXT_MAX = 512, ITEMS_MAX = 256 };

static void add_items(JsonBuilder *builder, const char *name, const GPtrArray *texts)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (guint i = 0; i < texts->len; i++)
        json_builder_add_string_value(builder, texts->pdata[i]);
    json_builder_end_array(builder);
}

static void add_partitions(JsonBuilder *builder, const Passport *passport)
{
    json_builder_set_member_name(builder, "partitions");
    json_builder_begin_array(builder);
    for (guint i = 0; i < passport->partitions->len; i++) {
        const PassportPartition *partition = passport->partitions->pdata[i];
        json_builder_begin_object(builder);
        json_add_int(builder, "number", (gint64)partition->number);
        json_add_int(builder, "start", (gint64)partition->start);
        json_add_int(builder, "size", (gint64)partition->size);
        json_add_string(builder, "type", partition->type);
        json_add_string(builder, "file_system", partition->file_system);
        json_add_bool(builder, "active", partition->active);
        json_add_bool(builder, "read", partition->is_read);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void add_kernels(JsonBuilder *builder, const Passport *passport)
{
    json_builder_set_member_name(builder, "kernels");
    json_builder_begin_array(builder);
    for (guint i = 0; i < passport->kernels->len; i++) {
        const PassportKernel *kernel = passport->kernels->pdata[i];
        json_builder_begin_object(builder);
        json_add_string(builder, "path", kernel->path);
        json_add_string(builder, "version", kernel->version);
        json_add_string(builder, "compression", kernel->compression);
        json_add_string(builder, "pv", can_name(kernel->pv));
        json_add_string(builder, "pvh", can_name(kernel->pvh));
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void add_ways(JsonBuilder *builder, const Passport *passport)
{
    json_builder_set_member_name(builder, "boot");
    json_builder_begin_object(builder);
    for (BootWay way = 0; way < WAY_COUNT; way++) {
        json_builder_set_member_name(builder, boot_way_name(way));
        json_builder_begin_object(builder);
        json_add_string(builder, "can", can_name(passport->ways[way].can));
        json_add_string(builder, "because", passport->ways[way].because);
        json_builder_end_object(builder);
    }
    json_builder_end_object(builder);
}

char *passport_to_json(const Passport *passport)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", FORMAT);
    json_add_string(builder, "refused", passport->refused);
    json_add_string(builder, "disk_format", disk_format_name(passport->format));
    json_add_int(builder, "file_size", (gint64)passport->file_size);
    json_add_int(builder, "virtual_size", (gint64)passport->virtual_size);
    json_add_strings(builder, "sandbox", (const char *const *)passport->sandbox);
    json_add_string(builder, "partition_table", passport->table);
    add_partitions(builder, passport);
    add_items(builder, "boot_loaders", passport->loaders);
    add_kernels(builder, passport);
    json_add_string(builder, "os_distro", passport->os_distro);
    json_add_string(builder, "os_version", passport->os_version);
    json_add_string(builder, "architecture", passport->architecture);
    json_add_string(builder, "cloud_init", can_name(passport->cloud_init));
    json_add_string(builder, "guest_agent", can_name(passport->guest_agent));
    add_items(builder, "notes", passport->notes);
    add_ways(builder, passport);
    json_builder_end_object(builder);
    return json_finish(builder, true);
}

/* What goes wrong from here on is of a document that our own program should have made: it is enough to say which member. */
static bool wrong(const char *name, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%s\" is not what it should be", name);
    return false;
}

/* One line, of bounded length: it is shown to people. */
static bool is_line(const char *text)
{
    gsize length = 0;
    for (; text[length]; length++)
        if ((guchar)text[length] < ' ' || text[length] == 0x7f || length == TEXT_MAX)
            return false;
    return true;
}

static bool get_line(JsonObject *object, const char *name, char **value, GError **error)
{
    if (!json_get_string(object, name, value, error))
        return false;
    return !*value || is_line(*value) || wrong(name, error);
}

static bool get_size(JsonObject *object, const char *name, guint64 *value, GError **error)
{
    return json_get_uint(object, name, value, error) && (*value <= G_MAXINT64 || wrong(name, error));
}

static bool get_can(JsonObject *object, const char *name, Can *value, GError **error)
{
    g_autofree char *text = NULL;
    if (!json_get_string(object, name, &text, error))
        return false;
    for (Can can = CAN_NO; text && can <= CAN_UNKNOWN; can++)
        if (g_str_equal(text, can_name(can))) {
            *value = can;
            return true;
        }
    return wrong(name, error);
}

static bool get_items(JsonObject *object, const char *name, GPtrArray *texts, GError **error)
{
    g_auto(GStrv) items = NULL;
    if (!json_get_strings(object, name, &items, error))
        return false;
    for (guint i = 0; items && items[i]; i++) {
        if (i == ITEMS_MAX || !is_line(items[i]))
            return wrong(name, error);
        g_ptr_array_add(texts, g_strdup(items[i]));
    }
    return true;
}

typedef bool ReadItem(JsonObject *object, Passport *passport, GError **error);

static bool get_objects(JsonObject *object, const char *name, Passport *passport, ReadItem *read, GError **error)
{
    JsonNode *node = json_object_get_member(object, name);
    JsonArray *array = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    if (!array || json_array_get_length(array) > ITEMS_MAX)
        return wrong(name, error);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *item = json_array_get_element(array, i);
        if (!JSON_NODE_HOLDS_OBJECT(item))
            return wrong(name, error);
        if (!read(json_node_get_object(item), passport, error))
            return false;
    }
    return true;
}

static bool read_partition(JsonObject *object, Passport *passport, GError **error)
{
    PassportPartition *partition = passport_add_partition(passport);
    return get_size(object, "number", &partition->number, error) && get_size(object, "start", &partition->start, error) &&
           get_size(object, "size", &partition->size, error) && get_line(object, "type", &partition->type, error) &&
           get_line(object, "file_system", &partition->file_system, error) && json_get_bool(object, "active", &partition->active, error) &&
           json_get_bool(object, "read", &partition->is_read, error) && (partition->type || wrong("type", error));
}

static bool read_kernel(JsonObject *object, Passport *passport, GError **error)
{
    PassportKernel *kernel = passport_add_kernel(passport);
    return get_line(object, "path", &kernel->path, error) && get_line(object, "version", &kernel->version, error) &&
           get_line(object, "compression", &kernel->compression, error) && get_can(object, "pv", &kernel->pv, error) &&
           get_can(object, "pvh", &kernel->pvh, error) && ((kernel->path && kernel->compression) || wrong("kernels", error));
}

static bool read_ways(JsonObject *object, Passport *passport, GError **error)
{
    JsonNode *node = json_object_get_member(object, "boot");
    if (!node || !JSON_NODE_HOLDS_OBJECT(node))
        return wrong("boot", error);
    for (BootWay way = 0; way < WAY_COUNT; way++) {
        JsonNode *member = json_object_get_member(json_node_get_object(node), boot_way_name(way));
        if (!member || !JSON_NODE_HOLDS_OBJECT(member))
            return wrong(boot_way_name(way), error);
        PassportVerdict *verdict = &passport->ways[way];
        g_clear_pointer(&verdict->because, g_free);
        if (!get_can(json_node_get_object(member), "can", &verdict->can, error) ||
            !get_line(json_node_get_object(member), "because", &verdict->because, error))
            return false;
        if (!verdict->because)
            return wrong("because", error);
    }
    return true;
}

static bool read_format(JsonObject *object, DiskFormat *format, GError **error)
{
    g_autofree char *name = NULL;
    if (!json_get_string(object, "disk_format", &name, error))
        return false;
    return name ? disk_format_parse(name, format, error) : wrong("disk_format", error);
}

static bool read_all(JsonObject *object, Passport *passport, GError **error)
{
    g_autoptr(GPtrArray) sandbox = g_ptr_array_new_with_free_func(g_free);
    if (!get_line(object, "refused", &passport->refused, error) || !read_format(object, &passport->format, error) ||
        !get_size(object, "file_size", &passport->file_size, error) || !get_size(object, "virtual_size", &passport->virtual_size, error) ||
        !get_items(object, "sandbox", sandbox, error))
        return false;
    g_ptr_array_add(sandbox, NULL);
    passport->sandbox = g_strdupv((GStrv)sandbox->pdata);
    return get_line(object, "partition_table", &passport->table, error) &&
           get_objects(object, "partitions", passport, read_partition, error) &&
           get_items(object, "boot_loaders", passport->loaders, error) && get_objects(object, "kernels", passport, read_kernel, error) &&
           get_line(object, "os_distro", &passport->os_distro, error) && get_line(object, "os_version", &passport->os_version, error) &&
           get_line(object, "architecture", &passport->architecture, error) &&
           get_can(object, "cloud_init", &passport->cloud_init, error) && get_can(object, "guest_agent", &passport->guest_agent, error) &&
           get_items(object, "notes", passport->notes, error) && read_ways(object, passport, error);
}

Passport *passport_parse(const char *text, gsize length, const char *source, GError **error)
{
    g_autoptr(JsonNode) root = json_open(text, length, DOCUMENT_MAX, source, FORMAT, error);
    if (!root)
        return NULL;
    g_autoptr(Passport) passport = passport_new();
    if (read_all(json_node_get_object(root), passport, error))
        return g_steal_pointer(&passport);
    g_prefix_error(error, "%s: ", source);
    return NULL;
}
