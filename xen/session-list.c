/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "xen/session.h"
#include "xen/store.h"
#include "xen/xen.h"

/* User data of a domain as text, or NULL. Free with g_free(). */
static char *userdata(XenSession *session, uint32_t domid, const char *id)
{
    uint8_t *data = NULL;
    int length = 0;
    if (libxl_userdata_retrieve(session->ctx, domid, id, &data, &length) != 0 || !data)
        return NULL;
    char *text = g_strndup((const char *)data, (gsize)length);
    free(data);
    return text;
}

/* Whoever made a domain left user data of its own with it. libxl_userdata_retrieve() reads the whole data and
 * asks the hypervisor for the UUID each time: looking for the files is ten times faster in a list. Their place
 * is libxl's (libxl_dom.c: userdata_path), the same since Xen 4.0. */
static bool has_userdata(const GuestState *state, const char *id)
{
    g_autofree char *path = g_strdup_printf("/var/lib/xen/userdata-d.%d.%s.%s", state->id, state->uuid, id);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static const char *owner(const GuestState *state)
{
    static const struct {
        const char *userdata, *owner;
    } marks[] = {
        {XEN_USERDATA_NOTE, "guestctl"},
        {XEN_USERDATA_CONFIG, "guestctl"},
        {"libvirt-xml", "libvirt"},
        {"libxl-json", "xl"}, /* libxl's own, with every domain: it was xl, which leaves nothing of its own, or another program of its kind */
    };
    if (state->id == 0)
        return "xen";
    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
        if (has_userdata(state, marks[i].userdata))
            return marks[i].owner;
    return "other";
}

/* To the hypervisor, and so to libxl_dominfo, PVH is HVM. libxl wrote down what it built. */
static char *mode(XenSession *session, const libxl_dominfo *info)
{
    if (info->domain_type == LIBXL_DOMAIN_TYPE_PV)
        return g_strdup("pv");
    char *type = xen_store_read(session, "/libxl/%u/type", info->domid);
    return type ?: g_strdup("hvm");
}

static GuestStatus status(const libxl_dominfo *info)
{
    if (info->dying)
        return GUEST_DYING;
    if (info->shutdown)
        return info->shutdown_reason == LIBXL_SHUTDOWN_REASON_CRASH || info->shutdown_reason == LIBXL_SHUTDOWN_REASON_WATCHDOG
                   ? GUEST_CRASHED
                   : GUEST_SHUTDOWN;
    return info->paused ? GUEST_PAUSED : GUEST_RUNNING;
}

static GuestState *state_of(XenSession *session, const libxl_dominfo *info)
{
    GuestState *state = guest_state_new();
    char *name = libxl_domid_to_name(session->ctx, info->domid);
    state->name = g_strdup(name ?: "(null)"); /* as xl shows what an interrupted create of another tool left */
    free(name);
    state->id = (int)info->domid;
    state->uuid = g_strdup_printf(LIBXL_UUID_FMT, LIBXL_UUID_BYTES(info->uuid));
    state->status = status(info);
    if (info->shutdown)
        state->reason = g_strdup(libxl_shutdown_reason_to_string(info->shutdown_reason));
    state->mode = mode(session, info);
    state->backend = g_strdup("xen");
    state->owner = g_strdup(owner(state));
    state->memory_kib = info->current_memkb + info->outstanding_memkb;
    /* dom0 without dom0_mem=max: has no limit. */
    state->max_memory_kib = info->max_memkb == UINT64_MAX || info->max_memkb >> 52 ? 0 : info->max_memkb;
    state->vcpus = info->vcpu_online;
    state->cpu_time_ns = info->cpu_time;
    return state;
}

GPtrArray *xen_session_list(Session *base, GError **error)
{
    XenSession *session = (XenSession *)base;
    xen_log_clear(session->log);
    int n = 0;
    libxl_dominfo *list = libxl_list_domain(session->ctx, &n);
    if (!list) {
        g_autofree char *summary = xen_log_summary(session->log);
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "libxl could not list the domains: %s", summary ?: "unknown error");
        return NULL;
    }
    GPtrArray *states = g_ptr_array_new_with_free_func((GDestroyNotify)guest_state_free);
    for (int i = 0; i < n; i++)
        g_ptr_array_add(states, state_of(session, &list[i]));
    libxl_dominfo_list_free(list, n);
    return states;
}

/* What a domain was created from: our own text, or for others' domains what libxl remembers. */
static char *native(XenSession *session, uint32_t domid)
{
    char *text = userdata(session, domid, XEN_USERDATA_CONFIG);
    if (text || domid == 0)
        return text;
    g_auto(libxl_domain_config) config;
    libxl_domain_config_init(&config);
    if (libxl_retrieve_domain_configuration(session->ctx, domid, &config, NULL) != 0)
        return NULL;
    char *json = libxl_domain_config_to_json(session->ctx, &config);
    text = g_strdup(json);
    free(json);
    return text;
}

GuestState *xen_session_lookup(Session *base, const char *name, GError **error)
{
    XenSession *session = (XenSession *)base;
    xen_log_clear(session->log);
    uint32_t domid;
    if (!xen_session_domid(session, name, &domid, error))
        return NULL;
    g_auto(libxl_dominfo) info;
    libxl_dominfo_init(&info);
    int rc = libxl_domain_info(session->ctx, &info, domid);
    if (rc != 0) {
        xen_session_fail(session, name, "read the domain's state", rc, error);
        return NULL;
    }
    GuestState *state = state_of(session, &info);
    state->note = userdata(session, domid, XEN_USERDATA_NOTE);
    state->native = native(session, domid);
    return state;
}
