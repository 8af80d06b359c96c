/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/xml-disk.h"

#include <stdbool.h>

static void disk_free(void *data)
{
    XmlDisk *disk = data;
    g_free(disk->target);
    g_free(disk->format);
    g_free(disk->path);
    g_free(disk);
}

/* What an element of <disk> says of the disk. */
static const struct {
    const char *element, *attribute;
    gsize member;
} sayings[] = {
    {"driver", "type", G_STRUCT_OFFSET(XmlDisk, format)},
    {"source", "file", G_STRUCT_OFFSET(XmlDisk, path)},
    {"source", "dev", G_STRUCT_OFFSET(XmlDisk, path)},
    {"target", "dev", G_STRUCT_OFFSET(XmlDisk, target)},
};

static void note(XmlDisk *disk, const char *element, const char *attribute, const char *value)
{
    for (gsize i = 0; i < G_N_ELEMENTS(sayings); i++) {
        if (!g_str_equal(sayings[i].element, element) || !g_str_equal(sayings[i].attribute, attribute))
            continue;
        char **member = G_STRUCT_MEMBER_P(disk, sayings[i].member);
        g_free(*member);
        *member = g_strdup(value);
    }
}

/* Only what stands in <disk> itself: a <backingStore> or <mirror> in it has a source of its own. */
static void start(GMarkupParseContext *context, const char *name, const char **keys, const char **values, void *data, GError **error)
{
    GPtrArray *disks = data;
    const GSList *stack = g_markup_parse_context_get_element_stack(context);
    const char *parent = stack->next ? stack->next->data : "";
    if (g_str_equal(name, "disk") && g_str_equal(parent, "devices"))
        g_ptr_array_add(disks, g_new0(XmlDisk, 1));
    if (!g_str_equal(parent, "disk") || disks->len == 0)
        return;
    for (gsize i = 0; keys[i]; i++)
        note(disks->pdata[disks->len - 1], name, keys[i], values[i]);
}

GPtrArray *xml_disks(const char *document)
{
    static const GMarkupParser parser = {.start_element = start};
    GPtrArray *disks = g_ptr_array_new_with_free_func(disk_free);
    g_autoptr(GMarkupParseContext) context = g_markup_parse_context_new(&parser, 0, disks, NULL);
    g_markup_parse_context_parse(context, document, -1, NULL);
    return disks;
}
