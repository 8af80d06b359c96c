/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/note.h"
#include "xen/session.h"

#define DYING_MAX_S 10

void xen_session_remember(XenSession *session, const char *name, uint32_t domid)
{
    g_free(session->known_name);
    session->known_name = g_strdup(name);
    session->known_domid = domid;
}

/* The steps of a plan are about one guest: one xenstore read says whether the domain still has the name. */
static bool is_still(XenSession *session, const char *name)
{
    if (g_strcmp0(session->known_name, name) != 0)
        return false;
    char *now = libxl_domid_to_name(session->ctx, session->known_domid);
    bool same = g_strcmp0(now, name) == 0;
    free(now);
    return same;
}

bool xen_session_domid(XenSession *session, const char *name, uint32_t *domid, GError **error)
{
    if (is_still(session, name)) {
        *domid = session->known_domid;
        return true;
    }
    /* A hypercall for all domains (1.5 ms under emulation), then a xenstore read (0.15 ms) for each until the
     * name matches: Xen keeps names in xenstore only, by domain id. There is no cheaper way that stays right
     * when others rename domains. */
    if (libxl_name_to_domid(session->ctx, name, domid) == 0) {
        xen_session_remember(session, name, *domid);
        return true;
    }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\" is not running; see what runs with: guestctl list", name);
    return false;
}

bool xen_session_find_uuid(XenSession *session, const libxl_uuid *uuid, uint32_t *domid)
{
    int n = 0;
    libxl_dominfo *list = libxl_list_domain(session->ctx, &n);
    bool found = false;
    for (int i = 0; list && i < n && !found; i++)
        if (!list[i].dying && libxl_uuid_compare(&list[i].uuid, uuid) == 0) {
            *domid = list[i].domid;
            found = true;
        }
    if (list)
        libxl_dominfo_list_free(list, n);
    return found;
}

bool xen_session_destroy_domid(XenSession *session, const char *name, uint32_t domid, GError **error)
{
    XenOperation *operation = xen_operation_new();
    int rc = libxl_domain_destroy(session->ctx, domid, &operation->how);
    rc = xen_operation_finish(session, operation, rc, NULL);
    if (rc != 0)
        return xen_session_fail(session, name, "destroy the domain", rc, error);
    /* libxl is done, Xen still frees the memory: who builds the next guest needs it. */
    const bool never = false;
    gint64 now, deadline = g_get_monotonic_time() + DYING_MAX_S * G_USEC_PER_SEC;
    while (libxl_domain_info(session->ctx, NULL, domid) == 0 && (now = g_get_monotonic_time()) < deadline)
        xen_session_wait(session, &never, now + 10 * 1000, NULL);
    return true;
}

static bool note(XenSession *session, const Step *step, uint32_t domid, GError **error)
{
    int rc = libxl_userdata_store(session->ctx, domid, XEN_USERDATA_NOTE, (const uint8_t *)step->native, (int)strlen(step->native));
    return rc == 0 || xen_session_fail(session, step->target, "store our note with the domain", rc, error);
}

static bool simple(XenSession *session, const Step *step, uint32_t domid, GCancellable *cancel, GError **error)
{
    XenOperation *operation = xen_operation_new();
    bool pause = step->kind == STEP_PAUSE;
    int rc = pause ? libxl_domain_pause(session->ctx, domid, &operation->how) : libxl_domain_unpause(session->ctx, domid, &operation->how);
    rc = xen_operation_finish(session, operation, rc, cancel);
    return rc == 0 || xen_session_fail(session, step->target, pause ? "pause the domain" : "unpause the domain", rc, error);
}

typedef enum { STATE_RUNS, STATE_ENDED, STATE_ERROR } State;

/* A guest answers only while it runs; one that has ended needs no asking. */
static State can_answer(XenSession *session, const Step *step, uint32_t domid, GError **error)
{
    g_auto(libxl_dominfo) info;
    libxl_dominfo_init(&info);
    int rc = libxl_domain_info(session->ctx, &info, domid);
    if (rc != 0) {
        xen_session_fail(session, step->target, "read the domain's state", rc, error);
        return STATE_ERROR;
    }
    if (info.shutdown || info.dying)
        return STATE_ENDED;
    if (!info.paused)
        return STATE_RUNS;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                "guest \"%s\" is paused and cannot answer; unpause it first with: guestctl unpause %s", step->target, step->target);
    return STATE_ERROR;
}

/* The request goes through xenstore to the guest's PV drivers. An HVM guest without them has a power button,
 * which its ACPI turns into an orderly shutdown; Xen emulates no reset button, so a reboot presses it too:
 * the plan builds the guest again in either case. */
static bool ask(XenSession *session, const Step *step, uint32_t domid, GCancellable *cancel, GError **error)
{
    bool reboot = step->kind == STEP_REBOOT;
    XenOperation *operation = xen_operation_new();
    int rc = reboot ? libxl_domain_reboot(session->ctx, domid, &operation->how) : libxl_domain_shutdown(session->ctx, domid, &operation->how);
    rc = xen_operation_finish(session, operation, rc, cancel);
    if (rc == ERROR_NOPARAVIRT) {
        g_info("guest \"%s\" has no PV drivers: its ACPI power button was pressed", step->target);
        operation = xen_operation_new();
        rc = libxl_send_trigger(session->ctx, domid, LIBXL_TRIGGER_POWER, 0, &operation->how);
        rc = xen_operation_finish(session, operation, rc, cancel);
    }
    return rc == 0 || xen_session_fail(session, step->target, reboot ? "ask the guest to reboot" : "ask the guest to shut down", rc, error);
}

static bool request(XenSession *session, const Step *step, uint32_t domid, GCancellable *cancel, GError **error)
{
    switch (can_answer(session, step, domid, error)) {
    case STATE_ERROR:
        return false;
    case STATE_ENDED:
        return true;
    case STATE_RUNS:
        return ask(session, step, domid, cancel, error);
    }
    return false;
}

static unsigned patience(XenSession *session, const char *name)
{
    g_autoptr(GuestState) state = xen_session_lookup(&session->base, name, NULL);
    g_autoptr(Note) parsed = state && state->note ? note_parse(state->note, NULL) : NULL;
    return parsed && parsed->shutdown_timeout_s ? parsed->shutdown_timeout_s : 60;
}

/* Until the domain has ended, by whatever reason: a guest that powers off when asked to reboot is built again
 * all the same. */
static bool reboot(XenSession *session, const Step *step, uint32_t domid, GCancellable *cancel, GError **error)
{
    unsigned seconds = patience(session, step->target);
    if (!request(session, step, domid, cancel, error))
        return false;
    GuestStatus status;
    g_autofree char *reason = NULL;
    if (xen_session_wait_end(&session->base, step->target, seconds, &status, &reason, cancel, error))
        return true;
    g_prefix_error(error, "reboot: ");
    return false;
}

bool xen_session_control(XenSession *session, const Step *step, GCancellable *cancel, GError **error)
{
    uint32_t domid;
    if (!xen_session_domid(session, step->target, &domid, error))
        return false;
    switch (step->kind) {
    case STEP_NOTE:
        return note(session, step, domid, error);
    case STEP_UNPAUSE:
    case STEP_PAUSE:
        return simple(session, step, domid, cancel, error);
    case STEP_SHUTDOWN:
        return request(session, step, domid, cancel, error);
    case STEP_REBOOT:
        return reboot(session, step, domid, cancel, error);
    case STEP_DESTROY:
        return xen_session_destroy_domid(session, step->target, domid, error);
    case STEP_REQUIRE_BRIDGE:
    case STEP_WRITE_FILE:
    case STEP_REMOVE_FILE:
    case STEP_CREATE_DISK:
    case STEP_CHANGE_DISK:
    case STEP_DELETE_DISK:
    case STEP_INJECT:
    case STEP_WRITE_SEED:
    case STEP_RUN:
    case STEP_TUNE_DOM0:
    case STEP_CREATE:
        break;
    }
    g_assert_not_reached(); /* run() in session.c sends no other */
}
