/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/document.h"
#include "common/image/property.h"
#include "common/json-strict.h"
#include "common/suggest.h"

#include <string.h>

/* From the custom properties as they came to current names and canonical values, as nova's
 * ImageMetaProps.from_dict() does it, and what is worth saying on the way. */

G_GNUC_PRINTF(2, 3)
static void warn(ImageMeta *meta, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(meta->warnings, g_strdup_vprintf(format, args));
    va_end(args);
}

static void drop(ImageMeta *meta, const char *name)
{
    const ImageProperty *old = image_meta_find(meta, name);
    if (old)
        g_ptr_array_remove(meta->properties, (gpointer)(guintptr)old);
}

static void set(ImageMeta *meta, const char *name, const char *value, const ImageProperty *given)
{
    drop(meta, name);
    g_ptr_array_add(meta->properties, image_property_new(name, value, given->given_name, given->given_value));
}

/* Check one property and store it under CURRENT_NAME when nova would take it. */
static void take(ImageMeta *meta, const ImagePropertyRule *rule, const char *current_name, const ImageProperty *given)
{
    g_auto(ImagePropertyResult) result = image_property_check(rule, given->given_name, given->given_value);
    if (result.notice)
        g_ptr_array_add(meta->warnings, g_steal_pointer(&result.notice));
    drop(meta, current_name); /* a wrong current value does not let the older name's through */
    if (result.canonical)
        set(meta, current_name, result.canonical, given);
    else
        g_ptr_array_add(meta->problems, g_steal_pointer(&result.problem));
}

static const ImageProperty *find_given(const GPtrArray *given, const char *name)
{
    for (guint i = 0; i < given->len; i++) {
        const ImageProperty *property = given->pdata[i];
        if (g_str_equal(property->given_name, name))
            return property;
    }
    return NULL;
}

static void take_legacy(ImageMeta *meta, const GPtrArray *given)
{
    for (guint i = 0; i < given->len; i++) {
        const ImageProperty *property = given->pdata[i];
        bool legacy = false;
        const ImagePropertyRule *rule = image_property_find(property->given_name, &legacy);
        if (!rule || !legacy)
            continue;
        take(meta, rule, rule->name, property);
        if (find_given(given, rule->name))
            warn(meta, "\"%s\" and its older name \"%s\" are both set: \"%s\" counts", rule->name, rule->legacy, rule->name);
        else
            warn(meta, "\"%s\" is the older name of \"%s\"", rule->legacy, rule->name);
    }
}

/* One old property of VMware's that is two new ones: the bus, and the controller unless it is ide
 * (nova image_meta.py:513-518). An empty one is none. */
static void take_adaptertype(ImageMeta *meta, const GPtrArray *given)
{
    const ImageProperty *property = find_given(given, "vmware_adaptertype");
    if (!property || *property->given_value == '\0')
        return;
    bool ide = g_str_equal(property->given_value, "ide");
    set(meta, "hw_disk_bus", ide ? "ide" : "scsi", property);
    if (!ide)
        take(meta, image_property_find("hw_scsi_model", NULL), "hw_scsi_model", property);
    warn(meta, "\"vmware_adaptertype\" is the older name of \"hw_disk_bus\" and \"hw_scsi_model\"");
}

/* Comparing names takes time, and a document of strangers may hold thousands of them. */
enum { UNKNOWN_WARNINGS_MAX = 32 };

static void take_unknown(ImageMeta *meta, const ImageProperty *property)
{
    const char *name = property->given_name, *value = property->given_value;
    g_ptr_array_add(meta->unknown, image_property_new(name, value, name, value));
    if (meta->unknown->len > UNKNOWN_WARNINGS_MAX)
        return;
    g_autofree char *shown = json_strict_shown(name, strlen(name));
    const char *near = suggest_nearest(name, image_property_names());
    if (near)
        warn(meta, "property \"%s\" is not known; did you mean \"%s\"?", shown, near);
    else
        warn(meta, "property \"%s\" is not known", shown);
}

/* nova counts the nodes from 0 and stops at the first that is missing; it never looks at those behind
 * (image_meta.py:520-547). */
static bool is_behind_gap(const GPtrArray *given, const char *name)
{
    const char *dot = strchr(name, '.');
    if (!g_str_has_prefix(name, "hw_numa_") || !dot)
        return false;
    guint64 node = g_ascii_strtoull(dot + 1, NULL, 10);
    for (guint64 i = 0; i < node; i++) {
        g_autofree char *before = g_strdup_printf("%.*s.%" G_GUINT64_FORMAT, (int)(dot - name), name, i);
        if (!find_given(given, before))
            return true;
    }
    return false;
}

static void take_current(ImageMeta *meta, const GPtrArray *given)
{
    for (guint i = 0; i < given->len; i++) {
        const ImageProperty *property = given->pdata[i];
        bool legacy = false;
        const ImagePropertyRule *rule = image_property_find(property->given_name, &legacy);
        if (!rule && !g_str_equal(property->given_name, "vmware_adaptertype"))
            take_unknown(meta, property);
        else if (rule && !legacy && is_behind_gap(given, property->given_name))
            warn(meta, "\"%s\" is ignored, as in nova: the nodes before it are not all there", property->given_name);
        else if (rule && !legacy)
            take(meta, rule, property->given_name, property);
    }
    if (meta->unknown->len > UNKNOWN_WARNINGS_MAX)
        warn(meta, "and %u more properties are not known", meta->unknown->len - UNKNOWN_WARNINGS_MAX);
}

/* The name of a known property that slipped into a value, as in "xen vm_mode=hvm", or NULL. */
static char *slipped_name(const char *value)
{
    if (!strchr(value, '='))
        return NULL;
    g_auto(GStrv) words = g_strsplit_set(value, " ,", -1);
    for (gsize i = 1; words[0] && words[i]; i++) {
        char *equals = strchr(words[i], '=');
        if (equals && equals != words[i]) {
            g_autofree char *name = g_strndup(words[i], (gsize)(equals - words[i]));
            if (image_property_find(name, NULL))
                return g_steal_pointer(&name);
        }
    }
    return NULL;
}

static void explain_slipped(ImageMeta *meta, const GPtrArray *given)
{
    for (guint i = 0; i < given->len; i++) {
        const ImageProperty *property = given->pdata[i];
        g_autofree char *slipped = slipped_name(property->given_value);
        if (!slipped || g_str_equal(property->given_name, "os_command_line"))
            continue;
        g_autofree char *shown = json_strict_shown(property->given_name, strlen(property->given_name));
        warn(meta, "the value of \"%s\" holds \"%s=\" too: two properties were written as one; "
             "openstack image set takes one --property for each", shown, slipped);
    }
}

/* The well-known guide to Xen with libvirt writes "openstack image set --property
 * hypervisor_type=xen vm_mode=hvm IMAGE"; the client sets the first and takes the second for an image. */
static void explain_missing_mode(ImageMeta *meta, const GPtrArray *given)
{
    if (g_strcmp0(image_meta_get(meta, "img_hv_type"), "xen") != 0 || find_given(given, "vm_mode") || find_given(given, "hw_vm_mode"))
        return;
    warn(meta, "hypervisor_type is xen but vm_mode is not set. The command in OpenStack's Xen guide, \"openstack image set --property "
         "hypervisor_type=xen vm_mode=hvm IMAGE\", sets only the first: if that was used, repeat it as \"openstack image set "
         "--property hypervisor_type=xen --property vm_mode=hvm IMAGE\"");
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const ImageProperty *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

void image_fold(ImageMeta *meta, const GPtrArray *given)
{
    /* nova's order: what comes later replaces what came before. */
    take_legacy(meta, given);
    take_adaptertype(meta, given);
    take_current(meta, given);
    explain_slipped(meta, given);
    explain_missing_mode(meta, given);
    g_ptr_array_sort(meta->properties, by_name);
    g_ptr_array_sort(meta->unknown, by_name);
}
