/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "xen/dom0.h"
#include "xen/store.h"
#include "xen/xen.h"

#define PAGE_KIB 4
#define WITHOUT_LIMIT ((guint64)UINT32_MAX * PAGE_KIB) /* what Xen has for dom0 when max: was not said */

static guint64 limit_of(guint64 kib)
{
    return kib >= WITHOUT_LIMIT ? 0 : kib;
}

bool xen_dom0_info(XenSession *session, libxl_dominfo *info, GError **error)
{
    int rc = libxl_domain_info(session->ctx, info, 0);
    return rc == 0 || xen_session_fail(session, DOM0_NAME, "read the domain's state", rc, error);
}

/* The first call of a boot writes down target and static-max, which is then what Xen's line gave (xen 4.17 libxl_mem.c). */
bool xen_dom0_target(XenSession *session, guint64 *kib, GError **error)
{
    uint64_t target;
    int rc = libxl_get_memory_target(session->ctx, 0, &target);
    if (rc != 0)
        return xen_session_fail(session, DOM0_NAME, "read the memory target", rc, error);
    *kib = target;
    return true;
}

static guint64 linux_available_kib(void)
{
    static const char key[] = "\nMemAvailable:";
    g_autofree char *text = file_read("/proc/meminfo", 65536, NULL, NULL);
    const char *at = text ? strstr(text, key) : NULL;
    return at ? g_ascii_strtoull(at + strlen(key), NULL, 10) : 0;
}

static bool read_memory(XenSession *session, Dom0State *state, GError **error)
{
    g_auto(libxl_dominfo) info;
    libxl_dominfo_init(&info);
    uint64_t is_free = 0;
    if (!xen_dom0_target(session, &state->target_kib, error) || !xen_dom0_info(session, &info, error))
        return false;
    int rc = libxl_get_free_memory(session->ctx, &is_free);
    if (rc != 0)
        return xen_session_fail(session, DOM0_NAME, "read the free memory", rc, error);
    g_autofree char *most = xen_store_read(session, "/local/domain/0/memory/static-max");
    state->current_kib = info.current_memkb;
    state->limit_kib = limit_of(info.max_memkb);
    state->boot_max_kib = most ? limit_of(g_ascii_strtoull(most, NULL, 10)) : state->limit_kib;
    state->available_kib = linux_available_kib();
    state->free_kib = is_free;
    return true;
}

static bool read_scheduler(XenSession *session, Dom0State *state, GError **error)
{
    g_auto(libxl_dominfo) info;
    libxl_dominfo_init(&info);
    if (!xen_dom0_info(session, &info, error))
        return false;
    libxl_cpupoolinfo pool;
    libxl_cpupoolinfo_init(&pool);
    libxl_domain_sched_params params;
    libxl_domain_sched_params_init(&params);
    int rc = libxl_cpupool_info(session->ctx, &pool, info.cpupool);
    if (rc == 0) {
        state->cpupool = g_strdup(pool.pool_name);
        state->scheduler = g_strdup(libxl_scheduler_to_string(pool.sched));
        for (unsigned cpu = 0; cpu < pool.cpumap.size * 8 && cpu < CPU_SET_MAX; cpu++)
            if (libxl_bitmap_test(&pool.cpumap, (int)cpu))
                cpu_set_add(&state->cpus, cpu);
        rc = libxl_domain_sched_params_get(session->ctx, 0, &params);
    }
    if (rc == 0 && (pool.sched == LIBXL_SCHEDULER_CREDIT || pool.sched == LIBXL_SCHEDULER_CREDIT2)) {
        state->weight = params.weight;
        state->cap = params.cap;
    }
    libxl_cpupoolinfo_dispose(&pool);
    libxl_domain_sched_params_dispose(&params);
    return rc == 0 || xen_session_fail(session, DOM0_NAME, "read its cpupool and scheduler", rc, error);
}

/* "all" when it holds every CPU of the pool. */
static char *list_of(const libxl_bitmap *map, const CpuSet *pool)
{
    CpuSet set = {0};
    for (unsigned cpu = 0; cpu < map->size * 8 && cpu < CPU_SET_MAX; cpu++)
        if (libxl_bitmap_test(map, (int)cpu))
            cpu_set_add(&set, cpu);
    return cpu_set_first_outside(pool, &set) == CPU_SET_MAX ? g_strdup("all") : cpu_set_text(&set);
}

static bool read_vcpus(XenSession *session, Dom0State *state, GError **error)
{
    int n = 0, cpus = 0;
    libxl_vcpuinfo *list = libxl_list_vcpu(session->ctx, 0, &n, &cpus);
    if (!list)
        return xen_session_fail(session, DOM0_NAME, "read its vcpus", ERROR_FAIL, error);
    for (int i = 0; i < n; i++) {
        g_autofree char *hard = list_of(&list[i].cpumap, &state->cpus), *soft = list_of(&list[i].cpumap_soft, &state->cpus);
        dom0_state_add_vcpu(state, list[i].online, list[i].cpu, hard, soft);
    }
    libxl_vcpuinfo_list_free(list, n);
    return true;
}

Dom0State *xen_dom0_state(Session *base, GError **error)
{
    XenSession *session = (XenSession *)base;
    xen_log_clear(session->log);
    g_autoptr(Dom0State) state = dom0_state_new();
    return read_memory(session, state, error) && read_scheduler(session, state, error) && read_vcpus(session, state, error) ? g_steal_pointer(&state)
                                                                                                                         : NULL;
}
