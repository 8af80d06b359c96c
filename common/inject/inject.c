/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/inject/inject.h"

#include <string.h>

#include "common/error.h"
#include "common/json.h"
#include "common/storage/storage.h"

#define FORMAT "guestctl-inject/1"
#define PATH_LENGTH_MAX 1023

enum { DOCUMENT_MAX = 3 * 1024 * 1024 };

void inject_file_free(void *data)
{
    InjectFile *file = data;
    g_free(file->path);
    g_bytes_unref(file->bytes);
    g_free(file);
}

Inject *inject_new(void)
{
    Inject *inject = g_new0(Inject, 1);
    inject->files = g_ptr_array_new_with_free_func(inject_file_free);
    return inject;
}

/* The members that are text. */
static const struct {
    const char *name;
    gsize at;
    bool needed;
} texts[] = {
    {"guest", offsetof(Inject, guest), true},
    {"disk", offsetof(Inject, disk), true},
    {"storage", offsetof(Inject, storage), true},
    {"path", offsetof(Inject, path), true},
    {"ceph_conf", offsetof(Inject, ceph_conf), false},
    {"rbd_user", offsetof(Inject, rbd_user), false},
    {"scratch", offsetof(Inject, scratch), true},
    {"cache", offsetof(Inject, cache), true},
    {"user", offsetof(Inject, user), true},
    {"hostname", offsetof(Inject, hostname), false},
    {"password_hash", offsetof(Inject, password_hash), false},
};

void inject_free(Inject *inject)
{
    if (!inject)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(G_STRUCT_MEMBER(char *, inject, texts[i].at));
    g_strfreev(inject->keys);
    g_ptr_array_unref(inject->files);
    g_free(inject);
}

static const struct {
    int partition;
    const char *name, *nova;
} partitions[] = {{INJECT_INSPECT, "inspect", "-1"}, {INJECT_DISABLED, "none", "-2"}, {INJECT_WHOLE, "whole", "0"}};

bool inject_partition_parse(const char *word, int *partition, GError **error)
{
    guint64 number;
    for (gsize i = 0; i < G_N_ELEMENTS(partitions); i++)
        if (g_str_equal(word, partitions[i].name) || g_str_equal(word, partitions[i].nova)) {
            *partition = partitions[i].partition;
            return true;
        }
    if (g_ascii_string_to_unsigned(word, 10, 1, INJECT_PARTITION_MAX, &number, NULL)) {
        *partition = (int)number;
        return true;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "partition \"%.40s\" is not known (use inspect, none, whole or a number from 1 to %d; nova's -1, -2 and 0 are the first three)", word,
                INJECT_PARTITION_MAX);
    return false;
}

char *inject_partition_text(int partition)
{
    for (gsize i = 0; i < G_N_ELEMENTS(partitions); i++)
        if (partitions[i].partition == partition)
            return g_strdup(partitions[i].name);
    return g_strdup_printf("%d", partition);
}

bool inject_path_check(const char *path, GError **error)
{
    g_autofree char *plain = g_path_is_absolute(path) ? g_canonicalize_filename(path, "/") : NULL;
    bool good = plain && g_str_equal(plain, path) && path[1] && strlen(path) <= PATH_LENGTH_MAX && g_utf8_validate(path, -1, NULL);
    for (const char *c = path; *c; c++)
        good &= !g_ascii_iscntrl(*c);
    if (!good)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.80s\" names no file in the guest; write its whole path from /, without .. in it", path);
    return good;
}

static bool is_plain_text(const char *data, gsize size)
{
    for (gsize i = 0; i < size; i++)
        if ((guchar)data[i] < ' ' && data[i] != '\n' && data[i] != '\t')
            return false;
    return g_utf8_validate(data, (gssize)size, NULL);
}

static void add_file(JsonBuilder *builder, const InjectFile *file)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(file->bytes, &size);
    bool plain = is_plain_text(data ? data : "", size);
    g_autofree char *text = plain ? g_strndup(data ? data : "", size) : g_base64_encode((const guchar *)data, size);
    g_autofree char *mode = g_strdup_printf("%04o", file->mode);
    json_builder_begin_object(builder);
    json_add_string(builder, "path", file->path);
    json_add_string(builder, "mode", mode);
    json_add_string(builder, plain ? "text" : "base64", text);
    json_builder_end_object(builder);
}

char *inject_to_json(const Inject *inject)
{
    g_autofree char *partition = inject_partition_text(inject->partition);
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", FORMAT);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = G_STRUCT_MEMBER(char *, inject, texts[i].at);
        if (text)
            json_add_string(builder, texts[i].name, text);
    }
    json_add_string(builder, "disk_format", disk_format_name(inject->format));
    json_add_string(builder, "partition", partition);
    json_add_bool(builder, "kvm", inject->kvm);
    json_add_bool(builder, "continue_on_failure", inject->carry_on);
    if (inject->keys && *inject->keys)
        json_add_strings(builder, "ssh_keys", (const char *const *)inject->keys);
    json_builder_set_member_name(builder, "files");
    json_builder_begin_array(builder);
    for (guint i = 0; i < inject->files->len; i++)
        add_file(builder, inject->files->pdata[i]);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    return json_finish(builder, true);
}

static bool invalid(GError **error, const char *what)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s", what);
    return false;
}

static bool read_file(JsonNode *node, GPtrArray *files, GError **error)
{
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return invalid(error, "a file must be an object");
    JsonObject *object = json_node_get_object(node);
    g_autofree char *path = NULL, *mode = NULL, *text = NULL, *base64 = NULL;
    guint64 bits = 0;
    if (!json_get_string(object, "path", &path, error) || !json_get_string(object, "mode", &mode, error) ||
        !json_get_string(object, "text", &text, error) || !json_get_string(object, "base64", &base64, error))
        return false;
    if (!path || !mode || !text == !base64 || !g_ascii_string_to_unsigned(mode, 8, 0, 07777, &bits, NULL))
        return invalid(error, "a file needs a path, a mode, and text or base64");
    if (!inject_path_check(path, error))
        return false;
    gsize size = text ? strlen(text) : 0;
    guchar *data = text ? (guchar *)g_steal_pointer(&text) : g_base64_decode(base64, &size);
    InjectFile *file = g_new0(InjectFile, 1);
    file->path = g_steal_pointer(&path);
    file->mode = (unsigned)bits;
    file->bytes = g_bytes_new_take(data, size);
    g_ptr_array_add(files, file);
    return true;
}

static bool read_files(JsonObject *object, Inject *inject, GError **error)
{
    JsonNode *node = json_object_get_member(object, "files");
    if (!node || !JSON_NODE_HOLDS_ARRAY(node))
        return invalid(error, "files are missing");
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++)
        if (!read_file(json_array_get_element(array, i), inject->files, error))
            return false;
    return true;
}

static bool read_members(JsonObject *object, Inject *inject, GError **error)
{
    g_autofree char *partition = NULL, *format = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        char **text = &G_STRUCT_MEMBER(char *, inject, texts[i].at);
        if (!json_get_string(object, texts[i].name, text, error))
            return false;
        if (texts[i].needed && !*text)
            return invalid(error, "a member is missing");
    }
    if (!json_get_string(object, "partition", &partition, error) || !json_get_string(object, "disk_format", &format, error) ||
        !json_get_bool(object, "kvm", &inject->kvm, error) || !json_get_bool(object, "continue_on_failure", &inject->carry_on, error) ||
        !json_get_strings(object, "ssh_keys", &inject->keys, error) || !inject_partition_parse(partition ? partition : "", &inject->partition, error) ||
        !disk_format_parse(format ? format : "", &inject->format, error))
        return false;
    if (inject->partition == INJECT_DISABLED || !storage_driver(inject->storage) || !storage_qemu_format(inject->format))
        return invalid(error, "partition, storage or disk_format is none that this guestctl injects into");
    return true;
}

Inject *inject_parse(const char *text, GError **error)
{
    g_autoptr(JsonNode) root = json_open(text, strlen(text), DOCUMENT_MAX, "what is to be put into the disk", FORMAT, error);
    if (!root)
        return NULL;
    JsonObject *object = json_node_get_object(root);
    g_autoptr(Inject) inject = inject_new();
    if (read_members(object, inject, error) && read_files(object, inject, error))
        return g_steal_pointer(&inject);
    g_prefix_error(error, "what is to be put into the disk: ");
    return NULL;
}

/* A value among QEMU's options: a comma is written twice. */
static void add_option(GString *words, const char *name, const char *value)
{
    g_auto(GStrv) parts = g_strsplit(value, ",", -1);
    g_autofree char *escaped = g_strjoinv(",,", parts);
    g_string_append_printf(words, ",%s=%s", name, escaped);
}

GStrv inject_nbd_words(const Inject *inject)
{
    bool rbd = g_strcmp0(storage_driver(inject->storage)->protocol, "rbd") == 0;
    const char *slash = rbd ? strchr(inject->path, '/') : NULL;
    const char *format = storage_qemu_format(inject->format);
    GString *image = g_string_new(rbd ? "driver=raw" : NULL);
    if (slash) {
        g_autofree char *pool = g_strndup(inject->path, (gsize)(slash - inject->path));
        g_string_append(image, ",file.driver=rbd");
        add_option(image, "file.pool", pool);
        add_option(image, "file.image", slash + 1);
        if (inject->ceph_conf)
            add_option(image, "file.conf", inject->ceph_conf);
        if (inject->rbd_user)
            add_option(image, "file.user", inject->rbd_user);
    } else {
        const bool block = storage_driver(inject->storage)->block;
        g_string_printf(image, "driver=%s,file.driver=%s", format, block ? "host_device" : "file");
        add_option(image, "file.filename", inject->path);
    }
    GPtrArray *words = g_ptr_array_new();
    g_ptr_array_add(words, g_strdup("--cache=writeback"));
    g_ptr_array_add(words, g_strdup("--image-opts"));
    g_ptr_array_add(words, g_string_free(image, FALSE));
    g_ptr_array_add(words, NULL);
    return (GStrv)g_ptr_array_free(words, FALSE);
}
