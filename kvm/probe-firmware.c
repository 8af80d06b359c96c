/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/json-strict.h"
#include "kvm/probe.h"

/* QEMU's firmware descriptors (docs/interop/firmware.json in QEMU): one small document each, the lower number in
 * its name first; a file in /etc hides one of the same name in /usr. Whoever writes there owns the machine, so
 * they are trusted, but a broken one must not break us. */
enum { DESCRIPTOR_MAX = 64 * 1024, DESCRIPTORS_MAX = 64 };

typedef struct Need {
    const char *arch;
    bool secure;
} Need;

static bool array_has(JsonObject *object, const char *name, const char *word)
{
    JsonNode *node = json_object_get_member(object, name);
    if (!node || !JSON_NODE_HOLDS_ARRAY(node))
        return false;
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++)
        if (g_strcmp0(json_node_get_string(json_array_get_element(array, i)), word) == 0)
            return true;
    return false;
}

static JsonObject *member_object(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static const char *file_name(JsonObject *mapping, const char *name)
{
    JsonObject *file = member_object(mapping, name);
    return file ? json_object_get_string_member_with_default(file, "filename", NULL) : NULL;
}

static bool has_arch(JsonObject *root, const char *arch)
{
    JsonNode *node = json_object_get_member(root, "targets");
    if (!node || !JSON_NODE_HOLDS_ARRAY(node))
        return false;
    JsonArray *targets = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(targets); i++) {
        JsonNode *target = json_array_get_element(targets, i);
        if (JSON_NODE_HOLDS_OBJECT(target) &&
            g_strcmp0(json_object_get_string_member_with_default(json_node_get_object(target), "architecture", NULL), arch) == 0)
            return true;
    }
    return false;
}

/* For secure boot, keys must be enrolled, else nothing is checked; without it, System Management Mode must not be
 * needed, which the machine "pc" does not have. */
static bool suits(JsonObject *root, const Need *need)
{
    bool secure = array_has(root, "features", "secure-boot") && array_has(root, "features", "enrolled-keys");
    return array_has(root, "interface-types", "uefi") && has_arch(root, need->arch) &&
           (need->secure ? secure : !array_has(root, "features", "requires-smm") && !array_has(root, "features", "secure-boot"));
}

static bool take(const char *sysroot, const char *executable, const char *variables, char **code, char **vars)
{
    if (!executable || !variables)
        return false;
    g_autofree char *real_code = g_strconcat(sysroot, executable, NULL), *real_vars = g_strconcat(sysroot, variables, NULL);
    if (access(real_code, R_OK) != 0 || access(real_vars, R_OK) != 0)
        return false;
    *code = g_strdup(executable);
    *vars = g_strdup(variables);
    return true;
}

static bool read_descriptor(const char *path, const char *sysroot, const Need *need, char **code, char **vars)
{
    static const JsonStrictLimits limits = {.max_bytes = DESCRIPTOR_MAX, .max_depth = 16};
    gsize length = 0;
    g_autofree char *text = file_read(path, DESCRIPTOR_MAX, &length, NULL);
    g_autoptr(JsonNode) node = text ? json_strict_parse(text, length, &limits, NULL) : NULL;
    if (!node || !JSON_NODE_HOLDS_OBJECT(node))
        return false;
    JsonObject *root = json_node_get_object(node), *mapping = member_object(root, "mapping");
    if (!mapping || !suits(root, need) || g_strcmp0(json_object_get_string_member_with_default(mapping, "device", NULL), "flash") != 0)
        return false;
    return take(sysroot, file_name(mapping, "executable"), file_name(mapping, "nvram-template"), code, vars);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *descriptor_names(const char *const *folders, const char *sysroot)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (; *folders; folders++) {
        g_autofree char *folder = g_strconcat(sysroot, *folders, NULL);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        for (const char *name; dir && names->len < DESCRIPTORS_MAX && (name = g_dir_read_name(dir));)
            if (g_str_has_suffix(name, ".json") && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, by_name);
    return names;
}

static bool from_descriptors(const char *sysroot, const Need *need, char **code, char **vars)
{
    static const char *const folders[] = {"/etc/qemu/firmware", "/usr/share/qemu/firmware", NULL};
    g_autoptr(GPtrArray) names = descriptor_names(folders, sysroot);
    for (guint i = 0; i < names->len; i++)
        for (const char *const *folder = folders; *folder; folder++) {
            g_autofree char *path = g_build_filename(sysroot, *folder, names->pdata[i], NULL);
            if (access(path, F_OK) != 0)
                continue;
            if (read_descriptor(path, sysroot, need, code, vars))
                return true;
            break; /* the first of this name hides the others */
        }
    return false;
}

static void from_known_places(const char *sysroot, const Need *need, char **code, char **vars)
{
    static const struct {
        const char *arch;
        bool secure;
        const char *code, *vars;
    } places[] = {
        {"x86_64", false, "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
        {"x86_64", false, "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
        {"x86_64", false, "/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
        {"x86_64", false, "/usr/share/qemu/ovmf-x86_64-code.bin", "/usr/share/qemu/ovmf-x86_64-vars.bin"},
        {"x86_64", true, "/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"},
        {"x86_64", true, "/usr/share/OVMF/OVMF_CODE.ms.fd", "/usr/share/OVMF/OVMF_VARS.ms.fd"},
        {"x86_64", true, "/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd", "/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd"},
        {"aarch64", false, "/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        if (g_str_equal(places[i].arch, need->arch) && places[i].secure == need->secure &&
            take(sysroot, places[i].code, places[i].vars, code, vars))
            return;
}

void probe_firmware(Host *host, const char *sysroot)
{
    Need plain = {.arch = host->arch ? host->arch : "x86_64"}, secure = {.arch = plain.arch, .secure = true};
    if (!from_descriptors(sysroot, &plain, &host->kvm.ovmf_code, &host->kvm.ovmf_vars))
        from_known_places(sysroot, &plain, &host->kvm.ovmf_code, &host->kvm.ovmf_vars);
    if (!from_descriptors(sysroot, &secure, &host->kvm.ovmf_code_secure, &host->kvm.ovmf_vars_secure))
        from_known_places(sysroot, &secure, &host->kvm.ovmf_code_secure, &host->kvm.ovmf_vars_secure);
}
