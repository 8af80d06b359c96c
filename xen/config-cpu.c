/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "common/error.h"
#include "xen/config.h"
#include "xen/cpu-flag.h"
#include "xen/xen.h"

/* By hand: libxl_bitmap_alloc() needs a context, and libxl_bitmap_set_any() sets whole bytes. */
static bool vcpus(const Guest *guest, libxl_domain_build_info *b_info, GError **error)
{
    unsigned max = MAX(guest->vcpus, guest->max_vcpus);
    /* Xen's own limit of an HVM guest; PV guests may have more, but libxl builds none above 512. */
    if (guest->vcpus == 0 || max > 512) {
        g_autofree char *value = g_strdup_printf("%u", max);
        return xen_config_refuse(guest, "vcpus", value, "a Xen guest has 1 to 512 vcpus", error);
    }
    b_info->max_vcpus = (int)max;
    b_info->avail_vcpus.size = (max + 7) / 8;
    b_info->avail_vcpus.map = calloc(b_info->avail_vcpus.size, 1);
    g_assert(b_info->avail_vcpus.map);
    for (unsigned i = 0; i < guest->vcpus; i++)
        libxl_bitmap_set(&b_info->avail_vcpus, (int)i);
    return true;
}

static bool add_flags(const Guest *guest, const Host *host, GPtrArray *words, GError **error)
{
    for (gsize i = 0; guest->cpu_flags && guest->cpu_flags[i]; i++) {
        const char *flag = guest->cpu_flags[i];
        bool off = flag[0] == '-';
        g_autofree char *name = g_ascii_strdown(flag[0] == '-' || flag[0] == '+' ? flag + 1 : flag, -1);
        const char *libxl = xen_cpu_flag(name);
        if (!off && xen_cpu_flag_missing(libxl, host))
            return xen_config_refuse(guest, "cpu-flags", flag, "this host's CPU does not have it: leave it out", error);
        g_ptr_array_add(words, g_strdup_printf("%s=%d", libxl, off ? 0 : 1));
    }
    return true;
}

static bool model(const Guest *guest, GPtrArray *words, GError **error)
{
    if (!guest->cpu_model)
        return true;
    if (xen_cpu_model_policy(guest->cpu_model, words))
        return true;
    g_autofree const char **names = xen_cpu_model_names();
    g_autofree char *list = g_strjoinv(", ", (GStrv)(gpointer)names);
    g_autofree char *why = g_strdup_printf("no CPUID policy is known for it (use %s)", list);
    return xen_config_refuse(guest, "cpu-model", guest->cpu_model, why, error);
}

/* Xen gives a guest all that the host has and that can be migrated within a pool; a policy takes features
 * away or insists on them. So none, host-model and host-passthrough are Xen's default. */
bool xen_config_cpu(const Guest *guest, const Host *host, libxl_domain_config *config, GError **error)
{
    libxl_domain_build_info *b_info = &config->b_info;
    if (!vcpus(guest, b_info, error))
        return false;

    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    if (!model(guest, words, error) || !add_flags(guest, host, words, error))
        return false;
    for (guint i = 0; i < words->len; i++)
        if (libxl_cpuid_parse_config(&b_info->cpuid, words->pdata[i]) != 0)
            return xen_config_refuse(guest, "cpu-flags", words->pdata[i], "libxl does not know this CPU feature", error);
    if (guest->mode != VM_MODE_PV)
        libxl_defbool_set(&b_info->nested_hvm, guest->nested);
    return true;
}
