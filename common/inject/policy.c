/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"
#include "common/inject/inject.h"
#include "common/suggest.h"

/* The only list of what [inject] of guestctl.conf may say; docs/guestctl.conf.5.scd is checked against it. */
static const char *const names[INJECT_POLICY_KEYS] = {
    [INJECT_POLICY_PARTITION] = "partition",
    [INJECT_POLICY_KEY] = "key",
    [INJECT_POLICY_PASSWORD] = "password",
};
#define NOVA "inject_" /* before our names */

void inject_policy_clear(InjectPolicy *policy)
{
    for (gsize i = 0; i < INJECT_POLICY_KEYS; i++)
        g_clear_pointer(&policy->said[i], g_free);
}

GPtrArray *inject_policy_keys(void)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < INJECT_POLICY_KEYS; i++) {
        g_ptr_array_add(all, g_strdup(names[i]));
        g_ptr_array_add(all, g_strconcat(NOVA, names[i], NULL));
    }
    g_ptr_array_add(all, NULL);
    return all;
}

static bool set_switch(bool *value, const char *text, GError **error)
{
    static const char *const yes[] = {"yes", "true", "on", "1", "True", NULL}, *const no[] = {"no", "false", "off", "0", "False", NULL};
    *value = g_strv_contains(yes, text);
    if (*value || g_strv_contains(no, text))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "\"%.40s\" is neither yes nor no", text);
    return false;
}

static bool set(InjectPolicy *policy, InjectPolicyKey key, const char *value, GError **error)
{
    switch (key) {
    case INJECT_POLICY_PARTITION:
        return inject_partition_parse(value, &policy->partition, error);
    case INJECT_POLICY_KEY:
        return set_switch(&policy->key, value, error);
    case INJECT_POLICY_PASSWORD:
        return set_switch(&policy->password, value, error);
    case INJECT_POLICY_KEYS:
        break;
    }
    g_return_val_if_reached(false);
}

bool inject_policy_set(InjectPolicy *policy, const char *key, const char *value, const char *source, GError **error)
{
    const char *plain = g_str_has_prefix(key, NOVA) ? key + strlen(NOVA) : key;
    for (gsize i = 0; i < INJECT_POLICY_KEYS; i++) {
        if (!g_str_equal(names[i], plain))
            continue;
        if (policy->said[i]) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s and " NOVA "%s are one setting; write it once", plain, plain);
            return false;
        }
        if (!set(policy, (InjectPolicyKey)i, value, error)) {
            g_prefix_error(error, "%s: ", key);
            return false;
        }
        policy->said[i] = g_strdup_printf("%s: %s = %s", source, key, value);
        return true;
    }
    g_autoptr(GPtrArray) all = inject_policy_keys();
    const char *nearest = suggest_nearest(key, (const char *const *)all->pdata);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "key \"%s\" is not known%s%s%s", key, nearest ? "; did you mean \"" : "",
                nearest ? nearest : "", nearest ? "\"?" : "");
    return false;
}
