/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "kvm/config.h"
#include "kvm/session.h"

/* The numbers of all domains come in one call. Who owns a domain and of what type it is stand in its XML only:
 * one more call for each (0.1 ms with a daemon on the same machine). */
#define STATS (VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_VCPU)

static guint64 number(const virDomainStatsRecord *record, const char *name)
{
    for (int i = 0; i < record->nparams; i++) {
        const virTypedParameter *param = &record->params[i];
        if (!g_str_equal(param->field, name))
            continue;
        switch (param->type) {
        case VIR_TYPED_PARAM_INT:
            return param->value.i > 0 ? (guint64)param->value.i : 0;
        case VIR_TYPED_PARAM_UINT:
            return param->value.ui;
        case VIR_TYPED_PARAM_LLONG:
            return param->value.l > 0 ? (guint64)param->value.l : 0;
        case VIR_TYPED_PARAM_ULLONG:
            return param->value.ul;
        default: /* text and floating point: none of ours */
            return 0;
        }
    }
    return 0;
}

static GuestStatus status_of(guint64 state, guint64 why)
{
    switch ((virDomainState)state) {
    case VIR_DOMAIN_NOSTATE:
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
        return GUEST_RUNNING;
    case VIR_DOMAIN_PAUSED:
        return why == VIR_DOMAIN_PAUSED_CRASHED ? GUEST_CRASHED : GUEST_PAUSED;
    case VIR_DOMAIN_PMSUSPENDED:
        return GUEST_PAUSED;
    case VIR_DOMAIN_SHUTDOWN: /* the guest has ended, its QEMU has not yet */
        return GUEST_DYING;
    case VIR_DOMAIN_SHUTOFF:
        return GUEST_SHUT_OFF;
    case VIR_DOMAIN_CRASHED:
        return GUEST_CRASHED;
    default: /* of a later libvirt */
        return GUEST_RUNNING;
    }
}

/* Why a guest is paused that nobody paused; what KVM cannot execute ends so too ("unknown"). */
static const char *reason_of(guint64 state, guint64 why)
{
    if (state == VIR_DOMAIN_CRASHED)
        return "crash";
    if (state != VIR_DOMAIN_PAUSED)
        return NULL;
    switch (why) {
    case VIR_DOMAIN_PAUSED_UNKNOWN:
        return "unknown";
    case VIR_DOMAIN_PAUSED_IOERROR:
        return "io-error";
    case VIR_DOMAIN_PAUSED_WATCHDOG:
        return "watchdog";
    case VIR_DOMAIN_PAUSED_CRASHED:
        return "crash";
    default:
        return NULL;
    }
}

/* libvirt writes the document, so its form is known, and text in it cannot hold a bare "<". */
static void read_xml(GuestState *state, const char *xml)
{
    state->backend = g_strdup(strstr(xml, "<domain type='kvm'") ? "kvm" : "qemu");
    state->owner = g_strdup(strstr(xml, "<" KVM_NOTE_PREFIX ":note xmlns:" KVM_NOTE_PREFIX "=\"" KVM_NOTE_URI "\"") ? "guestctl" : "libvirt");
    state->mode = g_strdup(strstr(xml, ">hvm</type>") ? "hvm" : NULL);
}

static GuestState *state_of(const virDomainStatsRecord *record)
{
    virDomainPtr domain = record->dom;
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    guint64 code = number(record, "state.state"), why = number(record, "state.reason");
    g_autofree char *xml = lv.virDomainGetXMLDesc(domain, 0);
    if (!xml) {
        lv.virResetLastError();
        return NULL; /* it ended since the first call */
    }
    GuestState *state = guest_state_new();
    lv.virDomainGetUUIDString(domain, uuid);
    state->name = g_strdup(lv.virDomainGetName(domain));
    state->uuid = g_strdup(uuid);
    state->id = (int)lv.virDomainGetID(domain); /* (unsigned)-1 when it is shut off */
    state->status = status_of(code, why);
    state->reason = g_strdup(reason_of(code, why));
    state->memory_kib = number(record, "balloon.current");
    state->max_memory_kib = number(record, "balloon.maximum");
    state->vcpus = (unsigned)number(record, "vcpu.current");
    state->cpu_time_ns = number(record, "cpu.time");
    virDomainInfo info;
    /* A guest that something else works on, and drivers other than QEMU's, give only some of the numbers. */
    if ((!state->max_memory_kib || !state->vcpus) && lv.virDomainGetInfo(domain, &info) == 0) {
        state->memory_kib = info.memory;
        state->max_memory_kib = info.maxMem;
        state->vcpus = info.nrVirtCpu;
        state->cpu_time_ns = info.cpuTime;
    }
    read_xml(state, xml);
    state->native = g_steal_pointer(&xml); /* kvm_list() drops it again */
    return state;
}

bool session_has_ending(KvmSession *session)
{
    virDomainStatsRecordPtr *records = NULL;
    int n = lv.virConnectGetAllDomainStats(session->connection, VIR_DOMAIN_STATS_STATE, &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE);
    bool ending = false;
    for (int i = 0; i < n; i++)
        ending |= number(records[i], "state.state") == VIR_DOMAIN_SHUTDOWN;
    if (n >= 0)
        lv.virDomainStatsRecordListFree(records);
    lv.virResetLastError();
    return ending;
}

typedef struct List {
    GPtrArray *states;
} List;

static void list_clear(void *data)
{
    g_clear_pointer(&((List *)data)->states, g_ptr_array_unref);
}

static bool list(KvmSession *session, void *data, GError **error)
{
    GPtrArray *states = ((List *)data)->states;
    virDomainStatsRecordPtr *records = NULL;
    int n = lv.virConnectGetAllDomainStats(session->connection, STATS, &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    if (n < 0)
        return libvirt_error(error, "cannot list the guests of %s", session->uri);
    for (int i = 0; i < n; i++) {
        GuestState *state = state_of(records[i]);
        if (!state)
            continue;
        g_clear_pointer(&state->native, g_free);
        g_ptr_array_add(states, state);
    }
    lv.virDomainStatsRecordListFree(records);
    return true;
}

GPtrArray *kvm_list(Session *session, GError **error)
{
    List *data = g_atomic_rc_box_new0(List);
    data->states = g_ptr_array_new_with_free_func((GDestroyNotify)guest_state_free);
    bool ok = session_call(kvm_session(session), list, data, list_clear, error);
    GPtrArray *states = ok ? g_ptr_array_ref(data->states) : NULL;
    g_atomic_rc_box_release_full(data, list_clear);
    return states;
}

/* libvirt gives the element back; its text is the note. Somebody else may have written it: note_parse() judges. */
static char *note_of(virDomainPtr domain)
{
    g_autofree char *element = lv.virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, KVM_NOTE_URI, 0);
    if (!element) {
        lv.virResetLastError();
        return NULL;
    }
    return xml_find_text(element, "note"); /* it comes without its namespace and prefix */
}

typedef struct Lookup {
    char *name;
    GuestState *state;
} Lookup;

static void lookup_clear(void *data)
{
    Lookup *lookup = data;
    g_free(lookup->name);
    guest_state_free(lookup->state);
}

static bool look_up(KvmSession *session, void *data, GError **error)
{
    Lookup *lookup = data;
    g_autoptr(virDomain) domain = session_find(session, lookup->name, error);
    if (!domain)
        return false;
    virDomainPtr domains[] = {domain, NULL};
    virDomainStatsRecordPtr *records = NULL;
    int n = lv.virDomainListGetStats(domains, STATS, &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT);
    if (n < 0)
        return libvirt_error(error, "guest \"%s\": cannot be read", lookup->name);
    lookup->state = n > 0 ? state_of(records[0]) : NULL;
    lv.virDomainStatsRecordListFree(records);
    if (!lookup->state) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\" has just ended", lookup->name);
        return false;
    }
    if (g_str_equal(lookup->state->owner, "guestctl"))
        lookup->state->note = note_of(domain);
    return true;
}

GuestState *kvm_lookup(Session *session, const char *name, GError **error)
{
    Lookup *lookup = g_atomic_rc_box_new0(Lookup);
    lookup->name = g_strdup(name);
    bool ok = session_call(kvm_session(session), look_up, lookup, lookup_clear, error);
    GuestState *state = ok ? g_steal_pointer(&lookup->state) : NULL;
    g_atomic_rc_box_release_full(lookup, lookup_clear);
    return state;
}
