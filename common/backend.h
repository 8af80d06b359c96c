/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "common/guest.h"
#include "common/host.h"
#include "common/plan.h"

/* One line of `list`: a guest as the hypervisor has it now. */
typedef enum {
    GUEST_RUNNING, /* also blocked and idle */
    GUEST_PAUSED,
    GUEST_SHUTDOWN, /* ended, not yet cleaned up: Xen keeps such a domain until its toolstack destroys it */
    GUEST_CRASHED,
    GUEST_DYING,    /* destroyed, its memory is still in use */
    GUEST_SHUT_OFF, /* defined, no domain */
} GuestStatus;

typedef struct GuestState {
    char *name;
    char *uuid;
    int id;              /* domain id; -1 when shut off */
    GuestStatus status;
    char *reason;        /* of a shutdown or crash: "poweroff", "reboot", "crash", ...; NULL */
    char *mode;          /* "pv", "pvh", "hvm"; NULL when unknown */
    char *backend;       /* "xen", "kvm", "qemu" */
    char *owner;         /* who made it: "guestctl", "xl", "libvirt", "other", "xen" for dom0 */
    guint64 memory_kib, max_memory_kib;
    unsigned vcpus;
    guint64 cpu_time_ns;
    char *note;          /* our note (note.h), NULL for others' domains. Only lookup() fills it */
    char *native;        /* what the domain was created from. Only lookup() fills it */
} GuestState;

GuestState *guest_state_new(void);
void guest_state_free(GuestState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuestState, guest_state_free)
const char *guest_status_name(GuestStatus status); /* "running", "paused", "shutdown", "crashed", "dying", "shut off" */

/* How to reach the hypervisor. */
typedef struct SessionOptions {
    const char *connect;   /* libvirt URI, NULL: the backend's choice. Xen ignores it */
    const char *state_dir; /* ours, for the embedded driver: /var/lib/guestctl below the root */
    bool verbose;          /* the hypervisor library's own log on stderr as well */
    void (*progress)(void *data, const char *text); /* NULL, or told how far a step that waits has come */
    void *progress_data;
    GCancellable *cancel;  /* NULL, or for the calls without one of their own: open, list, lookup. close() keeps to it too */
} SessionOptions;

typedef struct Backend Backend;

/* An open hypervisor. Backends embed it first in a struct of their own. */
typedef struct Session {
    const Backend *backend;
} Session;

typedef struct ConsoleOptions {
    int in_fd, out_fd;      /* in_fd -1: output only */
    bool raw;               /* in_fd is a terminal: set it raw, restore it, Ctrl-] leaves */
    const char *until;      /* leave, successfully, after a line that contains this text; NULL: never */
    unsigned timeout_s;     /* with until: GUESTCTL_ERROR_TIMED_OUT after so long; 0: wait for ever */
    /* Called once, when the console is open: the place to unpause a guest that was just created, so that nothing
     * it prints is lost. False ends the console with its error. NULL: nothing is called. */
    bool (*opened)(void *data, GError **error);
    void *opened_data;
} ConsoleOptions;

/* What a driver does, in the order of a guest's life. All members are required. Everything that waits does
 * so in the thread-default GMainContext and ends with GUESTCTL_ERROR_INTERRUPTED when cancel fires.
 * Messages name the guest and hold the library's own last error line. */
struct Backend {
    const char *name;
    /* This machine's part of host. False only on a fault; "not here" is usable=false and a reason. */
    bool (*probe)(Host *host, GError **error);
    /* Pure: require-bridge steps, create with its native text, note, unpause. */
    Plan *(*plan_create)(const Guest *guest, const Host *host, GError **error);
    /* Pure. KVM reboots by itself: one step. Xen ends the domain with reason "reboot" and its toolstack builds
     * it again: reboot (which waits for that end), destroy, create, note, unpause from state's native and note. */
    Plan *(*plan_reboot)(const GuestState *state, GError **error);
    /* GUESTCTL_ERROR_UNSUPPORTED when the hypervisor is not there, DENIED when not allowed. */
    Session *(*open)(const SessionOptions *options, GError **error);
    /* Carry out one step: CREATE, NOTE, UNPAUSE, PAUSE, SHUTDOWN, REBOOT, DESTROY. CREATE of a name that
     * exists is GUESTCTL_ERROR_EXISTS; a failed CREATE has removed what it made, or names what is left. */
    bool (*run)(Session *session, const Step *step, GCancellable *cancel, GError **error);
    /* Take a step back, whether it was carried out fully, in part or not at all. Only CREATE leaves
     * anything; it is undone only when the domain's UUID is the one in step->native. */
    bool (*undo)(Session *session, const Step *step, GError **error);
    /* Every domain, made by whom it may be, in the hypervisor's order. GuestState* */
    GPtrArray *(*list)(Session *session, GError **error);
    /* One by name, without reading the others where the hypervisor can. NOT_FOUND. Fills note and native. */
    GuestState *(*lookup)(Session *session, const char *name, GError **error);
    /* Wait until the guest is no longer running or paused: it ended (*status SHUTDOWN, CRASHED with *reason
     * owned by the caller) or its domain is gone (SHUT_OFF). TIMED_OUT after timeout_s (0: for ever). */
    bool (*wait_end)(Session *session, const char *name, unsigned timeout_s, GuestStatus *status, char **reason,
                     GCancellable *cancel, GError **error);
    /* Relay the guest's console until the guest ends, the user leaves, or options->until was seen. */
    bool (*console)(Session *session, const char *name, const ConsoleOptions *options, GCancellable *cancel,
                    GError **error);
    void (*close)(Session *session);
};
