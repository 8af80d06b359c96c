/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include "common/decide.h"
#include "common/error.h"
#include "common/file.h"
#include "common/keyfile.h"
#include "common/suggest.h"

Policy *policy_new(void)
{
    Policy *policy = g_new0(Policy, 1);
    policy->xen_mode = VM_MODE_PV; /* nova: "the default for virtualization mode in nova is PV mode" */
    policy->memory_kib = 512 * 1024;
    policy->vcpus = 1;
    policy->storage = storage_policy_new();
    policy->inject.partition = INJECT_INSPECT;
    return policy;
}

void policy_free(Policy *policy)
{
    if (!policy)
        return;
    g_free(policy->source);
    g_free(policy->bridge);
    g_free(policy->cpu_mode);
    g_free(policy->cpu_model);
    g_strfreev(policy->cpu_flags);
    storage_policy_free(policy->storage);
    inject_policy_clear(&policy->inject);
    g_free(policy);
}

static const char *const keys[] = {"xen-mode", "memory", "vcpus", "bridge", "cpu-mode", "cpu-model", "cpu-flags", NULL};

static bool set(Policy *policy, const KeyEntry *entry, GError **error)
{
    const char *value = entry->value;
    if (g_str_equal(entry->key, "xen-mode"))
        return vm_mode_parse(value, &policy->xen_mode, error);

    /* The rest means what the same key means in a guest's file, so the same code reads it. */
    g_autoptr(Request) request = request_new();
    RequestNic *nic = request_add_nic(request, "default");
    bool is_bridge = g_str_equal(entry->key, "bridge");
    if (!request_set(is_bridge ? (void *)nic : (void *)request, is_bridge ? "nic" : "guest", entry->key, value, error))
        return false;
    if (request->memory_kib)
        policy->memory_kib = request->memory_kib;
    if (request->vcpus)
        policy->vcpus = request->vcpus;
    if (nic->bridge)
        policy->bridge = g_steal_pointer(&nic->bridge);
    if (request->cpu_mode)
        policy->cpu_mode = g_steal_pointer(&request->cpu_mode);
    if (request->cpu_model)
        policy->cpu_model = g_steal_pointer(&request->cpu_model);
    if (request->cpu_flags)
        policy->cpu_flags = g_steal_pointer(&request->cpu_flags);
    return true;
}

static bool set_default(Policy *policy, const KeyEntry *entry, GError **error)
{
    if (g_strv_contains(keys, entry->key))
        return set(policy, entry, error);
    const char *nearest = suggest_nearest(entry->key, keys);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "key \"%s\" is not known%s%s%s", entry->key, nearest ? "; did you mean \"" : "",
                nearest ? nearest : "", nearest ? "\"?" : "");
    return false;
}

static bool read_group(Policy *policy, const KeyGroup *group, GError **error)
{
    bool storage = g_str_equal(group->kind, "storage"), inject = g_str_equal(group->kind, "inject");
    if (group->name || (!storage && !inject && !g_str_equal(group->kind, "defaults"))) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s:%u: group [%s] is not known (use [defaults], [storage] or [inject])", policy->source,
                    group->line, group->kind);
        return false;
    }
    for (guint k = 0; k < group->entries->len; k++) {
        const KeyEntry *entry = group->entries->pdata[k];
        bool set_it = storage  ? storage_policy_set(policy->storage, entry->key, entry->value, policy->source, error)
                      : inject ? inject_policy_set(&policy->inject, entry->key, entry->value, policy->source, error)
                               : set_default(policy, entry, error);
        if (set_it)
            continue;
        g_prefix_error(error, "%s:%u: ", policy->source, entry->line);
        return false;
    }
    return true;
}

Policy *policy_parse(const char *text, const char *source, GError **error)
{
    g_autoptr(GPtrArray) groups = keyfile_parse(text, strlen(text), source, error);
    if (!groups)
        return NULL;
    g_autoptr(Policy) policy = policy_new();
    policy->source = g_strdup(source);
    for (guint i = 0; i < groups->len; i++)
        if (!read_group(policy, groups->pdata[i], error))
            return NULL;
    return g_steal_pointer(&policy);
}

Policy *policy_load(const char *path, GError **error)
{
    g_autoptr(GError) read_error = NULL;
    g_autofree char *text = file_read(path, KEYFILE_MAX, NULL, &read_error);
    if (text)
        return policy_parse(text, path, error);
    if (g_error_matches(read_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        return policy_new();
    g_propagate_error(error, g_steal_pointer(&read_error));
    return NULL;
}
