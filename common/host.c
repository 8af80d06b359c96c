/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/host.h"

#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/json.h"
#include "common/suggest.h"

typedef enum { KIND_STRING, KIND_STRINGS, KIND_BOOL, KIND_UINT, KIND_UINT64 } Kind;

typedef struct Field {
    const char *name;
    gsize offset;
    Kind kind;
} Field;

/* The only list of what a host file holds, one table for each of its objects. */
#define FIELD(label, member, kind) {label, offsetof(Host, member), kind}
static const Field machine_fields[] = {
    FIELD("name", name, KIND_STRING),
    FIELD("arch", arch, KIND_STRING),
    FIELD("cpu_vendor", cpu_vendor, KIND_STRING),
    FIELD("cpu_model", cpu_model, KIND_STRING),
    FIELD("cpu_flags", cpu_flags, KIND_STRINGS),
    FIELD("cpus", cpus, KIND_UINT),
    FIELD("numa_nodes", numa_nodes, KIND_UINT),
    FIELD("memory_kib", memory_kib, KIND_UINT64),
    FIELD("free_memory_kib", free_memory_kib, KIND_UINT64),
    FIELD("bridges", bridges, KIND_STRINGS),
    FIELD("identity_seed", identity_seed, KIND_STRING),
    {NULL, 0, KIND_STRING},
};
static const Field xen_fields[] = {
    FIELD("usable", xen.usable, KIND_BOOL),
    FIELD("reason", xen.reason, KIND_STRING),
    FIELD("version", xen.version, KIND_STRING),
    FIELD("command_line", xen.command_line, KIND_STRING),
    FIELD("caps", xen.caps, KIND_STRING),
    FIELD("pv", xen.pv, KIND_BOOL),
    FIELD("pvh", xen.pvh, KIND_BOOL),
    FIELD("hvm", xen.hvm, KIND_BOOL),
    FIELD("hap", xen.hap, KIND_BOOL),
    FIELD("shadow", xen.shadow, KIND_BOOL),
    FIELD("iommu", xen.iommu, KIND_BOOL),
    FIELD("scheduler", xen.scheduler, KIND_STRING),
    FIELD("toolstack", xen.toolstack, KIND_STRING),
    FIELD("pvgrub", xen.pvgrub, KIND_STRING),
    FIELD("pvhgrub", xen.pvhgrub, KIND_STRING),
    FIELD("ovmf", xen.ovmf, KIND_STRING),
    FIELD("device_model", xen.device_model, KIND_STRING),
    {NULL, 0, KIND_STRING},
};
static const Field kvm_fields[] = {
    FIELD("usable", kvm.usable, KIND_BOOL),
    FIELD("reason", kvm.reason, KIND_STRING),
    FIELD("kvm_works", kvm.kvm_works, KIND_BOOL),
    FIELD("kvm_reason", kvm.kvm_reason, KIND_STRING),
    FIELD("libvirt_version", kvm.libvirt_version, KIND_STRING),
    FIELD("qemu_version", kvm.qemu_version, KIND_STRING),
    FIELD("emulator", kvm.emulator, KIND_STRING),
    FIELD("uri", kvm.uri, KIND_STRING),
    FIELD("ovmf_code", kvm.ovmf_code, KIND_STRING),
    FIELD("ovmf_vars", kvm.ovmf_vars, KIND_STRING),
    FIELD("ovmf_code_secure", kvm.ovmf_code_secure, KIND_STRING),
    FIELD("ovmf_vars_secure", kvm.ovmf_vars_secure, KIND_STRING),
    FIELD("user", kvm.user, KIND_STRING),
    {NULL, 0, KIND_STRING},
};

static const struct {
    const char *object; /* NULL: the document itself */
    const Field *fields;
} objects[] = {{NULL, machine_fields}, {"xen", xen_fields}, {"kvm", kvm_fields}};

Host *host_new(void)
{
    Host *host = g_new0(Host, 1);
    host->cpu_flags = g_new0(char *, 1);
    host->bridges = g_new0(char *, 1);
    return host;
}

void host_free(Host *host)
{
    if (!host)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(objects); i++)
        for (const Field *field = objects[i].fields; field->name; field++) {
            void *at = (char *)host + field->offset;
            if (field->kind == KIND_STRING)
                g_free(*(char **)at);
            if (field->kind == KIND_STRINGS)
                g_strfreev(*(GStrv *)at);
        }
    g_free(host);
}

static void write_fields(JsonBuilder *builder, const Host *host, const Field *field)
{
    for (; field->name; field++) {
        const void *at = (const char *)host + field->offset;
        switch (field->kind) {
        case KIND_STRING:
            json_add_string(builder, field->name, *(char *const *)at);
            break;
        case KIND_STRINGS:
            json_add_strings(builder, field->name, (const char *const *)*(const GStrv *)at);
            break;
        case KIND_BOOL:
            json_add_bool(builder, field->name, *(const bool *)at);
            break;
        case KIND_UINT:
            json_add_int(builder, field->name, *(const unsigned *)at);
            break;
        case KIND_UINT64:
            json_add_int(builder, field->name, (gint64) * (const guint64 *)at);
            break;
        }
    }
}

char *host_to_json(const Host *host)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-host/1");
    for (gsize i = 0; i < G_N_ELEMENTS(objects); i++) {
        if (objects[i].object) {
            json_builder_set_member_name(builder, objects[i].object);
            json_builder_begin_object(builder);
        }
        write_fields(builder, host, objects[i].fields);
        if (objects[i].object)
            json_builder_end_object(builder);
    }
    json_builder_end_object(builder);
    return json_finish(builder, true);
}

static bool read_field(JsonObject *object, Host *host, const Field *field, GError **error)
{
    void *at = (char *)host + field->offset;
    guint64 number = 0;
    switch (field->kind) {
    case KIND_STRING:
        return json_get_string(object, field->name, at, error);
    case KIND_STRINGS:
        return json_get_strings(object, field->name, at, error);
    case KIND_BOOL:
        return json_get_bool(object, field->name, at, error);
    case KIND_UINT:
        if (!json_get_uint(object, field->name, &number, error))
            return false;
        *(unsigned *)at = (unsigned)MIN(number, G_MAXUINT);
        return true;
    case KIND_UINT64:
        return json_get_uint(object, field->name, at, error);
    }
    return false;
}

static bool known_member(const char *name, const Field *fields, bool top)
{
    if (top && (g_str_equal(name, "format") || g_str_equal(name, "xen") || g_str_equal(name, "kvm")))
        return true;
    for (; fields->name; fields++)
        if (g_str_equal(fields->name, name))
            return true;
    return false;
}

static bool read_fields(JsonObject *object, Host *host, const Field *fields, bool top, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const Field *field = fields; field->name; field++) {
        g_ptr_array_add(names, (gpointer)field->name);
        if (!read_field(object, host, field, error))
            return false;
    }
    g_ptr_array_add(names, NULL);

    g_autoptr(GList) members = json_object_get_members(object);
    for (GList *at = members; at; at = at->next)
        if (!known_member(at->data, fields, top)) {
            const char *nearest = suggest_nearest(at->data, (const char *const *)names->pdata);
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%s\" is not known%s%s%s", (const char *)at->data,
                        nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
            return false;
        }
    return true;
}

Host *host_parse(const char *text, const char *source, GError **error)
{
    g_autoptr(JsonNode) root = json_open(text, strlen(text), 1024 * 1024, source, "guestctl-host/1", error);
    if (!root)
        return NULL;
    g_autoptr(Host) host = host_new();
    for (gsize i = 0; i < G_N_ELEMENTS(objects); i++) {
        JsonObject *object = json_node_get_object(root);
        const char *name = objects[i].object;
        if (name) {
            JsonNode *node = json_object_get_member(object, name);
            if (!node || !JSON_NODE_HOLDS_OBJECT(node)) {
                g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: \"%s\" must be an object", source, name);
                return NULL;
            }
            object = json_node_get_object(node);
        }
        if (!read_fields(object, host, objects[i].fields, !name, error)) {
            g_prefix_error(error, "%s: %s%s", source, name ? name : "", name ? ": " : "");
            return NULL;
        }
    }
    if (!host->arch || !host->identity_seed) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: a host needs arch and identity_seed", source);
        return NULL;
    }
    return g_steal_pointer(&host);
}

Host *host_load(const char *path, GError **error)
{
    g_autofree char *text = file_read(path, 1024 * 1024, NULL, error);
    return text ? host_parse(text, path, error) : NULL;
}

const char *host_best_backend(const Host *host, GError **error)
{
    if (host->xen.usable)
        return "xen";
    if (host->kvm.usable)
        return host->kvm.kvm_works ? "kvm" : "qemu";
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                "no hypervisor can be used here: Xen: %s; KVM and QEMU: %s", host->xen.reason ? host->xen.reason : "not built in",
                host->kvm.reason ? host->kvm.reason : "not built in");
    return NULL;
}

const char *host_doubt(const Host *host, const char *backend)
{
    if (g_str_equal(backend, "xen"))
        return host->xen.usable ? NULL : host->xen.reason ? host->xen.reason : "not a Xen control domain";
    if (!host->kvm.usable)
        return host->kvm.reason ? host->kvm.reason : "no libvirt with QEMU";
    if (g_str_equal(backend, "kvm") && !host->kvm.kvm_works)
        return host->kvm.kvm_reason ? host->kvm.kvm_reason : "KVM does not work";
    return NULL;
}
