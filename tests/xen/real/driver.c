/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The Xen backend alone, without the command line: what tests/xen/real/faults.sh runs in dom0.
 *
 *     driver create MODE NAME KERNEL RAMDISK [FORMAT DISK [BRIDGE]]   MODE: pv, pvgrub
 *     driver cancel MS ... (create, interrupted after MS) | driver undo ... (a create that was killed: its UUID is in $UUID)
 *     driver list | lookup NAME | console NAME TEXT SECONDS | destroy NAME */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "xen/xen.h"

static gint64 began;

static void say(const char *what)
{
    printf("%7.2f s  %s\n", (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC, what);
    fflush(stdout);
}

static _Noreturn void die(const GError *error)
{
    printf("error %d: %s\n", error->code, error->message);
    exit(error->code);
}

static Session *session_open(void)
{
    GError *error = NULL;
    SessionOptions options = {.verbose = g_getenv("VERBOSE") != NULL};
    Session *session = xen_backend.open(&options, &error);
    if (!session)
        die(error);
    return session;
}

static void show(Session *session)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) list = xen_backend.list(session, &error);
    if (!list)
        die(error);
    for (guint i = 0; i < list->len; i++) {
        const GuestState *s = list->pdata[i];
        printf("   %3d %-12s %-8s %-8s %-4s %-9s %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " KiB %u vcpu %.1f s %s\n", s->id, s->name,
               guest_status_name(s->status), s->reason ?: "-", s->mode ?: "-", s->owner, s->memory_kib, s->max_memory_kib, s->vcpus,
               (double)s->cpu_time_ns / 1e9, s->uuid);
    }
}

static void step(Session *session, const Step *one, GCancellable *cancel)
{
    GError *error = NULL;
    if (!xen_backend.run(session, one, cancel, &error))
        die(error);
    say(step_kind_name(one->kind));
}

static void verb(Session *session, StepKind kind, const char *name)
{
    Step one = {kind, g_strdup(name), g_strdup("")};
    step(session, &one, NULL);
    g_free(one.target);
    g_free(one.native);
}

static Guest *guest_from(char **argv)
{
    const char *mode = argv[0];
    Guest *guest = guest_new();
    guest->name = g_strdup(argv[1]);
    guest->uuid = g_getenv("UUID") ? g_strdup(g_getenv("UUID")) : g_uuid_string_random();
    guest->backend = g_strdup("xen");
    guest->arch = g_strdup("x86_64");
    guest->memory_kib = guest->max_memory_kib = (g_getenv("MEMORY_MIB") ? g_ascii_strtoull(g_getenv("MEMORY_MIB"), NULL, 10) : 160) * 1024;
    guest->vcpus = guest->max_vcpus = 1;
    guest->cpu_mode = g_strdup("none");
    guest->cpu_flags = g_strsplit(g_getenv("CPU_FLAGS") ?: "", ",", -1);
    guest->shutdown_timeout_s = 60;
    guest->mode = VM_MODE_PV;
    guest->boot = strcmp(mode, "pvgrub") == 0 ? BOOT_PVGRUB : BOOT_KERNEL;
    guest->console = g_strdup("pv");
    guest->kernel = g_strdup(argv[2]);
    guest->ramdisk = guest->boot == BOOT_KERNEL ? g_strdup(argv[3]) : NULL;
    guest->cmdline = guest->boot == BOOT_KERNEL ? g_strdup("console=hvc0 quiet") : NULL;
    if (argv[3] && argv[4] && *argv[4] && argv[5]) {
        GuestDisk *disk = guest_add_disk(guest, "root");
        disk->path = g_strdup(argv[5]);
        disk->bus = g_strdup("xen");
        disk->target = g_strdup("xvda");
        disk_format_parse(argv[4], &disk->format, NULL);
        disk->driver = g_strdup(disk->format == DISK_FORMAT_RAW ? "phy" : "qdisk");
        if (argv[6]) {
            GuestNic *nic = guest_add_nic(guest, "lan");
            nic->mac = g_strdup("00:16:3e:01:02:03");
            nic->bridge = g_strdup(argv[6]);
        }
    }
    return guest;
}

static char *start(Session *session, char **argv, GCancellable *cancel)
{
    GError *error = NULL;
    g_autoptr(Guest) guest = guest_from(argv);
    g_autoptr(Host) host = host_new();
    if (!xen_backend.probe(host, &error))
        die(error);
    g_autoptr(Plan) plan = xen_backend.plan_create(guest, host, &error);
    if (!plan)
        die(error);
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *one = plan->steps->pdata[i];
        if (one->kind != STEP_REQUIRE_BRIDGE)
            step(session, one, cancel);
    }
    return g_strdup(guest->name);
}

static void until(Session *session, const char *name, const char *text, unsigned seconds)
{
    GError *error = NULL;
    ConsoleOptions options = {.in_fd = -1, .out_fd = STDOUT_FILENO, .until = text, .timeout_s = seconds};
    if (!xen_backend.console(session, name, &options, NULL, &error)) {
        show(session);
        die(error);
    }
    say("console: seen");
}

static void undo(Session *session, char **argv)
{
    GError *error = NULL;
    g_autoptr(Guest) guest = guest_from(argv);
    g_autoptr(Host) host = host_new();
    g_autoptr(Plan) plan = xen_backend.plan_create(guest, host, &error);
    if (!plan)
        die(error);
    for (guint i = plan->steps->len; i > 0; i--)
        if (!xen_backend.undo(session, plan->steps->pdata[i - 1], &error))
            die(error);
    say("undone");
}

static gboolean interrupt(void *cancel)
{
    g_cancellable_cancel(cancel);
    return G_SOURCE_REMOVE;
}

int main(int argc, char **argv)
{
    began = g_get_monotonic_time();
    const char *what = argc > 1 ? argv[1] : "list";
    Session *session = session_open();
    say("opened");
    if (strcmp(what, "list") == 0) {
        show(session);
        say("listed");
    } else if (strcmp(what, "create") == 0) {
        g_autofree char *name = start(session, argv + 2, NULL);
    } else if (strcmp(what, "cancel") == 0) {
        g_autoptr(GCancellable) cancel = g_cancellable_new();
        g_timeout_add((guint)atoi(argv[2]), interrupt, cancel);
        g_autofree char *name = start(session, argv + 3, cancel);
    } else if (strcmp(what, "undo") == 0) { /* after create was killed: the same arguments, with its UUID in $UUID */
        undo(session, argv + 2);
    } else if (strcmp(what, "destroy") == 0) {
        verb(session, STEP_DESTROY, argv[2]);
    } else if (strcmp(what, "console") == 0) {
        until(session, argv[2], argv[3], (unsigned)atoi(argv[4]));
    } else if (strcmp(what, "lookup") == 0) {
        GError *error = NULL;
        g_autoptr(GuestState) state = xen_backend.lookup(session, argv[2], &error);
        if (!state)
            die(error);
        say("looked up");
        printf("%s\n%s\n", state->note ?: "no note", state->native ?: "no native");
    }
    xen_backend.close(session);
    return 0;
}
