/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "kvm/kvm.h"
#include "kvm/session.h"

/* Sessions against libvirt's own test driver: the whole way through the library, its threads and its event loop in
 * the main context, with a hypervisor that is only pretended. It cannot create paused guests, so those it has come
 * from a file; creating is tested with real QEMU (real/test-real.c). */

static bool run(Session *session, StepKind kind, const char *target, const char *native, GError **error)
{
    g_autofree char *owned_target = g_strdup(target), *owned_native = g_strdup(native);
    Step step = {.kind = kind, .target = owned_target, .native = owned_native};
    return qemu_backend.run(session, &step, NULL, error);
}

#define NOTE "{&quot;format&quot;:&quot;guestctl-note/1&quot;,&quot;name&quot;:&quot;a&lt;b&quot;}"
static const char web[] = "<domain type='test'><name>web</name><uuid>5e9c2f3a-6b1d-8e4f-9a0b-112233445566</uuid><memory>65536</memory>"
                          "<vcpu>2</vcpu><os><type>hvm</type></os><metadata><guestctl:note xmlns:guestctl=\"urn:guestctl:note:1\">" NOTE
                          "</guestctl:note></metadata></domain>";
static const char others[] = "<domain type='test'><name>test</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>"
                             "<memory>8388608</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>";

/* A machine with two guests: one of ours, one of somebody else. Each connection has its own. */
static Session *open_test(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = make_folder(), *path = g_strconcat(folder, "/node.xml", NULL),
                    *uri = g_strconcat("test://", path, NULL), *node = g_strconcat("<node>", web, others, "</node>", NULL);
    assert_true(g_file_set_contents(path, node, -1, NULL));
    SessionOptions options = {.connect = uri};
    Session *session = qemu_backend.open(&options, &error);
    assert_no_error(error);
    remove_folder(folder);
    return session;
}

static void a_guests_life_on_the_pretended_hypervisor(void **state)
{
    g_autoptr(GError) error = NULL;
    Session *session = open_test();
    g_autoptr(GuestState) made = qemu_backend.lookup(session, "web", &error);
    assert_no_error(error);
    assert_string_equal(made->uuid, "5e9c2f3a-6b1d-8e4f-9a0b-112233445566");
    assert_string_equal(made->owner, "guestctl");
    assert_string_equal(made->note, "{\"format\":\"guestctl-note/1\",\"name\":\"a<b\"}");
    assert_contains(made->native, "<name>web</name>");
    assert_int_equal(made->vcpus, 2);

    assert_true(run(session, STEP_PAUSE, "web", "", &error));
    assert_true(run(session, STEP_UNPAUSE, "web", "", &error));
    assert_true(run(session, STEP_UNPAUSE, "web", "", &error)); /* done already */
    assert_no_error(error);
    assert_true(run(session, STEP_DESTROY, "web", "", &error));
    g_autoptr(GuestState) ended = qemu_backend.lookup(session, "web", &error);
    assert_int_equal(ended->status, GUEST_SHUT_OFF);
    assert_int_equal(ended->id, -1);
    assert_null(qemu_backend.lookup(session, "nobody", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "guest \"nobody\" is not running in libvirt (test:///");
    qemu_backend.close(session);
}

static void others_guests_are_listed_as_theirs(void **state)
{
    g_autoptr(GError) error = NULL;
    Session *session = open_test();
    g_autoptr(GPtrArray) guests = qemu_backend.list(session, &error);
    assert_no_error(error);
    assert_int_equal(guests->len, 2);
    const GuestState *test = guests->pdata[0];
    if (!g_str_equal(test->name, "test"))
        test = guests->pdata[1];
    assert_string_equal(test->name, "test");
    assert_string_equal(test->owner, "libvirt");
    assert_int_equal(test->status, GUEST_RUNNING);
    assert_true(test->id > 0);
    assert_null(test->native);
    qemu_backend.close(session);
}

static void a_name_that_is_taken_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;
    Session *session = open_test();
    assert_false(run(session, STEP_CREATE, "test", web, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "guest \"test\" exists already in libvirt");
    qemu_backend.close(session);
}

static void undo_touches_only_its_own_uuid(void **state)
{
    g_autoptr(GError) error = NULL;
    Session *session = open_test();
    g_autofree char *target = g_strdup("web"), *own = g_strdup(web), *other = g_strdup(web), *none = g_strdup("{}");
    strstr(other, "<uuid>5")[6] = '6';
    Step step = {.kind = STEP_CREATE, .target = target, .native = other};
    assert_true(qemu_backend.undo(session, &step, &error));
    step.native = none;
    assert_true(qemu_backend.undo(session, &step, &error));
    g_autoptr(GuestState) there = qemu_backend.lookup(session, "web", &error);
    assert_non_null(there);
    step.native = own;
    assert_true(qemu_backend.undo(session, &step, &error));
    assert_true(qemu_backend.undo(session, &step, &error));
    g_autoptr(GuestState) ended = qemu_backend.lookup(session, "web", &error);
    assert_int_equal(ended->status, GUEST_SHUT_OFF);
    qemu_backend.close(session);
}

/* Once the wait listens, which is said a moment before it does: a guest that had ended before has no event. */
static gboolean destroy_it(void *data)
{
    static unsigned listened;
    GError *error = NULL;
    listened = kvm_session(data)->event_callback >= 0 ? listened + 1 : 0;
    if (listened < 5)
        return G_SOURCE_CONTINUE;
    listened = 0;
    run(data, STEP_DESTROY, "web", "", &error);
    assert_no_error(error);
    return G_SOURCE_REMOVE;
}

/* libvirt's event loop is GLib's default context: else this event would never come. */
static void the_end_of_a_guest_comes_as_an_event(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *reason = NULL;
    GuestStatus status = GUEST_RUNNING;
    Session *session = open_test();
    g_timeout_add(10, destroy_it, session);
    assert_true(qemu_backend.wait_end(session, "web", 20, &status, &reason, NULL, &error));
    assert_no_error(error);
    assert_int_equal(status, GUEST_SHUT_OFF);
    assert_string_equal(reason, "destroy");
    g_autofree char *none = NULL;
    assert_true(qemu_backend.wait_end(session, "web", 20, &status, &none, NULL, &error)); /* over already */
    assert_null(none);
    qemu_backend.close(session);
}

/* Else libvirt may lose every later event: see session_listen(). */
static void a_connection_keeps_one_callback_between_waits(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *reason = NULL;
    GuestStatus status = GUEST_RUNNING;
    Session *session = open_test();
    assert_int_equal(kvm_session(session)->event_callback, -1);
    g_timeout_add(10, destroy_it, session);
    assert_true(qemu_backend.wait_end(session, "web", 20, &status, &reason, NULL, &error));
    assert_true(kvm_session(session)->event_callback >= 0);
    qemu_backend.close(session);
}

static void write_qcow2(const char *path, bool backing)
{
    enum { CLUSTER = 512 }; /* the header, its table of reference counts; it has no contents */
    char image[2 * CLUSTER] = "QFI\xfb\0\0\0\3";
    image[15] = backing ? 112 : 0;
    image[23] = 9;   /* bits of a cluster */
    image[54] = 2;   /* the table is the second cluster */
    image[59] = 1;   /* and one long */
    image[103] = 112; /* the header's length */
    assert_true(g_file_set_contents(path, image, sizeof image, NULL));
}

static void expect_create(Session *session, const char *format, const char *path, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *native = g_strdup_printf("<domain type='test'><name>new</name><devices><disk type='file' device='disk'>"
                                              "<driver name='qemu' type='%s'/><source file='%s'/><target dev='vda'/></disk></devices></domain>",
                                              format, path);
    assert_false(run(session, STEP_CREATE, "new", native, &error));
    assert_contains(error->message, message);
}

/* The last ones pass the check and fail in libvirt: the test driver makes no paused guests. */
static void a_disk_that_has_changed_since_the_plan_is_refused(void **state)
{
    Session *session = open_test();
    g_autofree char *folder = make_folder(), *path = g_strconcat(folder, "/disk", NULL), *missing = g_strconcat(folder, "/none", NULL);
    write_qcow2(path, false);
    expect_create(session, "vmdk", path, "guest \"new\": disk vda: ");
    expect_create(session, "vmdk", path, "/disk was vmdk when this was planned and is qcow2 now; see who writes to it");
    write_qcow2(path, true);
    expect_create(session, "qcow2", path, "is qcow2 with a backing file now");
    assert_true(g_file_set_contents(path, "QFI\xfb", 4, NULL));
    expect_create(session, "qcow2", path, "its header is cut short");
    write_qcow2(path, false);
    assert_int_equal(truncate(path, 512), 0);
    expect_create(session, "qcow2", path, "/disk is a qcow2 image that nothing should open: a table of it lies behind the end of the file");
    write_qcow2(path, false);
    expect_create(session, "raw", path, "libvirt says: "); /* what a guest writes into its raw disk is its own business */
    expect_create(session, "qcow2", path, "libvirt says: ");
    expect_create(session, "qcow2", missing, "libvirt says: ");
    qemu_backend.close(session);
    remove_folder(folder);
}

static void an_address_that_leads_nowhere_is_named(void **state)
{
    g_autoptr(GError) error = NULL;
    SessionOptions options = {.connect = "qemu+unix:///system?socket=/nonexistent/libvirt-sock"};
    assert_null(kvm_backend.open(&options, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "cannot connect to qemu+unix:///system?socket=/nonexistent/libvirt-sock: libvirt says: ");
    g_clear_error(&error);
    options.connect = "nonsense:///";
    assert_null(kvm_backend.open(&options, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "cannot connect to nonsense:///");
}

static void what_is_cancelled_before_it_starts_is_not_done(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    Session *session = open_test();
    g_autofree char *target = g_strdup("test"), *native = g_strdup("");
    Step step = {.kind = STEP_DESTROY, .target = target, .native = native};
    g_cancellable_cancel(cancel);
    assert_false(qemu_backend.run(session, &step, cancel, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "guest \"test\": interrupted");
    g_autoptr(GuestState) there = qemu_backend.lookup(session, "test", NULL);
    assert_non_null(there);
    qemu_backend.close(session);
}

static gboolean fire(void *cancel)
{
    g_cancellable_cancel(cancel);
    return G_SOURCE_REMOVE;
}

/* The embedded driver serves one process at a time; a command that queues for it listens to Ctrl-C. */
static void waiting_for_the_embedded_driver_can_be_interrupted(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    g_autofree char *folder = make_folder(), *root = g_strconcat(folder, "/libvirt", NULL), *lock = g_strconcat(root, "/guestctl.lock", NULL),
                    *target = g_strdup("web"), *native = g_strdup("");
    g_mkdir(root, 0755);
    int other = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(other, LOCK_EX), 0);
    SessionOptions options = {.connect = "embed", .state_dir = folder};
    Session *session = qemu_backend.open(&options, &error);
    assert_no_error(error);
    Step step = {.kind = STEP_DESTROY, .target = target, .native = native};
    g_timeout_add(50, fire, cancel);
    assert_false(qemu_backend.run(session, &step, cancel, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted while the QEMU driver in ");
    qemu_backend.close(session);
    close(other);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guests_life_on_the_pretended_hypervisor),
        cmocka_unit_test(others_guests_are_listed_as_theirs),
        cmocka_unit_test(a_name_that_is_taken_is_refused),
        cmocka_unit_test(undo_touches_only_its_own_uuid),
        cmocka_unit_test(the_end_of_a_guest_comes_as_an_event),
        cmocka_unit_test(a_connection_keeps_one_callback_between_waits),
        cmocka_unit_test(a_disk_that_has_changed_since_the_plan_is_refused),
        cmocka_unit_test(an_address_that_leads_nowhere_is_named),
        cmocka_unit_test(what_is_cancelled_before_it_starts_is_not_done),
        cmocka_unit_test(waiting_for_the_embedded_driver_can_be_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
