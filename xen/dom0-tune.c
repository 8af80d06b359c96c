/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/dom0-tune.h"
#include "common/error.h"
#include "common/file.h"
#include "common/guest-file.h"
#include "xen/dom0.h"
#include "xen/store.h"
#include "xen/xen.h"

#define LOOK_MS 100
#define STALLED_S 20 /* dom0's kernel does it by itself: so long without a step is no longer slow */
#define LONGEST_S 600

/* One value that dom0's own kernel brings about after it was asked. */
typedef struct Awaited {
    const char *what; /* "memory" */
    guint64 wanted, near;
    bool (*measure)(XenSession *session, guint64 *now, GError **error);
    void (*help)(guint64 wanted); /* NULL: dom0's kernel needs none */
    const char *unit;
    guint64 divisor;
} Awaited;

static bool measure_memory(XenSession *session, guint64 *now, GError **error)
{
    g_auto(libxl_dominfo) info;
    libxl_dominfo_init(&info);
    if (!xen_dom0_info(session, &info, error))
        return false;
    *now = info.current_memkb;
    return true;
}

static bool measure_vcpus(XenSession *session, guint64 *now, GError **error)
{
    g_auto(libxl_dominfo) info;
    libxl_dominfo_init(&info);
    if (!xen_dom0_info(session, &info, error))
        return false;
    *now = info.vcpu_online;
    return true;
}

/* Linux makes a CPU that comes back known, and leaves it to a udev rule to put it online. */
static void put_online(guint64 vcpus)
{
    for (guint64 i = 1; i < vcpus; i++) {
        g_autofree char *path = g_strdup_printf("/sys/devices/system/cpu/cpu%" G_GUINT64_FORMAT "/online", i);
        g_autofree char *is = file_read(path, 8192, NULL, NULL);
        int fd = is && *is == '0' ? open(path, O_WRONLY | O_CLOEXEC) : -1;
        if (fd < 0)
            continue;
        if (write(fd, "1", 1) != 1)
            g_info("%s: the CPU cannot be put online", path); /* seen again by who measures */
        close(fd);
    }
}

static bool arrived(const Awaited *awaited, guint64 now)
{
    return MAX(now, awaited->wanted) - MIN(now, awaited->wanted) <= awaited->near;
}

static bool fail_wait(const Awaited *awaited, guint64 now, XenWaitEnd end, gint64 seconds, GError **error)
{
    g_autofree char *so_far = g_strdup_printf("dom0: %s is at %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT "%s", awaited->what, now / awaited->divisor,
                                              awaited->wanted / awaited->divisor, awaited->unit);
    if (end == XEN_WAIT_CANCELLED)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "%s: interrupted", so_far);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT, "%s and has not moved for %d s: dom0's Linux does not follow; see its dmesg", so_far,
                    (int)seconds);
    return false;
}

static bool await(XenSession *session, const Awaited *awaited, GCancellable *cancel, GError **error)
{
    const bool never = false;
    guint64 now = 0, last = 0;
    gint64 start = g_get_monotonic_time(), moved = start;
    for (;;) {
        if (!awaited->measure(session, &now, error))
            return false;
        if (arrived(awaited, now))
            return true;
        gint64 time = g_get_monotonic_time();
        moved = now == last ? moved : time;
        last = now;
        if (time - moved > STALLED_S * G_USEC_PER_SEC || time - start > LONGEST_S * G_USEC_PER_SEC)
            return fail_wait(awaited, now, XEN_WAIT_TIMED_OUT, (time - moved) / G_USEC_PER_SEC, error);
        g_autofree char *text = g_strdup_printf("dom0: %s is at %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT "%s", awaited->what, now / awaited->divisor,
                                                awaited->wanted / awaited->divisor, awaited->unit);
        if (session->progress)
            session->progress(session->progress_data, text);
        if (awaited->help)
            awaited->help(awaited->wanted);
        if (xen_session_wait(session, &never, time + LOOK_MS * 1000, cancel) == XEN_WAIT_CANCELLED)
            return fail_wait(awaited, now, XEN_WAIT_CANCELLED, 0, error);
    }
}

/* Xen's own limit is raised when another tool has lowered it, and never lowered: while it is under what dom0 has, Xen refuses
 * it the exchange of pages that its drivers may need for DMA. */
static bool set_memory(XenSession *session, const char *value, GCancellable *cancel, GError **error)
{
    guint64 kib;
    if (!size_parse_kib(value, &kib, error))
        return false;
    g_auto(libxl_dominfo) info;
    libxl_dominfo_init(&info);
    if (!xen_dom0_info(session, &info, error))
        return false;
    int rc = libxl_set_memory_target(session->ctx, 0, (int64_t)kib, 0, info.max_memkb < kib);
    if (rc != 0)
        return xen_session_fail(session, DOM0_NAME, "set the memory target", rc, error);
    const Awaited awaited = {.what = "memory", .wanted = kib, .near = DOM0_NEAR_KIB, .measure = measure_memory, .unit = " MiB", .divisor = 1024};
    return await(session, &awaited, cancel, error);
}

static bool number_of(const char *value, guint64 most, guint64 *number, GError **error)
{
    return g_ascii_string_to_unsigned(value, 10, 0, most, number, error);
}

static bool set_vcpus(XenSession *session, const char *value, GCancellable *cancel, GError **error)
{
    guint64 vcpus;
    libxl_bitmap map;
    if (!number_of(value, CPU_SET_MAX, &vcpus, error))
        return false;
    libxl_bitmap_init(&map);
    int rc = libxl_bitmap_alloc(session->ctx, &map, (int)vcpus);
    for (guint64 i = 0; rc == 0 && i < vcpus; i++)
        libxl_bitmap_set(&map, (int)i);
    if (rc == 0) {
        XenOperation *operation = xen_operation_new();
        rc = xen_operation_finish(session, operation, libxl_set_vcpuonline(session->ctx, 0, &map, &operation->how), cancel);
    }
    libxl_bitmap_dispose(&map);
    if (rc != 0)
        return xen_session_fail(session, DOM0_NAME, "set which vcpus are online", rc, error);
    const Awaited awaited = {.what = "vcpus", .wanted = vcpus, .measure = measure_vcpus, .help = put_online, .unit = "", .divisor = 1};
    return await(session, &awaited, cancel, error);
}

static bool pin_vcpu(XenSession *session, unsigned vcpu, const char *list, GError **error)
{
    CpuSet set = {0};
    libxl_bitmap map;
    bool all = g_str_equal(list, "all");
    if (!all && !cpu_set_parse(list, &set, error))
        return false;
    libxl_bitmap_init(&map);
    int rc = libxl_cpu_bitmap_alloc(session->ctx, &map, 0);
    for (unsigned cpu = 0; rc == 0 && cpu < map.size * 8; cpu++)
        if (all || cpu_set_has(&set, cpu))
            libxl_bitmap_set(&map, (int)cpu);
    if (rc == 0)
        rc = libxl_set_vcpuaffinity(session->ctx, 0, vcpu, &map, NULL);
    libxl_bitmap_dispose(&map);
    return rc == 0 || xen_session_fail(session, DOM0_NAME, "pin its vcpus", rc, error);
}

static bool set_pin(XenSession *session, const char *value, GError **error)
{
    g_auto(GStrv) lists = g_strsplit(value, " ", -1);
    for (unsigned i = 0; lists[i]; i++)
        if (!pin_vcpu(session, i, lists[i], error))
            return false;
    return true;
}

static bool set_scheduling(XenSession *session, const char *key, const char *value, GError **error)
{
    guint64 number;
    if (!number_of(value, G_MAXINT32, &number, error))
        return false;
    libxl_domain_sched_params params;
    libxl_domain_sched_params_init(&params); /* each "as it is" */
    *(g_str_equal(key, "weight") ? &params.weight : &params.cap) = (int)number;
    int rc = libxl_domain_sched_params_set(session->ctx, 0, &params);
    libxl_domain_sched_params_dispose(&params);
    return rc == 0 || xen_session_fail(session, DOM0_NAME, g_str_equal(key, "weight") ? "set the weight" : "set the cap", rc, error);
}

static bool set(XenSession *session, const char *key, const char *value, GCancellable *cancel, GError **error)
{
    if (g_str_equal(key, "memory"))
        return set_memory(session, value, cancel, error);
    if (g_str_equal(key, "vcpus"))
        return set_vcpus(session, value, cancel, error);
    if (g_str_equal(key, "pin"))
        return set_pin(session, value, error);
    return set_scheduling(session, key, value, error);
}

/* The plan was made before the lock was taken: what was safe then need not be now, and was= must be what undo goes back to. */
static bool check_unchanged(XenSession *session, const Dom0Change *change, GError **error)
{
    g_autoptr(Dom0State) state = xen_dom0_state(&session->base, error);
    g_autofree char *is = state ? dom0_tune_was(state, change->key) : NULL;
    if (!is || g_str_equal(is, change->was))
        return is != NULL;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "dom0: %s is %s now and was %s a moment ago: something else is changing it; try again",
                change->key, is, change->was);
    return false;
}

bool xen_dom0_tune(XenSession *session, const Step *step, GCancellable *cancel, GError **error)
{
    g_auto(Dom0Change) change = {0};
    return dom0_change_parse(step->native, &change, error) && check_unchanged(session, &change, error) &&
           set(session, change.key, change.value, cancel, error);
}

/* How many vcpus were asked for, whatever dom0's kernel has made of it. */
static char *vcpus_asked(XenSession *session, const Dom0State *state)
{
    unsigned count = 0;
    for (unsigned i = 0; i < state->vcpus_max; i++) {
        g_autofree char *is = xen_store_read(session, "/local/domain/0/cpu/%u/availability", i);
        count += g_strcmp0(is, "online") == 0;
    }
    return g_strdup_printf("%u", count);
}

/* A vcpu at a time: it may have been cut off in the middle. */
static bool unpin(XenSession *session, const Dom0Change *change, const Dom0State *state, GError **error)
{
    g_auto(GStrv) lists = g_strsplit(change->value, " ", -1), were = g_strsplit(change->was, " ", -1);
    for (unsigned i = 0; i < state->vcpus->len && lists[i] && were[i]; i++) {
        const Dom0Vcpu *vcpu = state->vcpus->pdata[i];
        if (g_str_equal(vcpu->hard, lists[i]) && !pin_vcpu(session, i, were[i], error))
            return false;
        if (!lists[i + 1] || !were[i + 1])
            break;
    }
    return true;
}

/* What is not as the step made it was never done, or somebody has changed it since, or it is another boot: not ours. */
bool xen_dom0_untune(XenSession *session, const Step *step, GError **error)
{
    g_auto(Dom0Change) change = {0};
    g_autoptr(Dom0State) state = dom0_change_parse(step->native, &change, error) ? xen_dom0_state(&session->base, error) : NULL;
    if (!state)
        return false;
    if (g_str_equal(change.value, change.was)) /* it was only waited for */
        return true;
    if (g_str_equal(change.key, "pin"))
        return unpin(session, &change, state, error);
    g_autofree char *is = g_str_equal(change.key, "vcpus") ? vcpus_asked(session, state) : dom0_state_value(state, change.key);
    return !g_str_equal(is, change.value) || set(session, change.key, change.was, NULL, error);
}
