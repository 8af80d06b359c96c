/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/guest-file.h"

#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/keyfile.h"
#include "common/storage/storage.h"
#include "common/suggest.h"

/* How a key's text becomes a member of Request. */
typedef enum {
    KEY_TEXT,
    KEY_SIZE,   /* guint64, KiB */
    KEY_COUNT,  /* unsigned, 1 or more */
    KEY_NUMBER, /* int, 0 or more */
    KEY_SWITCH, /* int: yes 1, no 0 */
    KEY_LIST,   /* GStrv, separated by commas */
    KEY_NETWORK,
} KeyKind;

typedef struct Key {
    const char *name;
    gsize offset;
    KeyKind kind;
} Key;

/* The only list of what a guest's file may say; docs/guestctl-guest.5.scd is checked against it. */
#define G(key, member, kind) {key, offsetof(Request, member), kind}
static const Key guest_keys[] = {
    G("image", image, KEY_TEXT),
    G("metadata", metadata, KEY_TEXT),
    G("memory", memory_kib, KEY_SIZE),
    G("max-memory", max_memory_kib, KEY_SIZE),
    G("vcpus", vcpus, KEY_COUNT),
    G("max-vcpus", max_vcpus, KEY_COUNT),
    G("vm-mode", mode, KEY_TEXT),
    G("hypervisor-type", hypervisor_type, KEY_TEXT),
    G("kernel", kernel, KEY_TEXT),
    G("ramdisk", ramdisk, KEY_TEXT),
    G("cmdline", cmdline, KEY_TEXT),
    G("firmware", firmware, KEY_TEXT),
    G("machine", machine, KEY_TEXT),
    G("cpu-mode", cpu_mode, KEY_TEXT),
    G("cpu-model", cpu_model, KEY_TEXT),
    G("cpu-flags", cpu_flags, KEY_LIST),
    G("video", video, KEY_TEXT),
    G("graphics", graphics, KEY_TEXT),
    G("watchdog", watchdog, KEY_TEXT),
    G("rng", rng, KEY_TEXT),
    G("guest-agent", guest_agent, KEY_SWITCH),
    G("boot-menu", boot_menu, KEY_SWITCH),
    G("serial-ports", serial_ports, KEY_NUMBER),
    G("on-poweroff", on_poweroff, KEY_TEXT),
    G("on-reboot", on_reboot, KEY_TEXT),
    G("on-crash", on_crash, KEY_TEXT),
    G("autostart", autostart, KEY_SWITCH),
    G("start-order", start_order, KEY_NUMBER),
};

#define D(key, member, kind) {key, offsetof(RequestDisk, member), kind}
static const Key disk_keys[] = {
    D("path", path, KEY_TEXT),
    D("format", format, KEY_TEXT),
    D("device", device, KEY_TEXT),
    D("bus", bus, KEY_TEXT),
    D("target", target, KEY_TEXT),
    D("cache", cache, KEY_TEXT),
    D("read-only", read_only, KEY_SWITCH),
    D("discard", discard, KEY_SWITCH),
    D("storage", storage, KEY_TEXT),
    D("size", size_kib, KEY_SIZE),
    D("kind", kind, KEY_TEXT),
};

#define N(key, member, kind) {key, offsetof(RequestNic, member), kind}
static const Key nic_keys[] = {
    N("bridge", bridge, KEY_TEXT),
    N("network", user, KEY_NETWORK),
    N("model", model, KEY_TEXT),
    N("mac", mac, KEY_TEXT),
};

#define S(key, member, kind) {key, offsetof(RequestSeed, member), kind}
static const Key seed_keys[] = {
    S("seed", kind, KEY_TEXT),
    S("instance-id", instance_id, KEY_TEXT),
    S("hostname", hostname, KEY_TEXT),
    S("user", user, KEY_TEXT),
    S("password-hash", password_hash, KEY_TEXT),
    S("ssh-key", ssh_keys, KEY_LIST),
    S("user-data", user_data, KEY_TEXT),
    S("network-config", network_config, KEY_TEXT),
};

#define I(key, member, kind) {key, offsetof(RequestInject, member), kind}
static const Key inject_keys[] = {
    I("partition", partition, KEY_TEXT),
    I("file", files, KEY_LIST),
    I("hostname", hostname, KEY_TEXT),
    I("user", user, KEY_TEXT),
    I("password-hash", password_hash, KEY_TEXT),
    I("ssh-key", ssh_keys, KEY_LIST),
    I("on-failure", on_failure, KEY_TEXT),
};

static void disk_free(void *data)
{
    RequestDisk *disk = data;
    g_free(disk->name);
    g_free(disk->path);
    g_free(disk->bus);
    g_free(disk->target);
    g_free(disk->format);
    g_free(disk->device);
    g_free(disk->cache);
    g_free(disk->storage);
    g_free(disk->kind);
    g_free(disk->stored);
    storage_disk_free(disk->there);
    g_free(disk);
}

static void nic_free(void *data)
{
    RequestNic *nic = data;
    g_free(nic->name);
    g_free(nic->bridge);
    g_free(nic->model);
    g_free(nic->mac);
    g_free(nic);
}

Request *request_new(void)
{
    Request *request = g_new0(Request, 1);
    request->guest_agent = request->boot_menu = request->serial_ports = -1;
    request->autostart = request->start_order = -1;
    request->disks = g_ptr_array_new_with_free_func(disk_free);
    request->nics = g_ptr_array_new_with_free_func(nic_free);
    return request;
}

static void free_keys(void *base, const Key *keys, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        void *at = (char *)base + keys[i].offset;
        if (keys[i].kind == KEY_TEXT)
            g_free(*(char **)at);
        if (keys[i].kind == KEY_LIST)
            g_strfreev(*(GStrv *)at);
    }
}

static void seed_clear(RequestSeed *seed)
{
    free_keys(seed, seed_keys, G_N_ELEMENTS(seed_keys));
    g_clear_pointer(&seed->keys, g_ptr_array_unref);
    g_clear_pointer(&seed->user_data_bytes, g_bytes_unref);
    g_clear_pointer(&seed->network_config_bytes, g_bytes_unref);
    g_free(seed->path);
}

static void inject_clear(RequestInject *inject)
{
    free_keys(inject, inject_keys, G_N_ELEMENTS(inject_keys));
    g_clear_pointer(&inject->keys, g_ptr_array_unref);
    g_clear_pointer(&inject->contents, g_ptr_array_unref);
    g_free(inject->scratch);
    g_free(inject->cache);
}

void request_free(Request *request)
{
    if (!request)
        return;
    free_keys(request, guest_keys, G_N_ELEMENTS(guest_keys));
    seed_clear(&request->seed);
    inject_clear(&request->inject);
    g_free(request->name);
    g_free(request->definition);
    g_free(request->nvram);
    g_free(request->folder);
    g_free(request->image_kernel);
    g_free(request->image_ramdisk);
    g_ptr_array_unref(request->disks);
    g_ptr_array_unref(request->nics);
    g_free(request);
}

RequestDisk *request_add_disk(Request *request, const char *name)
{
    RequestDisk *disk = g_new0(RequestDisk, 1);
    disk->name = g_strdup(name);
    disk->read_only = disk->discard = -1;
    g_ptr_array_add(request->disks, disk);
    return disk;
}

RequestNic *request_add_nic(Request *request, const char *name)
{
    RequestNic *nic = g_new0(RequestNic, 1);
    nic->name = g_strdup(name);
    g_ptr_array_add(request->nics, nic);
    return nic;
}

static bool whole_number(const char *text, gint64 least, gint64 most, gint64 *number, GError **error)
{
    guint64 parsed;
    if (g_ascii_string_to_unsigned(text, 10, (guint64)least, (guint64)most, &parsed, NULL)) {
        *number = (gint64)parsed;
        return true;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.40s\" is not a whole number from %d to %d", text, (int)least, (int)most);
    return false;
}

static bool yes_or_no(const char *text, int *value, GError **error)
{
    static const char *const yes[] = {"yes", "true", "on", "1", NULL}, *const no[] = {"no", "false", "off", "0", NULL};
    if (g_strv_contains(yes, text) || g_strv_contains(no, text)) {
        *value = g_strv_contains(yes, text);
        return true;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.40s\" is neither yes nor no", text);
    return false;
}

static bool set_list(GStrv *list, const char *text, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 256);
    for (char **part = parts; *part; part++)
        if (!*g_strstrip(*part)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.80s\" has an empty element", text);
            return false;
        }
    g_strfreev(*list);
    *list = g_steal_pointer(&parts);
    return true;
}

static bool set_key(void *base, const Key *key, const char *text, GError **error)
{
    void *at = (char *)base + key->offset;
    gint64 number;
    if (!*text) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the value is empty; leave the line out instead");
        return false;
    }
    switch (key->kind) {
    case KEY_TEXT:
        g_free(*(char **)at);
        *(char **)at = g_strdup(text);
        return true;
    case KEY_SIZE:
        return size_parse_kib(text, at, error);
    case KEY_COUNT:
        if (!whole_number(text, 1, 4096, &number, error))
            return false;
        *(unsigned *)at = (unsigned)number;
        return true;
    case KEY_NUMBER:
        if (!whole_number(text, 0, 1000000, &number, error))
            return false;
        *(int *)at = (int)number;
        return true;
    case KEY_SWITCH:
        return yes_or_no(text, at, error);
    case KEY_LIST:
        return set_list(at, text, error);
    case KEY_NETWORK:
        if (!g_str_equal(text, "user")) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                        "network \"%.40s\" is not known (use user, or bridge = NAME in its place)", text);
            return false;
        }
        *(bool *)at = true;
        return true;
    }
    return false;
}

/* A group kind, its keys, and whether it needs a name. */
static const struct {
    const char *kind;
    const Key *keys;
    gsize n;
    bool named;
} groups[] = {
    {"guest", guest_keys, G_N_ELEMENTS(guest_keys), false},
    {"disk", disk_keys, G_N_ELEMENTS(disk_keys), true},
    {"nic", nic_keys, G_N_ELEMENTS(nic_keys), true},
    {"cloud-init", seed_keys, G_N_ELEMENTS(seed_keys), false},
    {"inject", inject_keys, G_N_ELEMENTS(inject_keys), false},
};

GPtrArray *guest_file_keys(const char *kind)
{
    GPtrArray *names = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        for (gsize k = 0; g_str_equal(groups[i].kind, kind) && k < groups[i].n; k++)
            g_ptr_array_add(names, (gpointer)groups[i].keys[k].name);
    g_ptr_array_add(names, NULL);
    return names;
}

static bool unknown(const char *source, unsigned line, const char *what, const char *word, const char *const *known, GError **error)
{
    const char *nearest = suggest_nearest(word, known);
    g_autofree char *all = g_strjoinv(", ", (char **)known);
    if (nearest)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s:%u: %s \"%s\" is not known; did you mean \"%s\"?", source, line,
                    what, word, nearest);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s:%u: %s \"%s\" is not known (use %s)", source, line, what, word, all);
    return false;
}

bool request_set(void *base, const char *kind, const char *name, const char *value, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(groups); i++)
        for (gsize k = 0; g_str_equal(groups[i].kind, kind) && k < groups[i].n; k++)
            if (g_str_equal(groups[i].keys[k].name, name)) {
                if (set_key(base, &groups[i].keys[k], value, error))
                    return true;
                g_prefix_error(error, "%s: ", name);
                return false;
            }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: [%s] has no such key", name, kind);
    return false;
}

static bool read_group(Request *request, const KeyGroup *group, const char *source, GError **error)
{
    gsize i = 0;
    while (i < G_N_ELEMENTS(groups) && !g_str_equal(groups[i].kind, group->kind))
        i++;
    if (i == G_N_ELEMENTS(groups)) {
        static const char *const kinds[] = {"guest", "disk", "nic", "cloud-init", "inject", NULL};
        return unknown(source, group->line, "group", group->kind, kinds, error);
    }
    if (groups[i].named != !!group->name) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s:%u: write [%s%s]", source, group->line, group->kind,
                    groups[i].named ? " NAME" : "");
        return false;
    }
    bool is_seed = g_str_equal(group->kind, "cloud-init"), is_inject = g_str_equal(group->kind, "inject");
    void *base = g_str_equal(group->kind, "disk")  ? (void *)request_add_disk(request, group->name)
                 : g_str_equal(group->kind, "nic") ? (void *)request_add_nic(request, group->name)
                 : is_seed                         ? (void *)&request->seed
                 : is_inject                       ? (void *)&request->inject
                                                   : (void *)request;
    request->seed.asked |= is_seed;
    request->inject.asked |= is_inject;
    g_autoptr(GPtrArray) names = guest_file_keys(group->kind);
    for (guint k = 0; k < group->entries->len; k++) {
        const KeyEntry *entry = group->entries->pdata[k];
        if (!g_strv_contains((const char *const *)names->pdata, entry->key))
            return unknown(source, entry->line, "key", entry->key, (const char *const *)names->pdata, error);
        if (!request_set(base, group->kind, entry->key, entry->value, error)) {
            g_prefix_error(error, "%s:%u: ", source, entry->line);
            return false;
        }
    }
    return true;
}

Request *guest_file_parse(const char *text, const char *source, const char *name, GError **error)
{
    g_autoptr(GPtrArray) parsed = keyfile_parse(text, strlen(text), source, error);
    if (!parsed)
        return NULL;
    g_autoptr(Request) request = request_new();
    if (name) {
        request->name = g_strdup(name);
    } else {
        g_autofree char *base = g_path_get_basename(source);
        request->name = g_str_has_suffix(base, ".guest") ? g_strndup(base, strlen(base) - strlen(".guest")) : g_strdup(base);
    }
    if (!guest_name_check(request->name, error)) {
        g_prefix_error(error, "%s: ", source);
        return NULL;
    }
    bool has_guest = false;
    for (guint i = 0; i < parsed->len; i++) {
        const KeyGroup *group = parsed->pdata[i];
        has_guest |= g_str_equal(group->kind, "guest");
        if (!read_group(request, group, source, error))
            return NULL;
    }
    if (!has_guest) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: it has no [guest] group, so it is no guest's file", source);
        return NULL;
    }
    return g_steal_pointer(&request);
}

Request *guest_file_load(const char *path, const char *name, GError **error)
{
    gsize length;
    g_autofree char *text = file_read(path, KEYFILE_MAX, &length, error);
    if (!text)
        return NULL;
    if (strlen(text) != length) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: the file holds a NUL byte, so it is no guest's file", path);
        return NULL;
    }
    Request *request = guest_file_parse(text, path, name, error);
    if (request)
        request->definition = g_canonicalize_filename(path, NULL);
    return request;
}
