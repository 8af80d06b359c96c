/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libxl_event.h>

#include "common/backend.h"
#include "xen/event-loop.h"
#include "xen/log.h"

/* The files that make up xen_backend, and what they share. */

/* User data that libxl keeps with a domain and removes with it. */
#define XEN_USERDATA_NOTE "guestctl"          /* note.h */
#define XEN_USERDATA_CONFIG "guestctl-config" /* the text that the domain was created from */

typedef struct XenSession {
    Session base;
    libxl_ctx *ctx;
    XenLog *log;
    XenEventLoop *loop;
    GMainContext *context;
    GHashTable *watches; /* number of a XenWatch → XenWatch* */
    guint64 next_watch;
    struct xs_handle *store; /* NULL until xen_store_read() needs it */
    void (*progress)(void *data, const char *text); /* NULL: nobody is told */
    void *progress_data;
    char *known_name;        /* the domain that was asked for last; NULL: none yet */
    uint32_t known_domid;
} XenSession;

typedef enum { XEN_WAIT_DONE, XEN_WAIT_CANCELLED, XEN_WAIT_TIMED_OUT } XenWaitEnd;

/* Run the main loop until *done is set, cancel fires or deadline (monotonic, 0: none) is past. */
XenWaitEnd xen_session_wait(XenSession *session, const bool *done, gint64 deadline, GCancellable *cancel);

/* One asynchronous operation of libxl:
 *     XenOperation *operation = xen_operation_new();
 *     int rc = libxl_domain_destroy(ctx, domid, &operation->how);
 *     rc = xen_operation_finish(session, operation, rc, cancel);
 * finish frees it. When cancel fires the operation is aborted, and what libxl then says is returned:
 * ERROR_ABORTED, or success when it had got too far. */
typedef struct XenOperation {
    libxl_asyncop_how how;
    bool done;
    int rc;
} XenOperation;

XenOperation *xen_operation_new(void);
int xen_operation_finish(XenSession *session, XenOperation *operation, int rc, GCancellable *cancel);

/* Set error for a failed libxl call: guest "NAME": libxl could not DOING: LOG; REMEDY. The code and the remedy
 * follow from rc and from what libxl logged. Always false. */
bool xen_session_fail(XenSession *session, const char *name, const char *doing, int rc, GError **error);

/* The domain's id, or GUESTCTL_ERROR_NOT_FOUND. */
bool xen_session_domid(XenSession *session, const char *name, uint32_t *domid, GError **error);
/* Where xen_session_domid() looks first the next time. */
void xen_session_remember(XenSession *session, const char *name, uint32_t domid);
/* A domain that is not on its way out. */
bool xen_session_find_uuid(XenSession *session, const libxl_uuid *uuid, uint32_t *domid);

bool xen_session_create(XenSession *session, const Step *step, GCancellable *cancel, GError **error);
/* Whether QEMU could open each disk that it serves to the new domain: libxl does not ask it. */
bool xen_session_check_disks(XenSession *session, const char *name, uint32_t domid, GError **error);
/* The last line of the log of the domain's QEMU, or NULL. Free with g_free(). */
char *xen_session_qemu_says(const char *name);
bool xen_session_undo_create(XenSession *session, const Step *step, GError **error);
bool xen_session_control(XenSession *session, const Step *step, GCancellable *cancel, GError **error);
/* Returns when the domain and its memory are gone, or after 10 s when others still hold some of it. */
bool xen_session_destroy_domid(XenSession *session, const char *name, uint32_t domid, GError **error);

/* A wait for a domain's end, told by libxl's events. The watch stays where it is until it is stopped. */
typedef struct XenWatch {
    guint64 number;
    bool ended;
    bool gone; /* destroyed: there is no reason */
    libxl_shutdown_reason reason;
    libxl_evgen_domain_death *death;
} XenWatch;

bool xen_watch_start(XenSession *session, XenWatch *watch, const char *name, uint32_t domid, GError **error);
void xen_watch_stop(XenSession *session, XenWatch *watch);

/* dom0-tune.c: a step of dom0_tune_plan() and the way back, which leaves alone what is not as the step made it. */
bool xen_dom0_tune(XenSession *session, const Step *step, GCancellable *cancel, GError **error);
bool xen_dom0_untune(XenSession *session, const Step *step, GError **error);

/* Backend members */
bool xen_probe(Host *host, GError **error);
/* The parts of it that read files below sysroot ("" or a fixture tree). False with host->xen.reason set when
 * this is no control domain. */
bool xen_probe_control(Host *host, const char *sysroot);
void xen_probe_files(Host *host, const char *sysroot);
Plan *xen_plan_create(const Guest *guest, const Host *host, GError **error);
Plan *xen_plan_reboot(const GuestState *state, GError **error);
GPtrArray *xen_session_list(Session *session, GError **error);
GuestState *xen_session_lookup(Session *session, const char *name, GError **error);
bool xen_session_wait_end(Session *session, const char *name, unsigned timeout_s, GuestStatus *status, char **reason,
                          GCancellable *cancel, GError **error);
bool xen_console(Session *session, const char *name, const ConsoleOptions *options, GCancellable *cancel, GError **error);

/* session-wait.c: told of each event of libxl's. */
void xen_session_event(void *session, libxl_event *event);
