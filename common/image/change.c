/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/image/document.h"
#include "common/image/property.h"
#include "common/json-strict.h"
#include "common/json.h"
#include "common/suggest.h"

enum { NAME_MAX_BYTES = 255, VALUE_MAX_BYTES = 4096 };

static void free_change(gpointer data)
{
    ImageChange *change = data;
    g_free(change->name);
    g_free(change->value);
    g_free(change);
}

GPtrArray *image_changes_new(void)
{
    return g_ptr_array_new_with_free_func(free_change);
}

/* Glance's own fields that say something of the guest, not of the content or of who owns it. */
static bool can_be_changed(const char *field)
{
    return g_str_equal(field, "min_ram") || g_str_equal(field, "min_disk");
}

/* One property may have two names. */
static bool same_property(const char *a, const char *b)
{
    const ImagePropertyRule *rule = image_property_find(a, NULL);
    return g_str_equal(a, b) || (rule && rule == image_property_find(b, NULL) && rule->legacy);
}

static void take_away(GPtrArray *given, const char *name)
{
    for (guint i = given->len; i > 0; i--)
        if (same_property(name, ((const ImageProperty *)given->pdata[i - 1])->given_name))
            g_ptr_array_remove_index(given, i - 1);
}

void image_changes_apply(const GPtrArray *changes, ImageMeta *meta, GPtrArray *given)
{
    for (guint i = 0; i < changes->len; i++) {
        const ImageChange *change = changes->pdata[i];
        g_autofree char *why = NULL;
        if (can_be_changed(change->name)) {
            image_field_from_text(meta, change->name, change->value ? change->value : "0", &why);
            continue;
        }
        take_away(given, change->name);
        if (change->value)
            g_ptr_array_add(given, image_property_new(NULL, NULL, change->name, change->value));
    }
}

static bool refuse(GError **error, const char *name, const char *why)
{
    g_autofree char *shown = json_strict_shown(name, strlen(name));
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "property \"%s\": %s", shown, why);
    return false;
}

static bool check_name(const char *name, GError **error)
{
    gsize length = strlen(name);
    if (length == 0 || length > NAME_MAX_BYTES || !g_utf8_validate(name, -1, NULL) || strpbrk(name, " \t\r\n\"'="))
        return refuse(error, name, "a name has 1 to 255 bytes, without blanks, quotes and \"=\"");
    return true;
}

static bool check_core(const char *name, const char *value, GError **error)
{
    g_autoptr(ImageMeta) scratch = image_meta_new();
    g_autofree char *why = NULL;
    if (!can_be_changed(name))
        return refuse(error, name, g_str_equal(name, "name") ? "an image's name is not a property; use --name"
                                                             : "it is the image service's own field and tells of the content; it cannot be changed here");
    return !value || image_field_from_text(scratch, name, value, &why) == IMAGE_FIELD_DONE || refuse(error, name, why);
}

static bool check_custom(const char *name, const char *value, char **notice, GError **error)
{
    const ImagePropertyRule *rule = image_property_find(name, NULL);
    if (!rule) {
        const char *nearest = suggest_nearest(name, image_property_names());
        *notice = g_strdup_printf("property \"%s\" is not known%s%s; it is kept and not used", name, nearest ? "; did you mean " : "", nearest ? nearest : "");
        return true;
    }
    g_auto(ImagePropertyResult) result = image_property_check(rule, name, value);
    if (!result.canonical) { /* it names the property itself */
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s", result.problem);
        return false;
    }
    *notice = g_steal_pointer(&result.notice);
    return true;
}

void image_changes_add_json(JsonBuilder *builder, const GPtrArray *changes)
{
    json_builder_set_member_name(builder, "changes");
    json_builder_begin_object(builder);
    for (guint i = 0; i < changes->len; i++) {
        const ImageChange *change = changes->pdata[i];
        json_add_string(builder, change->name, change->value);
    }
    json_builder_end_object(builder);
}

bool image_changes_have(const GPtrArray *changes, const char *name)
{
    for (guint i = 0; i < changes->len; i++)
        if (same_property(name, ((const ImageChange *)changes->pdata[i])->name))
            return true;
    return false;
}

bool image_change_add(GPtrArray *changes, const char *name, const char *value, char **notice, GError **error)
{
    g_autoptr(ImageMeta) scratch = image_meta_new();
    g_autofree char *why = NULL, *said = NULL;
    if (!check_name(name, error))
        return false;
    if (value && (strlen(value) > VALUE_MAX_BYTES || !g_utf8_validate(value, -1, NULL)))
        return refuse(error, name, "a value is UTF-8 text of at most 4096 bytes");
    bool custom = image_field_from_text(scratch, name, "", &why) == IMAGE_FIELD_CUSTOM;
    if (custom ? value && !check_custom(name, value, &said, error) : !check_core(name, value, error))
        return false;
    for (guint i = changes->len; i > 0; i--)
        if (same_property(name, ((const ImageChange *)changes->pdata[i - 1])->name))
            g_ptr_array_remove_index(changes, i - 1);
    ImageChange *change = g_new0(ImageChange, 1);
    *change = (ImageChange){g_strdup(name), g_strdup(value)};
    g_ptr_array_add(changes, change);
    *notice = g_steal_pointer(&said);
    return true;
}
