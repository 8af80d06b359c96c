/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/seed/seed.h"

#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/json.h"

static const char *const kind_names[] = {[SEED_NOCLOUD] = "nocloud", [SEED_CONFIG_DRIVE] = "config-drive"};

const char *seed_kind_name(SeedKind kind)
{
    return kind_names[kind];
}

bool seed_kind_parse(const char *name, SeedKind *kind)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kind_names); i++)
        if (g_str_equal(kind_names[i], name)) {
            *kind = (SeedKind)i;
            return true;
        }
    return false;
}

/* A double-quoted scalar of YAML 1.1, which PyYAML reads: what it does not take as it is stands there as a number. */
static void add_quoted(GString *out, const char *text)
{
    g_string_append_c(out, '"');
    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        bool plain = (u >= 0x20 && u < 0x7f) || (u >= 0xa0 && u != 0x2028 && u != 0x2029 && u != 0xfeff && u < 0xfffe) || u > 0xffff;
        if (u == '"' || u == '\\')
            g_string_append_printf(out, "\\%c", (char)u);
        else if (plain)
            g_string_append_unichar(out, u);
        else
            g_string_append_printf(out, "\\u%04x", u);
    }
    g_string_append_c(out, '"');
}

static void add_pair(GString *out, const char *key, const char *value)
{
    g_string_append_printf(out, "%s: ", key);
    add_quoted(out, value);
    g_string_append_c(out, '\n');
}

/* Keys and host name are metadata, as in every cloud, so that they hold beside user data of any kind. */
static char *nocloud_meta_data(const SeedContent *content)
{
    GString *out = g_string_new(NULL);
    add_pair(out, "instance-id", content->instance_id);
    add_pair(out, "local-hostname", content->hostname);
    if (content->keys->len)
        g_string_append(out, "public-keys:\n");
    for (guint i = 0; i < content->keys->len; i++) {
        g_string_append(out, "  - ");
        add_quoted(out, content->keys->pdata[i]);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

/* nova/api/metadata/base.py: the members that cloud-init reads. */
static char *openstack_meta_data(const SeedContent *content)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "uuid", content->instance_id);
    json_add_string(builder, "name", content->guest);
    json_add_string(builder, "hostname", content->hostname);
    json_add_int(builder, "launch_index", 0);
    if (content->keys->len) {
        json_builder_set_member_name(builder, "public_keys");
        json_builder_begin_object(builder);
        for (guint i = 0; i < content->keys->len; i++) {
            g_autofree char *name = g_strdup_printf("key-%u", i + 1);
            json_add_string(builder, name, content->keys->pdata[i]);
        }
        json_builder_end_object(builder);
    }
    json_builder_end_object(builder);
    return json_finish(builder, true);
}

/* "user" changes the image's default user and leaves the rest of its set-up (groups, sudo, shell) as it is. */
static char *cloud_config(const SeedContent *content)
{
    GString *out = g_string_new("#cloud-config\n");
    if (!content->user && !content->password_hash)
        g_string_append(out, "{}\n");
    else
        g_string_append(out, "user:\n");
    if (content->user)
        add_pair(out, "  name", content->user);
    if (content->password_hash) {
        g_string_append(out, "  lock_passwd: false\n");
        add_pair(out, "  hashed_passwd", content->password_hash);
    }
    if (g_strcmp0(content->user, "root") == 0) /* else its keys only say that another user is to be used */
        g_string_append(out, "disable_root: false\n");
    return g_string_free(out, FALSE);
}

static bool is_plain_text(const char *data, gsize size)
{
    for (gsize i = 0; i < size; i++)
        if ((guchar)data[i] < ' ' && data[i] != '\n' && data[i] != '\t')
            return false;
    return g_utf8_validate(data, (gssize)size, NULL);
}

static void add_file(GString *out, const char *path, GBytes *bytes)
{
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    bool plain = is_plain_text(data ? data : "", size);
    g_autofree char *encoded = plain ? NULL : g_base64_encode((const guchar *)data, size);
    if (!plain) {
        data = encoded;
        size = strlen(encoded);
    }
    g_string_append_printf(out, "--- %s %" G_GSIZE_FORMAT "%s\n", path, size, plain ? "" : " base64");
    g_string_append_len(out, data, (gssize)size);
    if (size > 0 && data[size - 1] != '\n')
        g_string_append_c(out, '\n');
}

static void add_text_file(GString *out, const char *path, char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new_take(text, strlen(text));
    add_file(out, path, bytes);
}

static const struct {
    const char *label, *meta_data, *user_data, *network;
} layouts[] = {
    [SEED_NOCLOUD] = {"cidata", "meta-data", "user-data", "network-config"},
    [SEED_CONFIG_DRIVE] = {"config-2", "openstack/latest/meta_data.json", "openstack/latest/user_data", "openstack/latest/network_data.json"},
};

char *seed_text(const SeedContent *content)
{
    bool nocloud = content->kind == SEED_NOCLOUD;
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "cloud-init %s\n", kind_names[content->kind]);
    add_text_file(out, layouts[content->kind].meta_data, nocloud ? nocloud_meta_data(content) : openstack_meta_data(content));
    if (content->user_data)
        add_file(out, layouts[content->kind].user_data, content->user_data);
    else
        add_text_file(out, layouts[content->kind].user_data, cloud_config(content));
    if (content->network_config)
        add_file(out, layouts[content->kind].network, content->network_config);
    return g_string_free(out, FALSE);
}

static void file_free(void *data)
{
    SeedFile *file = data;
    g_free(file->path);
    g_bytes_unref(file->bytes);
    g_free(file);
}

void seed_free(Seed *seed)
{
    if (!seed)
        return;
    g_ptr_array_unref(seed->files);
    g_free(seed);
}

/* "--- PATH BYTES[ base64]" and what follows it. *at is left behind it. */
static SeedFile *parse_file(const char **at)
{
    const char *end = strchr(*at, '\n');
    g_autofree char *line = end ? g_strndup(*at, (gsize)(end - *at)) : g_strdup("");
    g_auto(GStrv) words = g_strsplit(line, " ", 5);
    guint count = g_strv_length(words);
    guint64 size;
    bool base64 = count == 4 && g_str_equal(words[3], "base64");
    if ((count != 3 && !base64) || !g_str_equal(words[0], "---") || !*words[1] ||
        !g_ascii_string_to_unsigned(words[2], 10, 0, strlen(end + 1), &size, NULL))
        return NULL;
    const char *data = end + 1;
    *at = data + size;
    if (size > 0 && data[size - 1] != '\n' && *(*at)++ != '\n')
        return NULL;
    SeedFile *file = g_new0(SeedFile, 1);
    file->path = g_strdup(words[1]);
    g_autofree char *text = g_strndup(data, size);
    gsize length = size;
    guchar *bytes = base64 ? g_base64_decode(text, &length) : (guchar *)g_steal_pointer(&text);
    file->bytes = g_bytes_new_take(bytes, length);
    return file;
}

Seed *seed_parse(const char *text, GError **error)
{
    g_autoptr(Seed) seed = g_new0(Seed, 1);
    seed->files = g_ptr_array_new_with_free_func(file_free);
    const char *end = strchr(text, '\n');
    g_autofree char *first = end ? g_strndup(text, (gsize)(end - text)) : g_strdup("");
    bool good = g_str_has_prefix(first, "cloud-init ") && seed_kind_parse(first + strlen("cloud-init "), &seed->kind);
    for (const char *at = good ? end + 1 : ""; good && *at;) {
        SeedFile *file = parse_file(&at);
        good = file != NULL;
        if (file)
            g_ptr_array_add(seed->files, file);
    }
    if (good && seed->files->len)
        return g_steal_pointer(&seed);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the text of the cloud-init seed is damaged; plan the guest again");
    return NULL;
}

bool seed_write(const char *text, const char *path, GError **error)
{
    g_autoptr(Seed) seed = seed_parse(text, error);
    g_autoptr(GBytes) iso = seed ? seed_iso(seed, error) : NULL;
    if (iso && file_write_bytes(path, g_bytes_get_data(iso, NULL), g_bytes_get_size(iso), 0600, error))
        return true;
    g_prefix_error(error, "the cloud-init seed cannot be made: ");
    return false;
}
