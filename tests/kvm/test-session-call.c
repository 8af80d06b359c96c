/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "kvm/kvm.h"
#include "kvm/session.h"

/* Calls that hang, made to hang here: libvirt's test driver answers everything at once. */

static const char uuid[] = "5e9c2f3a-6b1d-8e4f-9a0b-112233445566";

static Session *open_test(GCancellable *cancel)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder(), *path = g_strconcat(folder, "/node.xml", NULL), *uri = g_strconcat("test://", path, NULL),
                    *node = g_strdup_printf("<node><domain type='test'><name>web</name><uuid>%s</uuid><memory>65536</memory><vcpu>1</vcpu>"
                                            "<os><type>hvm</type></os></domain></node>", uuid);
    assert_true(g_file_set_contents(path, node, -1, NULL));
    SessionOptions options = {.connect = uri, .cancel = cancel};
    Session *session = qemu_backend.open(&options, &error);
    assert_no_error(error);
    remove_folder(folder);
    return session;
}

/* What a hanging call waits for. */
typedef struct Gate {
    GMutex mutex;
    GCond opened;
    bool open;
    int *freed;
} Gate;

static void gate_clear(void *data)
{
    g_atomic_int_inc(((Gate *)data)->freed);
}

static Gate *gate_new(int *freed)
{
    Gate *gate = g_atomic_rc_box_new0(Gate);
    g_mutex_init(&gate->mutex);
    g_cond_init(&gate->opened);
    gate->freed = freed;
    return gate;
}

static gboolean open_gate(void *data)
{
    Gate *gate = data;
    g_mutex_lock(&gate->mutex);
    gate->open = true;
    g_cond_broadcast(&gate->opened);
    g_mutex_unlock(&gate->mutex);
    return G_SOURCE_REMOVE;
}

static bool hang(KvmSession *session, void *data, GError **error)
{
    Gate *gate = data;
    g_mutex_lock(&gate->mutex);
    while (!gate->open)
        g_cond_wait(&gate->opened, &gate->mutex);
    g_mutex_unlock(&gate->mutex);
    return true;
}

static gboolean fire(void *cancel)
{
    g_cancellable_cancel(cancel);
    return G_SOURCE_REMOVE;
}

static bool undo(Session *session, GError **error)
{
    g_autofree char *target = g_strdup("web"), *native = g_strdup_printf("<domain><name>web</name><uuid>%s</uuid></domain>", uuid);
    Step step = {.kind = STEP_CREATE, .target = target, .native = native};
    return qemu_backend.undo(session, &step, error);
}

static double since_ms(gint64 start)
{
    return (double)(g_get_monotonic_time() - start) / 1000;
}

static void a_call_that_hangs_is_left_behind_after_ctrl_c(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    int freed = 0;
    Session *session = open_test(cancel);
    Gate *gate = gate_new(&freed);
    gint64 start = g_get_monotonic_time();
    g_timeout_add(10, fire, cancel);
    assert_false(session_call(kvm_session(session), hang, gate, gate_clear, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted before libvirt (test://");
    assert_true(since_ms(start) > 900 && since_ms(start) < 1900);
    g_clear_error(&error);

    assert_null(qemu_backend.lookup(session, "web", &error));
    assert_error(error, GUESTCTL_ERROR_TIMED_OUT, "has not answered an earlier call yet");
    g_clear_error(&error);

    /* The domain is there and goes; that the call has not ended keeps the journal. */
    start = g_get_monotonic_time();
    assert_false(undo(session, &error));
    assert_error(error, GUESTCTL_ERROR_TIMED_OUT, "does not answer; see what its daemon or the guest's storage waits for");
    assert_true(since_ms(start) < 1400);
    g_clear_error(&error);

    /* It ends after all: then undo is sure, and the data go with their last holder. */
    open_gate(gate);
    assert_true(undo(session, &error));
    assert_no_error(error);
    g_autoptr(GuestState) ended = qemu_backend.lookup(session, "web", &error);
    assert_int_equal(ended->status, GUEST_SHUT_OFF);
    assert_int_equal(freed, 0);
    g_atomic_rc_box_release_full(gate, gate_clear);
    assert_int_equal(freed, 1);
    qemu_backend.close(session);
}

static void a_call_that_ends_soon_after_ctrl_c_is_waited_for(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    int freed = 0;
    Session *session = open_test(cancel);
    Gate *gate = gate_new(&freed);
    g_cancellable_cancel(cancel);
    g_timeout_add(50, open_gate, gate);
    assert_true(session_call(kvm_session(session), hang, gate, gate_clear, &error));
    assert_no_error(error);
    assert_false(session_is_stalled(kvm_session(session)));
    g_atomic_rc_box_release_full(gate, gate_clear);
    assert_int_equal(freed, 1);
    qemu_backend.close(session);
}

static void taking_back_in_a_later_command_listens_to_ctrl_c_as_well(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    static int freed; /* the thread may count after this function */
    Session *session = open_test(cancel);
    Gate *gate = gate_new(&freed);
    gint64 start = g_get_monotonic_time();
    g_timeout_add(10, fire, cancel);
    assert_false(session_call_within(kvm_session(session), 40000, hang, gate, gate_clear, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted before libvirt");
    assert_true(since_ms(start) < 1900);
    open_gate(gate);
    assert_true(session_settle(kvm_session(session), 5000));
    g_atomic_rc_box_release_full(gate, gate_clear);
    qemu_backend.close(session);
}

static void nothing_is_opened_after_ctrl_c(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    SessionOptions options = {.connect = "test:///default", .cancel = cancel};
    g_cancellable_cancel(cancel);
    assert_null(qemu_backend.open(&options, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
}

static void a_session_closed_under_a_hanging_call_is_freed_by_it(void **state)
{
    g_autoptr(GError) error = NULL;
    static int freed; /* the thread may count after this function */
    Session *session = open_test(NULL);
    Gate *gate = gate_new(&freed);
    KvmSession *kept = session_ref(kvm_session(session));
    assert_false(session_call_within(kvm_session(session), 20, hang, gate, gate_clear, &error));
    assert_error(error, GUESTCTL_ERROR_TIMED_OUT, "has not answered within 20 ms");
    qemu_backend.close(session);
    assert_true(session_is_stalled(kept));
    open_gate(gate);
    assert_true(session_settle(kept, 5000));
    session_unref(kept);
    g_atomic_rc_box_release_full(gate, gate_clear);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_hangs_is_left_behind_after_ctrl_c),
        cmocka_unit_test(a_call_that_ends_soon_after_ctrl_c_is_waited_for),
        cmocka_unit_test(taking_back_in_a_later_command_listens_to_ctrl_c_as_well),
        cmocka_unit_test(nothing_is_opened_after_ctrl_c),
        cmocka_unit_test(a_session_closed_under_a_hanging_call_is_freed_by_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
